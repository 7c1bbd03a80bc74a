#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "crypto/sign/account.h"
#include "ledger/runtime/internal/number_list.h"
#include "ledger/scale/codec.h"

// One description of each type gives its SCALE form here and its metadata in metadata.cpp.
namespace noonmark::runtime {

using scale::Reader;
using scale::Writer;

template <class Owner, class Member>
struct FieldOf {
  const char* name;
  Member Owner::*member;
};
template <class Owner, class Member>
constexpr FieldOf<Owner, Member> field(const char* name, Member Owner::*member) {
  return {name, member};
}

/// A struct that lists its members in `static constexpr auto fields()`.
template <class T>
concept Described = requires { T::fields(); };

/// A number in compact form.
struct CompactNumber {
  std::uint64_t value = 0;
};
/// An account where a call names one: MultiAddress::Id.
struct Address {
  sign::AccountId account;
};
/// What a commitment holds: pallet Commitments' Data::Raw0 to Raw128.
struct Data {
  core::Bytes raw;
};
using Hash256 = std::array<std::uint8_t, 32>;

template <class T>
void write(Writer& out, const T& value);
template <class T>
core::Result<T> read(Reader& in);

namespace internal_layout {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsTuple : std::false_type {};
template <class... T>
struct IsTuple<std::tuple<T...>> : std::true_type {};

/// The least number of bytes that a list's item takes, for the check before memory is taken.
template <class T>
constexpr std::size_t least_bytes() {
  if constexpr (std::is_integral_v<T>) return sizeof(T);
  return 1;
}

template <class T>
core::Result<void> read_into(Reader& in, T& value) {
  value = TRY(read<T>(in));
  return {};
}

template <class T, std::size_t... I>
core::Result<T> read_fields(Reader& in, std::index_sequence<I...>) {
  T value{};
  core::Result<void> outcome;
  constexpr auto fields = T::fields();
  ((outcome.ok() ? void(outcome = read_into(in, value.*(std::get<I>(fields).member))) : void()), ...);
  if (!outcome.ok()) return outcome.error();
  return value;
}
template <class T, std::size_t... I>
core::Result<T> read_tuple(Reader& in, std::index_sequence<I...>) {
  T value{};
  core::Result<void> outcome;
  ((outcome.ok() ? void(outcome = read_into(in, std::get<I>(value))) : void()), ...);
  if (!outcome.ok()) return outcome.error();
  return value;
}

inline core::Result<Data> read_data(Reader& in) {
  const std::uint8_t tag = TRY(in.number<std::uint8_t>());
  if (tag < 1 || tag > 129) return core::invalid("a commitment that isn't raw bytes");
  const core::ByteView raw = TRY(in.raw(tag - 1u));
  return Data{{raw.begin(), raw.end()}};
}
inline core::Result<Address> read_address(Reader& in) {
  if (TRY(in.number<std::uint8_t>()) != 0) return core::invalid("an address that is no account");
  return Address{{TRY(in.array<32>())}};
}

}  // namespace internal_layout

template <class T>
void write(Writer& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::is_unsigned_v<T>) {
    out.number(value);
  } else if constexpr (std::is_same_v<T, scale::U128>) {
    out.number(value);
  } else if constexpr (std::is_same_v<T, CompactNumber>) {
    out.compact(value.value);
  } else if constexpr (std::is_same_v<T, sign::AccountId>) {
    out.raw(value.bytes);
  } else if constexpr (std::is_same_v<T, Hash256>) {
    out.raw(value);
  } else if constexpr (std::is_same_v<T, Address>) {
    out.number<std::uint8_t>(0).raw(value.account.bytes);
  } else if constexpr (std::is_same_v<T, Data>) {
    out.number(static_cast<std::uint8_t>(value.raw.size() + 1)).raw(value.raw);
  } else if constexpr (internal_layout::IsVector<T>::value) {
    out.compact(value.size());
    if constexpr (std::is_unsigned_v<typename T::value_type>) {
      write_numbers(out, value);
    } else {
      for (const auto& item : value) write(out, item);
    }
  } else if constexpr (internal_layout::IsTuple<T>::value) {
    std::apply([&](const auto&... item) { (write(out, item), ...); }, value);
  } else {
    static_assert(Described<T>);
    std::apply([&](const auto&... one) { (write(out, value.*(one.member)), ...); }, T::fields());
  }
}

template <class T>
core::Result<T> read(Reader& in) {
  if constexpr (std::is_same_v<T, bool>) {
    return in.boolean();
  } else if constexpr (std::is_unsigned_v<T>) {
    return in.number<T>();
  } else if constexpr (std::is_same_v<T, scale::U128>) {
    return in.number128();
  } else if constexpr (std::is_same_v<T, CompactNumber>) {
    return CompactNumber{TRY(in.compact())};
  } else if constexpr (std::is_same_v<T, sign::AccountId>) {
    return sign::AccountId{TRY(in.array<32>())};
  } else if constexpr (std::is_same_v<T, Hash256>) {
    return in.array<32>();
  } else if constexpr (std::is_same_v<T, Address>) {
    return internal_layout::read_address(in);
  } else if constexpr (std::is_same_v<T, Data>) {
    return internal_layout::read_data(in);
  } else if constexpr (internal_layout::IsVector<T>::value) {
    using Item = typename T::value_type;
    const std::size_t count = TRY(in.length(internal_layout::least_bytes<Item>()));
    if constexpr (std::is_unsigned_v<Item>) {
      return read_numbers<Item>(in, count);
    } else {
      T items;
      for (std::size_t i = 0; i < count; ++i) items.push_back(TRY(read<Item>(in)));
      return items;
    }
  } else if constexpr (internal_layout::IsTuple<T>::value) {
    return internal_layout::read_tuple<T>(in, std::make_index_sequence<std::tuple_size_v<T>>());
  } else {
    static_assert(Described<T>);
    constexpr std::size_t count = std::tuple_size_v<decltype(T::fields())>;
    return internal_layout::read_fields<T>(in, std::make_index_sequence<count>());
  }
}

template <class T>
core::Bytes encode(const T& value) {
  Writer out;
  write(out, value);
  return out.take();
}

}  // namespace noonmark::runtime
