#include "edge/openai/envelope.h"

#include "base/codec/fields.h"
#include "edge/openai/order.h"
#include "trial/runner/protocol.h"  // kMaxPictureRequestBytes

namespace noonmark::openai {
namespace {

constexpr std::size_t kMaxPath = 256, kMaxWebhook = 2048, kMaxDepth = 32;

}  // namespace

core::Result<Envelope> read_envelope(const http::Request& request, bool with_webhook) {
  TRY(expect_json(request));
  const codec::Json document = TRY(codec::parse_json(request.body, {runner::kMaxPictureRequestBytes, kMaxDepth}));
  if (!document.is_object()) return core::invalid("the request must be a JSON object");
  codec::Fields fields(document, "request");
  Envelope envelope;
  envelope.path = fields.text("path", kMaxPath);
  if (const codec::Json& body = fields.child("body"); body.is_object()) {
    envelope.body = codec::write_json(body);
  } else {
    fields.fail("body", "must be an object");
  }
  if (with_webhook) envelope.webhook = fields.text_or("webhook", "", kMaxWebhook);
  TRY(fields.finish());
  return envelope;
}

}  // namespace noonmark::openai
