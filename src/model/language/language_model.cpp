#include "model/language/language_model.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "model/language/internal/sampling.h"
#include "model/language/internal/text_stream.h"
#include "model/onnx/session.h"

namespace noonmark::language {
namespace {

using codec::Json;

constexpr int kUsualContext = 2048;
constexpr std::uint64_t kMaxConfig = 1u << 20, kMaxTokenizer = 64u << 20;

/// A cache's tensor of one layer: its names, and its shape but for batch and length.
struct CachePart {
  std::string past, present;
  onnx::DataType dtype = onnx::DataType::float32;
  std::int64_t heads = 0, width = 0;
};

core::Result<Json> read_object(const package::Package& package, const std::string& file) {
  if (!package.contains(file)) return Json::object();
  const std::string text = TRY(package.read_text(file, kMaxConfig));
  Json json = TRY(codec::parse_json(text).context(file));
  if (!json.is_object()) return core::invalid(file + ": an object is expected");
  return json;
}

/// A number, or a list of them.
void add_ids(const Json& json, std::string_view key, std::set<std::int64_t>& ids) {
  const Json* const value = json.find(key);
  if (value == nullptr) return;
  if (value->is_integer()) ids.insert(value->as_integer());
  if (!value->is_array()) return;
  for (const Json& one : value->as_array()) {
    if (one.is_integer()) ids.insert(one.as_integer());
  }
}

core::Result<std::vector<CachePart>> read_cache(const onnx::Session& session) {
  constexpr std::string_view kPast = "past_key_values.";
  std::vector<CachePart> parts;
  for (const onnx::ValueInfo& input : session.inputs()) {
    if (!input.name.starts_with(kPast)) continue;
    const std::string present = "present." + input.name.substr(kPast.size());
    const bool fits = input.shape.size() == 4 && input.shape[1].fixed() && input.shape[3].fixed();
    if (!fits || session.output(present) == nullptr) {
      return core::invalid("model.onnx: " + input.name + " must be [batch, heads, past, width] and have its " +
                           present);
    }
    parts.push_back({input.name, present, input.dtype, input.shape[1].size, input.shape[3].size});
  }
  if (parts.empty()) return core::invalid("model.onnx: exported without a cache; export it with past key values");
  return parts;
}

core::Result<void> check(const TextRequest& request) {
  const auto within = [](double value, double least, double most) { return value >= least && value <= most; };
  if (request.max_tokens < 0 || request.max_tokens > kMaxTokens) return core::invalid("max_tokens is out of range");
  if (!within(request.temperature, 0, 2)) return core::invalid("temperature must be 0 to 2");
  if (!(request.top_p > 0 && request.top_p <= 1)) return core::invalid("top_p must be above 0 and at most 1");
  if (request.top_k < 0) return core::invalid("top_k must be 0 or more");
  if (!within(request.frequency_penalty, -2, 2)) return core::invalid("frequency_penalty must be -2 to 2");
  if (!within(request.presence_penalty, -2, 2)) return core::invalid("presence_penalty must be -2 to 2");
  const bool empty = std::ranges::any_of(request.stops, &std::string::empty);
  if (empty || request.stops.size() > kMaxStops) {
    return core::invalid("stop takes up to " + std::to_string(kMaxStops) + " texts, none of them empty");
  }
  if (request.top_logprobs && !within(*request.top_logprobs, 0, kMaxTopLogprobs)) {
    return core::invalid("top_logprobs must be 0 to " + std::to_string(kMaxTopLogprobs));
  }
  return {};
}

}  // namespace

struct LanguageModel::Parts {
  std::unique_ptr<onnx::Session> session;
  TextTokenizer tokenizer;
  ChatFamily family = ChatFamily::none;
  std::vector<CachePart> cache;
  std::set<std::int64_t> ends;  // tokens after which there is no more
  int context = kUsualContext;
  bool positions = false;

  core::Result<std::vector<std::int64_t>> encode(const TextRequest& request) const;
};

namespace {

/// The model's state in the middle of a text: what it has read is in the cache.
class Walk {
 public:
  explicit Walk(const LanguageModel::Parts& parts) : parts_(parts) {}

  /// Reads the ids; what comes next, as logits of every token.
  core::Result<std::vector<float>> read(std::span<const std::int64_t> ids) {
    if (past_.empty()) TRY(begin());
    const auto count = static_cast<std::int64_t>(ids.size());
    onnx::Tensor input = TRY(onnx::Tensor::create(onnx::DataType::int64, {1, count}));
    onnx::Tensor positions = TRY(onnx::Tensor::create(onnx::DataType::int64, {1, count}));
    onnx::Tensor mask = TRY(onnx::Tensor::create(onnx::DataType::int64, {1, length_ + count}));
    std::ranges::copy(ids, input.values<std::int64_t>().begin());
    std::ranges::fill(mask.values<std::int64_t>(), 1);
    for (std::int64_t i = 0; i < count; ++i)
      positions.values<std::int64_t>()[static_cast<std::size_t>(i)] = length_ + i;
    std::vector<std::pair<std::string, onnx::TensorView>> inputs = {{"input_ids", input.view()},
                                                                    {"attention_mask", mask.view()}};
    if (parts_.positions) inputs.emplace_back("position_ids", positions.view());
    std::vector<std::string> outputs = {"logits"};
    for (std::size_t i = 0; i < parts_.cache.size(); ++i) {
      inputs.emplace_back(parts_.cache[i].past, past_[i].view());
      outputs.push_back(parts_.cache[i].present);
    }
    std::vector<onnx::Tensor> given = TRY(parts_.session->run(inputs, outputs).context("model.onnx"));
    past_.clear();
    for (std::size_t i = 1; i < given.size(); ++i) past_.push_back(std::move(given[i]));
    length_ += count;
    return last_logits(given.front());
  }

 private:
  core::Result<void> begin() {
    for (const CachePart& part : parts_.cache) {
      past_.push_back(TRY(onnx::Tensor::create(part.dtype, {1, part.heads, 0, part.width})));
    }
    return {};
  }
  static core::Result<std::vector<float>> last_logits(const onnx::Tensor& logits) {
    const onnx::Shape& shape = logits.shape();
    if (shape.size() != 3 || shape[0] != 1 || shape[1] < 1 || shape[2] < 1) {
      return core::invalid("model.onnx gives logits of the shape " + onnx::to_string(shape));
    }
    std::vector<float> all(logits.size());
    TRY(onnx::load_floats(logits.view(), all));
    std::vector<float> last(all.end() - shape[2], all.end());
    if (std::ranges::all_of(last, [](float value) { return std::isfinite(value); })) return last;
    return core::corrupt(
        "the model gave logits that are no numbers; its weights are broken, or it overflows in float16");
  }

  const LanguageModel::Parts& parts_;
  std::vector<onnx::Tensor> past_;
  std::int64_t length_ = 0;
};

Written written_token(const TextTokenizer& tokenizer, std::span<const float> logits, std::int64_t id, int top) {
  const std::vector<double> values = log_probabilities(logits);
  const auto told = [&](std::int64_t one) {
    return TokenLogprob{tokenizer.bytes_of(one), values[static_cast<std::size_t>(one)]};
  };
  Written written{told(id), {}};
  for (const std::int64_t one : likeliest(values, static_cast<std::size_t>(top))) written.top.push_back(told(one));
  return written;
}

}  // namespace

core::Result<std::vector<std::int64_t>> LanguageModel::Parts::encode(const TextRequest& request) const {
  std::vector<std::int64_t> ids = TRY(request.messages.empty() ? tokenizer.encode(request.prompt)
                                                               : encode_chat(family, tokenizer, request.messages));
  if (ids.empty()) return core::invalid("the prompt is empty");
  if (static_cast<int>(ids.size()) < context) return ids;
  return core::invalid("the prompt has " + std::to_string(ids.size()) + " tokens; this model has room for " +
                       std::to_string(context) + ", the answer included");
}

core::Result<std::unique_ptr<LanguageModel>> LanguageModel::open(const package::Package& package,
                                                                 const onnx::Runtime& runtime) {
  for (const char* file : {"model.onnx", "tokenizer.json"}) {
    if (!package.contains(file)) return core::invalid("the package lacks " + std::string(file));
  }
  auto parts = std::make_unique<Parts>();
  const std::string tokenizer = TRY(package.read_text("tokenizer.json", kMaxTokenizer));
  parts->tokenizer = TRY(TextTokenizer::create(tokenizer));
  const Json words = TRY(read_object(package, "tokenizer_config.json"));
  const Json* const chat = words.find("chat_template");
  parts->family = TRY(family_of(chat != nullptr && chat->is_string() ? chat->as_string() : ""));
  const Json config = TRY(read_object(package, "config.json"));
  add_ids(config, "eos_token_id", parts->ends);
  const Json generation = TRY(read_object(package, "generation_config.json"));
  add_ids(generation, "eos_token_id", parts->ends);
  const Json* const room = config.find("max_position_embeddings");
  if (room != nullptr && room->is_integer()) {
    parts->context = static_cast<int>(std::clamp<std::int64_t>(room->as_integer(), 2, kMaxTokens));
  }
  onnx::SessionSettings settings;
  settings.intra_op_threads = package.manifest().runtime.intra_op_threads;
  settings.execution_provider = package.manifest().runtime.execution_provider;
  parts->session = TRY(onnx::Session::open(runtime, package.file("model.onnx"), settings));
  const onnx::Session& session = *parts->session;
  if (session.input("input_ids") == nullptr || session.input("attention_mask") == nullptr ||
      session.output("logits") == nullptr) {
    return core::invalid("model.onnx: inputs input_ids and attention_mask and an output logits are expected");
  }
  parts->positions = session.input("position_ids") != nullptr;
  parts->cache = TRY(read_cache(session));
  return std::make_unique<LanguageModel>(std::move(parts));
}

LanguageModel::LanguageModel(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LanguageModel::~LanguageModel() = default;

int LanguageModel::context_length() const { return parts_->context; }

core::Result<TextEnd> LanguageModel::generate(const TextRequest& request, const OnPiece& on_piece) {
  TRY(check(request));
  const std::vector<std::int64_t> prompt = TRY(parts_->encode(request));
  const int room = parts_->context - static_cast<int>(prompt.size());
  const int most = request.max_tokens == 0 ? room : std::min(room, request.max_tokens);
  const Sampling sampling{request.temperature, request.top_p, request.top_k, request.frequency_penalty,
                          request.presence_penalty};
  core::Philox random(request.seed);
  TextStream stream(request.stops);
  Walk walk(*parts_);
  TextEnd end{false, static_cast<int>(prompt.size()), 0};
  std::unordered_map<std::int64_t, int> counts;
  Piece piece;
  std::vector<float> logits = TRY(walk.read(prompt));
  while (end.completion_tokens < most) {
    const std::int64_t id = draw(logits, sampling, counts, random.uniform());
    ++end.completion_tokens;
    end.stopped = parts_->ends.contains(id);
    if (end.stopped) break;
    ++counts[id];
    if (request.top_logprobs) {
      piece.written.push_back(written_token(parts_->tokenizer, logits, id, *request.top_logprobs));
    }
    piece.text = stream.take(parts_->tokenizer.bytes_of(id));
    if (!piece.text.empty()) {
      if (!on_piece(std::exchange(piece, {}))) return core::cancelled("the request was cancelled");
    }
    end.stopped = stream.stopped();
    if (end.stopped || end.completion_tokens == most) break;
    logits = TRY(walk.read(std::span(&id, 1)));
  }
  piece.text = stream.finish();
  if ((!piece.text.empty() || !piece.written.empty()) && !on_piece(piece)) {
    return core::cancelled("the request was cancelled");
  }
  return end;
}

}  // namespace noonmark::language
