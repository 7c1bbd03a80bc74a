#include "ledger/scale/value.h"

#include <algorithm>

namespace noonmark::scale {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxValues = 1u << 20, kMaxText = 1u << 20;

core::Error wrong(std::string_view what) { return core::invalid("a value of the chain: " + std::string(what)); }

class Decoder {
 public:
  Decoder(const Metadata& metadata, Reader& in) : metadata_(metadata), in_(in) {}

  core::Result<Value> value(TypeId id, int depth) {
    if (id >= metadata_.types.size()) return wrong("there is no type " + std::to_string(id));
    if (depth > kMaxDepth) return wrong("nested too deeply");
    if (++made_ > kMaxValues) return wrong("too many parts");
    return std::visit([&](const auto& shape) { return this->shape(shape, depth + 1); }, metadata_.types[id].shape);
  }

 private:
  bool is_byte(TypeId id) const {
    if (id >= metadata_.types.size()) return false;
    const auto* primitive = std::get_if<Primitive>(&metadata_.types[id].shape);
    return primitive != nullptr && *primitive == Primitive::u8;
  }
  static Value of_bytes(core::ByteView view) {
    Value value;
    value.kind = Value::Kind::bytes;
    value.bytes.assign(view.begin(), view.end());
    return value;
  }
  static Value of_number(U128 number) {
    Value value;
    value.kind = Value::Kind::number;
    value.number = number;
    return value;
  }
  core::Result<void> fields(const std::vector<Field>& all, int depth, Value& into) {
    for (const Field& field : all) {
      into.names.push_back(field.name.value_or(""));
      into.items.push_back(TRY(value(field.type, depth)));
    }
    return {};
  }
  core::Result<Value> repeated(TypeId item, std::size_t count, int depth) {
    if (is_byte(item)) return of_bytes(TRY(in_.raw(count)));
    Value list;
    list.kind = Value::Kind::list;
    for (std::size_t i = 0; i < count; ++i) list.items.push_back(TRY(value(item, depth)));
    return list;
  }
  core::Result<Value> shape(const Composite& shape, int depth) {
    Value whole;
    TRY(fields(shape.fields, depth, whole));
    return whole;
  }
  core::Result<Value> shape(const Enumeration& shape, int depth) {
    Value whole;
    whole.kind = Value::Kind::variant;
    whole.index = TRY(in_.number<std::uint8_t>());
    const auto found = std::ranges::find(shape.variants, whole.index, &Variant::index);
    if (found == shape.variants.end()) return wrong("an unknown variant " + std::to_string(whole.index));
    whole.text = found->name;
    TRY(fields(found->fields, depth, whole));
    return whole;
  }
  core::Result<Value> shape(const Sequence& shape, int depth) {
    return repeated(shape.item, TRY(in_.length(0, kMaxValues)), depth);
  }
  core::Result<Value> shape(const Array& shape, int depth) { return repeated(shape.item, shape.length, depth); }
  core::Result<Value> shape(const Tuple& shape, int depth) {
    Value whole;
    for (const TypeId item : shape.items) {
      whole.names.emplace_back();
      whole.items.push_back(TRY(value(item, depth)));
    }
    return whole;
  }
  core::Result<Value> shape(Primitive shape, int) {
    switch (shape) {
      case Primitive::boolean: {
        Value value;
        value.kind = Value::Kind::boolean;
        value.boolean = TRY(in_.boolean());
        return value;
      }
      case Primitive::text: {
        Value value;
        value.kind = Value::Kind::text;
        value.text = TRY(in_.text(kMaxText));
        return value;
      }
      case Primitive::u8:
      case Primitive::i8:
        return of_number({TRY(in_.number<std::uint8_t>()), 0});
      case Primitive::u16:
      case Primitive::i16:
        return of_number({TRY(in_.number<std::uint16_t>()), 0});
      case Primitive::character:
      case Primitive::u32:
      case Primitive::i32:
        return of_number({TRY(in_.number<std::uint32_t>()), 0});
      case Primitive::u64:
      case Primitive::i64:
        return of_number({TRY(in_.number<std::uint64_t>()), 0});
      case Primitive::u128:
      case Primitive::i128:
        return of_number(TRY(in_.number128()));
      case Primitive::u256:
      case Primitive::i256:
        return of_bytes(TRY(in_.raw(32)));
    }
    return wrong("an unknown primitive");
  }
  /// Wrappers such as Compact<Perbill> are as long as their number; an empty one takes no bytes.
  core::Result<Value> shape(const Compact& shape, int) {
    if (TRY(metadata_.is_empty(shape.type))) return Value{};
    return of_number({TRY(in_.compact()), 0});
  }
  core::Result<Value> shape(const BitSequence&, int) { return wrong("bit sequences aren't read"); }

  const Metadata& metadata_;
  Reader& in_;
  std::size_t made_ = 0;
};

}  // namespace

const Value* Value::find(std::string_view name) const {
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? nullptr : &items[static_cast<std::size_t>(found - names.begin())];
}

const Value& Value::inner() const {
  const Value* at = this;
  while (at->kind == Kind::fields && at->items.size() == 1) at = &at->items.front();
  return *at;
}

core::Result<Value> decode_value(const Metadata& metadata, TypeId type, Reader& reader) {
  return Decoder(metadata, reader).value(type, 0);
}

}  // namespace noonmark::scale
