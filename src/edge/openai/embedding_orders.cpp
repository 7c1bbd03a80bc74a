#include "edge/openai/order.h"
#include "edge/openai/units.h"
#include "trial/runner/embedding_words.h"

namespace noonmark::openai {
namespace {

core::Result<Order> read(const http::Request& request) {
  TRY(expect_json(request));
  runner::EmbeddingRequest wire = TRY(runner::parse_embedding_request(request.body));
  Order order;
  order.model = wire.model;
  order.job_path = runner::kEmbeddingsPath;
  order.units = units_of(wire);
  order.write = [wire = std::move(wire)](const std::string& model) mutable -> core::Result<std::string> {
    wire.model = model;
    return runner::write_embedding_request(wire);
  };
  return order;
}

}  // namespace

std::vector<Kind> embedding_kinds() { return {{runner::kEmbeddingsPath, "embeddings", "embeds", read}}; }

}  // namespace noonmark::openai
