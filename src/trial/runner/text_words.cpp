#include "trial/runner/text_words.h"

#include <limits>

#include "base/codec/fields.h"
#include "base/codec/json.h"
#include "base/codec/text.h"
#include "trial/runner/protocol.h"

namespace noonmark::runner {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::size_t kMaxMessages = 4096;
constexpr std::int64_t kMaxSeed = std::numeric_limits<std::int64_t>::max();

/// A text, or a list of parts that are texts.
std::string read_content(Fields& fields) {
  const Json* const content = fields.optional_child("content");
  if (content != nullptr && content->is_string()) return content->as_string();
  if (content == nullptr || !content->is_array()) return fields.fail("content", "must be a text"), std::string();
  std::string joined;
  for (const Json& part : content->as_array()) {
    const Json* const type = part.is_object() ? part.find("type") : nullptr;
    const Json* const text = part.is_object() ? part.find("text") : nullptr;
    const bool is_text = type != nullptr && *type == Json("text") && text != nullptr && text->is_string();
    if (!is_text) return fields.fail("content", "may hold parts of the type text only"), std::string();
    joined += text->as_string();
  }
  return joined;
}

core::Result<language::Message> read_message(const Json& json, std::size_t place) {
  const std::string where = "request.messages[" + std::to_string(place) + "]";
  if (!json.is_object()) return core::invalid(where + " must be an object");
  Fields fields(json, where);
  language::Message message;
  message.role = fields.text("role", 32);
  if (message.role == "developer") message.role = "system";
  if (message.role != "system" && message.role != "user" && message.role != "assistant") {
    fields.fail("role", "must be system, user or assistant");
  }
  message.content = read_content(fields);
  (void)fields.text_or("name", "", 256);
  for (const char* nothing : {"refusal", "audio", "function_call", "tool_calls"}) {
    if (fields.optional_child(nothing) != nullptr) fields.fail(nothing, "isn't supported");
  }
  TRY(fields.finish());
  return message;
}

core::Result<void> read_messages(Fields& fields, std::vector<language::Message>& messages) {
  const Json::Array& list = fields.array("messages", kMaxMessages);
  for (std::size_t i = 0; i < list.size(); ++i) messages.push_back(TRY(read_message(list[i], i)));
  if (messages.empty()) fields.fail("messages", "must hold a message");
  return {};
}

void read_stops(Fields& fields, std::vector<std::string>& stops) {
  const Json* const stop = fields.optional_child("stop");
  if (stop == nullptr) return;
  if (stop->is_string()) return stops.push_back(stop->as_string());
  stops = fields.texts("stop", language::kMaxStops, 256);
}

/// "logprobs" is a flag with "top_logprobs" beside it in chat, and a number in completions.
void read_logprobs(Fields& fields, TextWireRequest& request) {
  if (!request.chat) {
    if (fields.has("logprobs")) {
      request.text.top_logprobs = static_cast<int>(fields.integer("logprobs", 0, language::kMaxTopLogprobs));
    }
    return;
  }
  const bool wanted = fields.flag_or("logprobs", false);
  const auto top = fields.integer_or("top_logprobs", 0, 0, language::kMaxTopLogprobs);
  if (wanted) request.text.top_logprobs = static_cast<int>(top);
  if (!wanted && top > 0) fields.fail("top_logprobs", "needs logprobs: true");
}

void read_max_tokens(Fields& fields, TextWireRequest& request) {
  for (const char* key : {"max_tokens", "max_completion_tokens"}) {
    if (fields.has(key)) request.text.max_tokens = static_cast<int>(fields.integer(key, 1, language::kMaxTokens));
  }
}

/// Members that mean nothing here, or that ask for nothing.
void pass_over(Fields& fields) {
  for (const char* word :
       {"user", "service_tier", "safety_identifier", "prompt_cache_key", "reasoning_effort", "verbosity"}) {
    (void)fields.text_or(word, "", 256);
  }
  (void)fields.flag_or("store", false);
  (void)fields.flag_or("parallel_tool_calls", true);
  (void)fields.optional_child("metadata");
  for (const char* nothing : {"tools", "tool_choice", "functions", "function_call", "audio", "prediction", "logit_bias",
                              "web_search_options", "suffix"}) {
    const Json* const value = fields.optional_child(nothing);
    const bool empty = value == nullptr || (value->is_array() && value->as_array().empty()) ||
                       (value->is_object() && value->as_object().empty()) || *value == Json("none") ||
                       *value == Json("");
    if (!empty) fields.fail(nothing, "isn't supported");
  }
  if (fields.flag_or("echo", false)) fields.fail("echo", "isn't supported");
  if (fields.integer_or("best_of", 1, 1) != 1) fields.fail("best_of", "isn't supported");
  const Json* const modalities = fields.optional_child("modalities");
  if (modalities != nullptr && codec::write_json(*modalities) != R"(["text"])")
    fields.fail("modalities", "must be text");
  const Json* const format = fields.optional_child("response_format");
  if (format != nullptr && codec::write_json(*format) != R"({"type":"text"})") {
    fields.fail("response_format", "must be text");
  }
}

void read_stream(Fields& fields, TextWireRequest& request) {
  request.stream = fields.flag_or("stream", false);
  const Json* const options = fields.optional_child("stream_options");
  if (options == nullptr) return;
  if (!options->is_object()) return fields.fail("stream_options", "must be an object");
  Fields own(*options, "request.stream_options");
  request.include_usage = own.flag_or("include_usage", false);
  (void)own.flag_or("include_obfuscation", false);
  if (const auto read = own.finish(); !read.ok()) fields.fail("stream_options", read.error().message);
}

std::string_view reason_of(const language::TextEnd& end) { return end.stopped ? "stop" : "length"; }

/// Tokens may be halves of characters: the text is cleaned, the bytes are told beside it.
Json token_json(const language::TokenLogprob& token) {
  Json bytes = Json::array();
  for (const char byte : token.token) bytes.push_back(static_cast<std::int64_t>(static_cast<unsigned char>(byte)));
  return Json::object(
      {{"token", clean_text(token.token, 256)}, {"logprob", token.logprob}, {"bytes", std::move(bytes)}});
}

Json chat_logprobs(const std::vector<language::Written>& written) {
  Json list = Json::array();
  for (const language::Written& one : written) {
    Json top = Json::array();
    for (const language::TokenLogprob& other : one.top) top.push_back(token_json(other));
    Json entry = token_json(one.token);
    entry["top_logprobs"] = std::move(top);
    list.push_back(std::move(entry));
  }
  return Json::object({{"content", std::move(list)}, {"refusal", Json()}});
}

Json completion_logprobs(const std::vector<language::Written>& written) {
  Json tokens = Json::array(), values = Json::array(), tops = Json::array(), offsets = Json::array();
  std::int64_t offset = 0;
  for (const language::Written& one : written) {
    Json top = Json::object();
    for (const language::TokenLogprob& other : one.top) top[clean_text(other.token, 256)] = other.logprob;
    tokens.push_back(clean_text(one.token.token, 256));
    values.push_back(one.token.logprob);
    tops.push_back(std::move(top));
    offsets.push_back(offset);
    offset += static_cast<std::int64_t>(one.token.token.size());
  }
  return Json::object({{"tokens", std::move(tokens)},
                       {"token_logprobs", std::move(values)},
                       {"top_logprobs", std::move(tops)},
                       {"text_offset", std::move(offsets)}});
}

Json logprobs_of(const TextAnswerHead& head, const std::vector<language::Written>& written, bool wanted) {
  if (!wanted) return Json();
  return head.chat ? chat_logprobs(written) : completion_logprobs(written);
}

Json usage_of(int prompt_tokens, int completion_tokens) {
  return Json::object({{"prompt_tokens", prompt_tokens},
                       {"completion_tokens", completion_tokens},
                       {"total_tokens", prompt_tokens + completion_tokens}});
}

Json answer_of(const TextAnswerHead& head, std::string_view object, Json choices) {
  return Json::object({{"id", head.id},
                       {"object", std::string(object)},
                       {"created", head.created},
                       {"model", head.model},
                       {"choices", std::move(choices)}});
}

std::string event(const TextAnswerHead& head, Json choice, Json usage = {}) {
  Json choices = Json::array();
  if (!choice.is_null()) choices.push_back(std::move(choice));
  Json json = answer_of(head, head.chat ? "chat.completion.chunk" : "text_completion", std::move(choices));
  if (!usage.is_null()) json["usage"] = std::move(usage);
  return "data: " + codec::write_json(json) + "\n\n";
}

}  // namespace

core::Result<TextWireRequest> parse_text_request(std::string_view json, bool chat) {
  const Json document = TRY(codec::parse_json(json, {kMaxTextRequestBytes, 16}));
  if (!document.is_object()) return core::invalid("the request must be a JSON object");
  Fields fields(document, "request");
  TextWireRequest request;
  request.chat = chat;
  language::TextRequest& text = request.text;
  if (chat) {
    TRY(read_messages(fields, text.messages));
  } else {
    text.prompt = fields.text("prompt", kMaxTextRequestBytes);
  }
  request.model = fields.text_or("model", "", 256);
  request.n = static_cast<int>(fields.integer_or("n", 1, 1, kMaxChoices));
  read_max_tokens(fields, request);
  text.temperature = fields.number_or("temperature", 1, 0, 2);
  text.top_p = fields.number_or("top_p", 1, 1e-9, 1);
  text.top_k = static_cast<int>(fields.integer_or("top_k", 0, 0, language::kMaxTokens));
  text.frequency_penalty = fields.number_or("frequency_penalty", 0, -2, 2);
  text.presence_penalty = fields.number_or("presence_penalty", 0, -2, 2);
  request.seeded = fields.has("seed");
  text.seed = static_cast<std::uint64_t>(fields.integer_or("seed", 0, 0, kMaxSeed));
  read_stops(fields, text.stops);
  read_logprobs(fields, request);
  read_stream(fields, request);
  pass_over(fields);
  TRY(fields.finish());
  return request;
}

core::Result<std::string> write_text_request(const TextWireRequest& request) {
  const language::TextRequest& text = request.text;
  Json json = Json::object({{"n", request.n},
                            {"temperature", text.temperature},
                            {"top_p", text.top_p},
                            {"top_k", text.top_k},
                            {"frequency_penalty", text.frequency_penalty},
                            {"presence_penalty", text.presence_penalty},
                            {"seed", text.seed}});
  if (request.chat) {
    Json messages = Json::array();
    for (const language::Message& one : text.messages) {
      if (!codec::is_utf8(one.content)) return core::invalid("a message must be UTF-8");
      messages.push_back(Json::object({{"role", one.role}, {"content", one.content}}));
    }
    json["messages"] = std::move(messages);
  } else {
    if (!codec::is_utf8(text.prompt)) return core::invalid("a prompt must be UTF-8");
    json["prompt"] = text.prompt;
  }
  if (text.max_tokens > 0) json["max_tokens"] = text.max_tokens;
  if (!text.stops.empty()) {
    json["stop"] = Json::array();
    for (const std::string& stop : text.stops) json["stop"].push_back(stop);
  }
  if (text.top_logprobs && request.chat) {
    json["logprobs"] = true;
    json["top_logprobs"] = *text.top_logprobs;
  } else if (text.top_logprobs) {
    json["logprobs"] = *text.top_logprobs;
  }
  if (request.stream) json["stream"] = true;
  if (request.include_usage) json["stream_options"] = Json::object({{"include_usage", true}});
  if (!request.model.empty()) json["model"] = request.model;
  return codec::write_json(json);
}

std::string write_text_answer(const TextAnswerHead& head, const std::vector<Choice>& choices, bool logprobs) {
  Json list = Json::array();
  int completion_tokens = 0;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Choice& one = choices[i];
    completion_tokens += one.end.completion_tokens;
    Json choice = Json::object({{"index", static_cast<std::int64_t>(i)},
                                {"finish_reason", std::string(reason_of(one.end))},
                                {"logprobs", logprobs_of(head, one.written, logprobs)}});
    if (head.chat) {
      choice["message"] = Json::object({{"role", "assistant"}, {"content", one.text}, {"refusal", Json()}});
    } else {
      choice["text"] = one.text;
    }
    list.push_back(std::move(choice));
  }
  Json json = answer_of(head, head.chat ? "chat.completion" : "text_completion", std::move(list));
  json["usage"] = usage_of(choices.empty() ? 0 : choices.front().end.prompt_tokens, completion_tokens);
  return codec::write_json(json);
}

std::string begin_event(const TextAnswerHead& head, int choice) {
  return event(head, Json::object({{"index", choice},
                                   {"delta", Json::object({{"role", "assistant"}, {"content", ""}})},
                                   {"logprobs", Json()},
                                   {"finish_reason", Json()}}));
}

std::string piece_event(const TextAnswerHead& head, int choice, const language::Piece& piece, bool logprobs) {
  Json json = Json::object(
      {{"index", choice}, {"logprobs", logprobs_of(head, piece.written, logprobs)}, {"finish_reason", Json()}});
  if (head.chat) {
    json["delta"] = Json::object({{"content", piece.text}});
  } else {
    json["text"] = piece.text;
  }
  return event(head, std::move(json));
}

std::string end_event(const TextAnswerHead& head, int choice, const language::TextEnd& end) {
  Json json = Json::object({{"index", choice}, {"logprobs", Json()}, {"finish_reason", std::string(reason_of(end))}});
  if (head.chat) {
    json["delta"] = Json::object();
  } else {
    json["text"] = "";
  }
  return event(head, std::move(json));
}

std::string usage_event(const TextAnswerHead& head, int prompt_tokens, int completion_tokens) {
  return event(head, Json(), usage_of(prompt_tokens, completion_tokens));
}

}  // namespace noonmark::runner
