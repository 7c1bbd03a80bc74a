#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace noonmark::http {

/// One field or file of a form. Views into the body.
struct FormPart {
  std::string name;
  std::string filename;      ///< empty: an ordinary field
  std::string content_type;  ///< empty: none given
  std::string_view content;
};

struct FormLimits {
  std::size_t parts = 64;
  std::size_t header_bytes = 4096;  ///< of one part
  std::size_t name_bytes = 256;     ///< of a name or file name
};

/// Reads a body of multipart/form-data (RFC 7578, RFC 2046 §5.1). The parts are views into `body`.
/// Fails: invalid (another content type, no or a bad boundary, a part without a name, a body that is cut short or has
/// no closing boundary), exhausted (beyond `limits`).
core::Result<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body,
                                               const FormLimits& limits = {});

}  // namespace noonmark::http
