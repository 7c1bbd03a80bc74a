// Foreign bytes as a tokenizer.json, and as text for one that is sound: ids give the text's bytes back.
#include <cstddef>
#include <cstdint>

#include "base/codec/json.h"
#include "base/core/bytes.h"
#include "base/core/check.h"
#include "model/language/text_tokenizer.h"
#include "model/pipelines/characters.h"

namespace {

using namespace noonmark;

language::TextTokenizer plain() {
  codec::Json vocabulary = codec::Json::object();
  for (std::int64_t byte = 0; byte < 256; ++byte) {
    vocabulary[pipelines::byte_alphabet()[static_cast<std::size_t>(byte)]] = byte;
  }
  vocabulary["ab"] = 256;
  codec::Json merges = codec::Json::array();
  merges.push_back("a b");
  const codec::Json document = codec::Json::object(
      {{"pre_tokenizer", codec::Json::object({{"type", "ByteLevel"}})},
       {"model",
        codec::Json::object({{"type", "BPE"}, {"vocab", std::move(vocabulary)}, {"merges", std::move(merges)}})}});
  return language::TextTokenizer::create(codec::write_json(document)).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = core::as_text({data, size});
  static const language::TextTokenizer sound = plain();
  if (const auto ids = sound.encode(text); ids.ok()) {
    std::string back;
    for (const std::int64_t id : *ids) back += sound.bytes_of(id);
    CHECK(back == text);
  }
  const auto foreign = language::TextTokenizer::create(text);
  if (foreign.ok()) (void)foreign->encode("What is it?");
  return 0;
}
