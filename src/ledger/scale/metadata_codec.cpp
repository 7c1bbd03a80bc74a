#include "ledger/scale/codec.h"
#include "ledger/scale/metadata.h"

// Layout: frame-metadata's RuntimeMetadataV14 and scale-info's PortableRegistry.
namespace noonmark::scale {
namespace {

constexpr std::uint32_t kMagic = 0x6174656d;  // "meta"
constexpr std::uint8_t kVersion = 14;
constexpr std::size_t kMaxBytes = 16u << 20, kMaxTypes = 16384, kMaxText = 1u << 16;

core::Error wrong(std::string_view what) { return core::invalid("metadata: " + std::string(what)); }

class Decoder {
 public:
  explicit Decoder(core::ByteView bytes) : in_(bytes) {}

  core::Result<Metadata> run() {
    if (TRY(in_.number<std::uint32_t>()) != kMagic) return wrong("it doesn't begin with \"meta\"");
    const std::uint8_t version = TRY(in_.number<std::uint8_t>());
    if (version != kVersion) return wrong("version " + std::to_string(version) + "; version 14 is understood");
    Metadata metadata;
    const std::size_t types = TRY(in_.length(5, kMaxTypes));
    for (std::size_t i = 0; i < types; ++i) {
      if (TRY(id()) != i) return wrong("types aren't numbered in order");
      metadata.types.push_back(TRY(type()));
    }
    metadata.pallets = TRY(list<Pallet>(7, [&] { return pallet(); }));
    metadata.extrinsic_type = TRY(id());
    metadata.extrinsic_version = TRY(in_.number<std::uint8_t>());
    metadata.extensions = TRY(list<Extension>(3, [&] { return extension(); }));
    metadata.runtime_type = TRY(id());
    TRY(in_.finish());
    if (highest_ >= types) return wrong("type " + std::to_string(highest_) + " is named and isn't there");
    return metadata;
  }

 private:
  template <class T, class Read>
  core::Result<std::vector<T>> list(std::size_t item_bytes, const Read& read) {
    const std::size_t count = TRY(in_.length(item_bytes, kMaxTypes));
    std::vector<T> items;
    items.reserve(count);
    for (std::size_t i = 0; i < count; ++i) items.push_back(TRY(read()));
    return items;
  }
  template <class T, class Read>
  core::Result<std::optional<T>> option(const Read& read) {
    if (!TRY(in_.boolean())) return std::optional<T>{};
    return std::optional<T>(TRY(read()));
  }
  core::Result<TypeId> id() {
    const std::uint64_t value = TRY(in_.compact());
    if (value >= kMaxTypes) return wrong("a type's number beyond " + std::to_string(kMaxTypes));
    highest_ = std::max(highest_, static_cast<TypeId>(value));
    return static_cast<TypeId>(value);
  }
  core::Result<std::string> text() { return in_.text(kMaxText); }
  core::Result<core::Bytes> bytes() {
    const core::ByteView view = TRY(in_.bytes());
    return core::Bytes(view.begin(), view.end());
  }
  core::Result<void> skip_docs() {
    TRY(list<std::string>(1, [&] { return text(); }));
    return {};
  }
  core::Result<Field> field() {
    Field field;
    field.name = TRY(option<std::string>([&] { return text(); }));
    field.type = TRY(id());
    field.type_name = TRY(option<std::string>([&] { return text(); }));
    TRY(skip_docs());
    return field;
  }
  core::Result<Variant> variant() {
    Variant variant;
    variant.name = TRY(text());
    variant.fields = TRY(list<Field>(4, [&] { return field(); }));
    variant.index = TRY(in_.number<std::uint8_t>());
    TRY(skip_docs());
    return variant;
  }
  using Parameter = std::pair<std::string, std::optional<TypeId>>;
  core::Result<Parameter> parameter() {
    std::string name = TRY(text());
    return Parameter{std::move(name), TRY(option<TypeId>([&] { return id(); }))};
  }
  core::Result<Type> type() {
    Type type;
    type.path = TRY(list<std::string>(1, [&] { return text(); }));
    type.parameters = TRY(list<Parameter>(2, [&] { return parameter(); }));
    TRY(shape(type));
    TRY(skip_docs());
    return type;
  }
  core::Result<void> shape(Type& type) {
    const std::uint8_t tag = TRY(in_.number<std::uint8_t>());
    switch (tag) {
      case 0:
        type.shape = Composite{TRY(list<Field>(4, [&] { return field(); }))};
        return {};
      case 1:
        type.shape = Enumeration{TRY(list<Variant>(4, [&] { return variant(); }))};
        return {};
      case 2:
        type.shape = Sequence{TRY(id())};
        return {};
      case 3: {
        const std::uint32_t length = TRY(in_.number<std::uint32_t>());
        type.shape = Array{length, TRY(id())};
        return {};
      }
      case 4:
        type.shape = Tuple{TRY(list<TypeId>(1, [&] { return id(); }))};
        return {};
      case 5: {
        const std::uint8_t primitive = TRY(in_.number<std::uint8_t>());
        if (primitive > static_cast<std::uint8_t>(Primitive::i256)) return wrong("an unknown primitive type");
        type.shape = static_cast<Primitive>(primitive);
        return {};
      }
      case 6:
        type.shape = Compact{TRY(id())};
        return {};
      case 7: {
        const TypeId store = TRY(id());
        type.shape = BitSequence{store, TRY(id())};
        return {};
      }
      default:
        return wrong("an unknown kind of type");
    }
  }
  core::Result<Hasher> hasher() {
    const std::uint8_t hasher = TRY(in_.number<std::uint8_t>());
    if (hasher > static_cast<std::uint8_t>(Hasher::identity)) return wrong("an unknown hasher");
    return static_cast<Hasher>(hasher);
  }
  core::Result<StorageEntry> entry() {
    StorageEntry entry;
    entry.name = TRY(text());
    const std::uint8_t modifier = TRY(in_.number<std::uint8_t>());
    if (modifier > 1) return wrong("an unknown modifier of " + entry.name);
    entry.has_default = modifier == 1;
    const std::uint8_t kind = TRY(in_.number<std::uint8_t>());
    if (kind > 1) return wrong("an unknown kind of storage of " + entry.name);
    if (kind == 1) {
      entry.hashers = TRY(list<Hasher>(1, [&] { return hasher(); }));
      entry.key = TRY(id());
    }
    entry.value = TRY(id());
    entry.fallback = TRY(bytes());
    TRY(skip_docs());
    return entry;
  }
  core::Result<Constant> constant() {
    Constant constant;
    constant.name = TRY(text());
    constant.type = TRY(id());
    constant.value = TRY(bytes());
    TRY(skip_docs());
    return constant;
  }
  core::Result<Pallet> pallet() {
    Pallet pallet;
    pallet.name = TRY(text());
    if (TRY(in_.boolean())) {
      pallet.prefix = TRY(text());
      pallet.storage = TRY(list<StorageEntry>(6, [&] { return entry(); }));
    }
    const auto type = [&] { return id(); };
    pallet.calls = TRY(option<TypeId>(type));
    pallet.events = TRY(option<TypeId>(type));
    pallet.constants = TRY(list<Constant>(4, [&] { return constant(); }));
    pallet.errors = TRY(option<TypeId>(type));
    pallet.index = TRY(in_.number<std::uint8_t>());
    return pallet;
  }
  core::Result<Extension> extension() {
    Extension extension;
    extension.identifier = TRY(text());
    extension.extra = TRY(id());
    extension.additional = TRY(id());
    return extension;
  }

  Reader in_;
  TypeId highest_ = 0;
};

class Encoder {
 public:
  core::Bytes run(const Metadata& metadata) {
    out_.number(kMagic).number(kVersion);
    out_.compact(metadata.types.size());
    for (std::size_t i = 0; i < metadata.types.size(); ++i) {
      out_.compact(i);
      type(metadata.types[i]);
    }
    list(metadata.pallets, [&](const Pallet& one) { pallet(one); });
    out_.compact(metadata.extrinsic_type).number(metadata.extrinsic_version);
    list(metadata.extensions,
         [&](const Extension& one) { out_.text(one.identifier).compact(one.extra).compact(one.additional); });
    out_.compact(metadata.runtime_type);
    return out_.take();
  }

 private:
  template <class T, class Write>
  void list(const std::vector<T>& items, const Write& write) {
    out_.compact(items.size());
    for (const T& item : items) write(item);
  }
  void text_option(const std::optional<std::string>& text) {
    out_.boolean(text.has_value());
    if (text) out_.text(*text);
  }
  void id_option(const std::optional<TypeId>& id) {
    out_.boolean(id.has_value());
    if (id) out_.compact(*id);
  }
  void no_docs() { out_.compact(0); }
  void field(const Field& field) {
    text_option(field.name);
    out_.compact(field.type);
    text_option(field.type_name);
    no_docs();
  }
  void fields(const std::vector<Field>& all) {
    list(all, [&](const Field& one) { field(one); });
  }
  void variant(const Variant& variant) {
    out_.text(variant.name);
    fields(variant.fields);
    out_.number(variant.index);
    no_docs();
  }
  void type(const Type& type) {
    list(type.path, [&](const std::string& part) { out_.text(part); });
    list(type.parameters, [&](const auto& parameter) {
      out_.text(parameter.first);
      id_option(parameter.second);
    });
    out_.number(static_cast<std::uint8_t>(type.shape.index()));
    std::visit([&](const auto& shape) { this->shape(shape); }, type.shape);
    no_docs();
  }
  void shape(const Composite& shape) { fields(shape.fields); }
  void shape(const Enumeration& shape) {
    list(shape.variants, [&](const Variant& one) { variant(one); });
  }
  void shape(const Sequence& shape) { out_.compact(shape.item); }
  void shape(const Array& shape) { out_.number(shape.length).compact(shape.item); }
  void shape(const Tuple& shape) {
    list(shape.items, [&](TypeId item) { out_.compact(item); });
  }
  void shape(Primitive shape) { out_.number(static_cast<std::uint8_t>(shape)); }
  void shape(const Compact& shape) { out_.compact(shape.type); }
  void shape(const BitSequence& shape) { out_.compact(shape.store).compact(shape.order); }

  void entry(const StorageEntry& entry) {
    out_.text(entry.name).boolean(entry.has_default).boolean(entry.key.has_value());
    if (entry.key) {
      list(entry.hashers, [&](Hasher hasher) { out_.number(static_cast<std::uint8_t>(hasher)); });
      out_.compact(*entry.key);
    }
    out_.compact(entry.value).bytes(entry.fallback);
    no_docs();
  }
  void pallet(const Pallet& pallet) {
    out_.text(pallet.name).boolean(!pallet.prefix.empty());
    if (!pallet.prefix.empty()) {
      out_.text(pallet.prefix);
      list(pallet.storage, [&](const StorageEntry& one) { entry(one); });
    }
    id_option(pallet.calls);
    id_option(pallet.events);
    list(pallet.constants, [&](const Constant& one) {
      out_.text(one.name).compact(one.type).bytes(one.value);
      no_docs();
    });
    id_option(pallet.errors);
    out_.number(pallet.index);
  }

  Writer out_;
};

}  // namespace

core::Result<Metadata> decode_metadata(core::ByteView bytes) {
  if (bytes.size() > kMaxBytes) return wrong("longer than 16 MiB");
  return Decoder(bytes).run();
}

core::Bytes encode_metadata(const Metadata& metadata) { return Encoder().run(metadata); }

}  // namespace noonmark::scale
