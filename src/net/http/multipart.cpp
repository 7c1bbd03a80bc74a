#include "net/http/multipart.h"

#include <algorithm>
#include <optional>

#include "net/http/message.h"

namespace noonmark::http {
namespace {

constexpr std::string_view kLine = "\r\n", kMedia = "multipart/form-data";
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046 §5.1.1

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes one `name=value` or `name="value"` with its semicolon off the front. Nothing when it is none.
struct Parameter {
  std::string_view name;
  std::string value;
};
std::optional<Parameter> take_parameter(std::string_view& text) {
  text = trimmed(text);
  if (!text.starts_with(';')) return std::nullopt;
  text = trimmed(text.substr(1));
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  Parameter parameter{trimmed(text.substr(0, equals)), {}};
  text = trimmed(text.substr(equals + 1));
  if (!text.starts_with('"')) {
    const std::size_t end = std::min(text.find(';'), text.size());
    parameter.value = trimmed(text.substr(0, end));
    text.remove_prefix(end);
    return parameter;
  }
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    const bool escaped = text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
    parameter.value += text[escaped ? ++at : at];
  }
  if (at >= text.size()) return std::nullopt;
  text.remove_prefix(at + 1);
  return parameter;
}

core::Result<std::string> boundary_of(std::string_view content_type) {
  const std::size_t end = std::min(content_type.find(';'), content_type.size());
  if (!equal_ignoring_case(trimmed(content_type.substr(0, end)), kMedia)) {
    return core::invalid("the body must be multipart/form-data");
  }
  std::string_view rest = content_type.substr(end);
  while (const auto parameter = take_parameter(rest)) {
    if (!equal_ignoring_case(parameter->name, "boundary")) continue;
    const std::string& boundary = parameter->value;
    if (boundary.empty() || boundary.size() > kMaxBoundary || boundary.find_first_of("\r\n") != std::string::npos)
      break;
    return boundary;
  }
  return core::invalid("multipart/form-data needs a boundary of 1 to 70 characters");
}

core::Result<void> read_disposition(std::string_view value, const FormLimits& limits, FormPart& part) {
  const std::size_t end = std::min(value.find(';'), value.size());
  if (!equal_ignoring_case(trimmed(value.substr(0, end)), "form-data")) {
    return core::invalid("every part of a form must be form-data");
  }
  std::string_view rest = value.substr(end);
  while (const auto parameter = take_parameter(rest)) {
    if (parameter->value.size() > limits.name_bytes) return core::exhausted("a part of the form has too long a name");
    if (equal_ignoring_case(parameter->name, "name")) part.name = parameter->value;
    if (equal_ignoring_case(parameter->name, "filename")) part.filename = parameter->value;
  }
  return {};
}

/// `text`: a part's header and content.
core::Result<FormPart> read_part(std::string_view text, const FormLimits& limits) {
  FormPart part;
  std::size_t header_bytes = 0;
  while (true) {
    const std::size_t end = text.find(kLine);
    if (end == std::string_view::npos) return core::invalid("a part of the form has no end of its header");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + kLine.size());
    if (line.empty()) break;
    header_bytes += line.size() + kLine.size();
    if (header_bytes > limits.header_bytes) return core::exhausted("a part of the form has too large a header");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return core::invalid("a part of the form has a broken header");
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(name, "Content-Disposition")) TRY(read_disposition(value, limits, part));
    if (equal_ignoring_case(name, "Content-Type")) part.content_type = value;
  }
  if (part.name.empty()) return core::invalid("a part of the form has no name");
  part.content = text;
  return part;
}

}  // namespace

core::Result<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body,
                                               const FormLimits& limits) {
  const std::string boundary = TRY(boundary_of(content_type));
  const std::string first = "--" + boundary, next = "\r\n--" + boundary;
  // A preamble before the first boundary is allowed, and ends with a line.
  std::size_t at = body.starts_with(first) ? 0 : body.find(next);
  if (at == std::string_view::npos) return core::invalid("the form doesn't begin with its boundary");
  body.remove_prefix(at + (at == 0 && body.starts_with(first) ? first.size() : next.size()));
  std::vector<FormPart> parts;
  while (true) {
    if (body.starts_with("--")) return parts;
    while (body.starts_with(' ') || body.starts_with('\t')) body.remove_prefix(1);
    if (!body.starts_with(kLine)) return core::invalid("a boundary of the form isn't followed by a new line");
    body.remove_prefix(kLine.size());
    at = body.find(next);
    if (at == std::string_view::npos) return core::invalid("the form has no closing boundary: it was cut short");
    if (parts.size() == limits.parts) {
      return core::exhausted("the form has more than " + std::to_string(limits.parts) + " parts");
    }
    parts.push_back(TRY(read_part(body.substr(0, at), limits)));
    body.remove_prefix(at + next.size());
  }
}

}  // namespace noonmark::http
