#include "ledger/runtime/internal/calls.h"

namespace noonmark::runtime {
namespace {

constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxBatch = 1024;

core::Result<AnyCall> read_call(Reader& in, int depth);

core::Result<std::vector<AnyCall>> read_calls(Reader& in, std::size_t count, int depth) {
  std::vector<AnyCall> calls;
  for (std::size_t i = 0; i < count; ++i) calls.push_back(TRY(read_call(in, depth + 1)));
  return calls;
}

template <class T>
core::Result<AnyCall> read_arguments(Reader& in, int depth) {
  if constexpr (std::is_same_v<T, call::BatchAll>) {
    const std::size_t count = TRY(in.length(2, kMaxBatch));
    return AnyCall{call::BatchAll{TRY(read_calls(in, count, depth))}};
  } else if constexpr (std::is_same_v<T, call::Sudo>) {
    return AnyCall{call::Sudo{TRY(read_calls(in, 1, depth))}};
  } else {
    return AnyCall{TRY(read<T>(in))};
  }
}

/// The alternative that stands at this place.
template <std::size_t I = 0>
core::Result<AnyCall> read_at(std::uint8_t pallet, std::uint8_t index, Reader& in, int depth) {
  if constexpr (I == std::variant_size_v<AnyCall::Variant>) {
    return core::invalid("there is no call " + std::to_string(pallet) + "," + std::to_string(index));
  } else {
    using T = std::variant_alternative_t<I, AnyCall::Variant>;
    if (T::place.pallet_index == pallet && T::place.index == index) return read_arguments<T>(in, depth);
    return read_at<I + 1>(pallet, index, in, depth);
  }
}

core::Result<AnyCall> read_call(Reader& in, int depth) {
  if (depth > kMaxDepth) return core::invalid("calls within calls, too deep");
  const std::uint8_t pallet = TRY(in.number<std::uint8_t>());
  const std::uint8_t index = TRY(in.number<std::uint8_t>());
  return read_at(pallet, index, in, depth);
}

void write_call(Writer& out, const AnyCall& call) {
  const auto write_one = [&out]<class T>(const T& one) {
    out.number(T::place.pallet_index).number(T::place.index);
    if constexpr (std::is_same_v<T, call::BatchAll>) {
      out.compact(one.calls.size());
      for (const AnyCall& inner : one.calls) write_call(out, inner);
    } else if constexpr (std::is_same_v<T, call::Sudo>) {
      write_call(out, one.call.front());
    } else {
      write(out, one);
    }
  };
  std::visit(write_one, call.value);
}

}  // namespace

core::Bytes encode_call(const AnyCall& call) {
  Writer out;
  write_call(out, call);
  return out.take();
}

core::Result<AnyCall> decode_call(core::ByteView bytes) {
  Reader in(bytes);
  AnyCall call = TRY(read_call(in, 0));
  TRY(in.finish());
  return call;
}

}  // namespace noonmark::runtime
