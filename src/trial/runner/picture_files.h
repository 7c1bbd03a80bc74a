#pragma once

#include <string>
#include <string_view>

#include "base/codec/fields.h"
#include "base/core/result.h"
#include "model/image/image.h"

namespace noonmark::runner {

/// A picture's file in a request, as base64 or as a data URL of it; empty where there is none. What is wrong with it is
/// the fields' failure.
std::string read_picture_file(codec::Fields& fields, std::string_view key);

/// The picture in a file that came from outside. Fails: invalid, with `name` in the message.
core::Result<image::Image> decode_picture_file(const std::string& file, std::string_view name);

}  // namespace noonmark::runner
