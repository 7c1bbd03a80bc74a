#include "serving/receipt/receipt.h"

#include <algorithm>

#include "base/codec/fields.h"
#include "base/codec/json.h"
#include "base/codec/text.h"

namespace noonmark::receipt {
namespace {

using codec::Json;

constexpr std::string_view kFormat = "noonmark-receipt-1";
constexpr std::size_t kMaxText = 256, kMaxBytes = 8192;

Json to_json(const Receipt& receipt) {
  return Json::object({{"format", std::string(kFormat)},
                       {"trace", receipt.trace},
                       {"model", receipt.model},
                       {"package", receipt.package},
                       {"runtime", receipt.runtime},
                       {"device", receipt.device},
                       {"request_sha256", receipt.request.hex()},
                       {"answer_sha256", receipt.answer.hex()},
                       {"time_ns", receipt.time.time_since_epoch().count()},
                       {"worker", receipt.worker.ss58()}});
}

hash::Digest digest_of(codec::Fields& fields, std::string_view key) {
  const auto digest = hash::Digest::parse(fields.text(key, kMaxText));
  if (!digest.ok()) fields.fail(key, "must be 64 hexadecimal digits");
  return digest.ok() ? *digest : hash::Digest{};
}

}  // namespace

std::string sign(Receipt receipt, const sign::Sr25519Pair& key) {
  receipt.worker = key.account();
  Json json = to_json(receipt);
  json["signature"] = codec::hex(key.sign(core::as_bytes(codec::write_json(json))));
  return codec::write_json(json);
}

core::Result<Receipt> verify(std::string_view text) {
  Json json = TRY(codec::parse_json(text, {kMaxBytes, 4}));
  if (!json.is_object()) return core::invalid("a receipt is a JSON object");
  codec::Fields fields(json, "receipt");
  Receipt receipt;
  if (fields.text("format", kMaxText) != kFormat) fields.fail("format", "must be " + std::string(kFormat));
  receipt.trace = fields.text("trace", kMaxText);
  receipt.model = fields.text("model", kMaxText);
  receipt.package = fields.text("package", kMaxText);
  receipt.runtime = fields.text("runtime", kMaxText);
  receipt.device = fields.text("device", kMaxText);
  receipt.request = digest_of(fields, "request_sha256");
  receipt.answer = digest_of(fields, "answer_sha256");
  receipt.time = core::UnixNanos(core::Nanos(fields.integer("time_ns", 0)));
  const std::string worker = fields.text("worker", kMaxText), hex = fields.text("signature", kMaxText);
  TRY(fields.finish());
  receipt.worker = TRY(sign::AccountId::parse(worker).context("receipt.worker"));
  const core::Bytes bytes = TRY(codec::parse_hex(hex).context("receipt.signature"));
  sign::Sr25519Signature signature{};
  if (bytes.size() != signature.size()) return core::invalid("receipt.signature must be 64 bytes in hexadecimal");
  std::ranges::copy(bytes, signature.begin());
  const std::string signed_text = codec::write_json(to_json(receipt));
  if (sign::verify_sr25519(receipt.worker, core::as_bytes(signed_text), signature)) return receipt;
  return core::denied("the receipt isn't signed by the worker that it names, or was changed afterwards");
}

}  // namespace noonmark::receipt
