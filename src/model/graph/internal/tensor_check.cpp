#include "model/graph/internal/tensor_check.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

namespace noonmark::graph::internal {
namespace {

using ::onnx::TensorProto;

constexpr std::uint64_t kPiece =
    16ull << 20;  // bytes of external data read at a time; a multiple of every element size

/// What isn't a number among stored values.
struct Special {
  bool nan = false, infinite = false;
};

/// IEEE 754 by bits: an exponent of all ones is infinity without mantissa and NaN with one.
template <class Word, Word kExponent, Word kMantissa>
Special specials(core::ByteView bytes) {
  Special found;
  for (std::size_t at = 0; at + sizeof(Word) <= bytes.size(); at += sizeof(Word)) {
    Word word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof(Word));  // ONNX stores little endian, as this machine does
    if ((word & kExponent) != kExponent) continue;
    ((word & kMantissa) != 0 ? found.nan : found.infinite) = true;
  }
  return found;
}

Special specials_of(int data_type, core::ByteView bytes) {
  switch (data_type) {
    case TensorProto::FLOAT:
    case TensorProto::COMPLEX64:
      return specials<std::uint32_t, 0x7f800000u, 0x007fffffu>(bytes);
    case TensorProto::DOUBLE:
    case TensorProto::COMPLEX128:
      return specials<std::uint64_t, 0x7ff0000000000000ull, 0x000fffffffffffffull>(bytes);
    case TensorProto::FLOAT16:
      return specials<std::uint16_t, 0x7c00, 0x03ff>(bytes);
    case TensorProto::BFLOAT16:
      return specials<std::uint16_t, 0x7f80, 0x007f>(bytes);
    default:
      return {};
  }
}

/// The same for values in the typed fields (`float_data`, or 16 bits in the low half of `int32_data`).
Special specials_of_fields(const TensorProto& tensor) {
  Special found;
  const auto add = [&](Special more) {
    found.nan |= more.nan;
    found.infinite |= more.infinite;
  };
  const auto view = [](const auto& field) {
    return core::ByteView(reinterpret_cast<const std::uint8_t*>(field.data()),
                          static_cast<std::size_t>(field.size()) * sizeof(*field.data()));
  };
  add(specials_of(TensorProto::FLOAT, view(tensor.float_data())));
  add(specials_of(TensorProto::DOUBLE, view(tensor.double_data())));
  const int type = tensor.data_type();
  if (type != TensorProto::FLOAT16 && type != TensorProto::BFLOAT16) return found;
  for (const std::int32_t value : tensor.int32_data()) {
    const auto half = static_cast<std::uint16_t>(value);
    std::uint8_t bytes[2];
    std::memcpy(bytes, &half, 2);
    add(specials_of(type, bytes));
  }
  return found;
}

/// Values in the typed field that ONNX assigns to this type, per element of the tensor.
struct Fields {
  std::uint64_t stored = 0, expected = 0;
};

Fields typed_values(const TensorProto& tensor, std::uint64_t count) {
  const auto size = [](const auto& field) { return static_cast<std::uint64_t>(field.size()); };
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      return {size(tensor.float_data()), count};
    case TensorProto::COMPLEX64:
      return {size(tensor.float_data()), 2 * count};
    case TensorProto::DOUBLE:
      return {size(tensor.double_data()), count};
    case TensorProto::COMPLEX128:
      return {size(tensor.double_data()), 2 * count};
    case TensorProto::INT64:
      return {size(tensor.int64_data()), count};
    case TensorProto::UINT32:
    case TensorProto::UINT64:
      return {size(tensor.uint64_data()), count};
    case TensorProto::STRING:
      return {size(tensor.string_data()), count};
    case 21:
    case 22:
    case 23:
      return {size(tensor.int32_data()), (count + 1) / 2};
    default:
      return {size(tensor.int32_data()), count};
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A path that stays inside its folder whatever the system: no root, no "..", no backslash, drive or control character.
bool plain_relative(std::string_view path) {
  if (path.empty() || path.size() > 240) return false;
  const auto foreign = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\' || c == ':' || c == '*'; };
  if (std::ranges::any_of(path, foreign)) return false;
  for (std::string_view rest = path;;) {
    const auto slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace

core::Result<std::uint64_t> declared_bytes(int data_type, const ::google::protobuf::RepeatedField<std::int64_t>& shape,
                                           const Limits& limits) {
  const int bits = bits_of(data_type);
  if (bits < 0) return core::invalid("has the unknown data type " + std::to_string(data_type));
  if (static_cast<std::size_t>(shape.size()) > limits.rank) {
    return core::invalid("has " + std::to_string(shape.size()) + " dimensions, more than allowed");
  }
  std::uint64_t total = 1;
  bool empty = false;
  for (const std::int64_t dimension : shape) {
    if (dimension < 0) return core::invalid("has a negative dimension");
    if (dimension == 0) empty = true;
    const auto factor = static_cast<std::uint64_t>(std::max<std::int64_t>(dimension, 1));
    if (__builtin_mul_overflow(total, factor, &total))
      return core::invalid("declares an absurd size (over 2^64 elements)");
  }
  if (empty) return std::uint64_t{0};
  std::uint64_t all_bits = 0;
  if (__builtin_mul_overflow(total, static_cast<std::uint64_t>(bits == 0 ? 64 : bits), &all_bits)) {
    return core::invalid("declares an absurd size (over 2^61 bytes)");
  }
  const std::uint64_t bytes = all_bits / 8 + (all_bits % 8 != 0 ? 1 : 0);
  if (bytes > limits.tensor_bytes) {
    return core::invalid("declares " + std::to_string(bytes) + " bytes, at most " +
                         std::to_string(limits.tensor_bytes) + " are allowed for one tensor");
  }
  return bytes;
}

std::uint64_t element_count(const ::google::protobuf::RepeatedField<std::int64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::int64_t dimension : shape) count *= static_cast<std::uint64_t>(dimension);
  return count;
}

core::Result<ExternalData> TensorCheck::locate(const TensorProto& tensor, std::uint64_t bytes) const {
  if (files_ == nullptr) return core::invalid("lies in an external file, which isn't allowed here");
  ExternalData data;
  std::optional<std::uint64_t> length;
  std::string location;
  for (const auto& entry : tensor.external_data()) {
    const std::optional<std::uint64_t> value = number(entry.value());
    if (entry.key() == "location" && location.empty()) {
      location = entry.value();
    } else if (entry.key() == "offset" && value) {
      data.offset = *value;
    } else if (entry.key() == "length" && value) {
      length = *value;
    } else if (entry.key() != "checksum") {
      return core::invalid("has bad external data settings (" + shown(entry.key()) + ")");
    }
  }
  if (!plain_relative(location)) {
    return core::invalid("lies in " + shown(location) +
                         ", which isn't a plain relative path; keep external data in a file beside the model");
  }
  const auto slash = path_.rfind('/');
  data.path = std::string(slash == std::string_view::npos ? "" : path_.substr(0, slash + 1)) + location;
  const std::optional<std::uint64_t> size = files_->size(data.path);
  if (!size) return core::invalid("lies in " + shown(data.path) + ", which the package doesn't list");
  if (data.offset > *size) return core::corrupt("begins after the end of " + shown(data.path));
  data.length = length.value_or(*size - data.offset);
  if (data.length > *size - data.offset) return core::corrupt("ends after the end of " + shown(data.path));
  if (data.length != bytes) {
    return core::corrupt("has " + std::to_string(data.length) + " bytes in " + shown(data.path) + ", its shape needs " +
                         std::to_string(bytes));
  }
  return data;
}

core::Result<void> TensorCheck::check(const TensorProto& tensor, const std::string& where, Report& report) const {
  const std::uint64_t bytes = TRY(declared_bytes(tensor.data_type(), tensor.dims(), limits_).context(where));
  if (++report.tensors > limits_.tensors) {
    return core::invalid("more than " + std::to_string(limits_.tensors) + " tensors");
  }
  if (bytes > limits_.total_tensor_bytes - report.tensor_bytes) {
    return core::invalid("the tensors together are larger than " + std::to_string(limits_.total_tensor_bytes) +
                         " bytes");
  }
  report.tensor_bytes += bytes;
  report.parameters += element_count(tensor.dims());
  return check_content(tensor, bytes, where, report).context(where);
}

core::Result<void> TensorCheck::check_content(const TensorProto& tensor, std::uint64_t bytes, const std::string& where,
                                              Report& report) const {
  Special special;
  const Fields typed = typed_values(tensor, element_count(tensor.dims()));
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    if (tensor.has_raw_data() || typed.stored != 0) return core::corrupt("has data both inside and outside");
    const ExternalData data = TRY(locate(tensor, bytes));
    report.external_files.insert(data.path);
    for (std::uint64_t done = 0; done < data.length; done += kPiece) {
      const std::uint64_t length = std::min(kPiece, data.length - done);
      const core::Bytes piece = TRY(files_->read(data.path, data.offset + done, length));
      const Special more = specials_of(tensor.data_type(), piece);
      special.nan |= more.nan;
      special.infinite |= more.infinite;
    }
  } else if (tensor.external_data_size() != 0) {
    return core::corrupt("names an external file but says that its data is inside");
  } else if (tensor.has_raw_data()) {
    if (typed.stored != 0 || tensor.data_type() == TensorProto::STRING || tensor.raw_data().size() != bytes) {
      return core::corrupt("has " + std::to_string(tensor.raw_data().size()) + " bytes of data, its shape needs " +
                           std::to_string(bytes));
    }
    special = specials_of(tensor.data_type(), core::as_bytes(tensor.raw_data()));
  } else {
    if (typed.stored != typed.expected) {
      return core::corrupt("has " + std::to_string(typed.stored) + " values, its shape needs " +
                           std::to_string(typed.expected));
    }
    special = specials_of_fields(tensor);
  }
  if (special.nan) return core::corrupt("holds NaN (not a number); export the model again from sound weights");
  if (special.infinite) report.infinite_tensors.push_back(where);
  return {};
}

}  // namespace noonmark::graph::internal
