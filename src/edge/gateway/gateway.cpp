#include "edge/gateway/gateway.h"

#include "edge/oip/oip.h"
#include "edge/sdapi/sdapi.h"

namespace noonmark::gateway {
namespace {

http::Response show_document(const openai::Seen&) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = document();
  return response;
}

}  // namespace

std::vector<openai::Kind> kinds() {
  std::vector<openai::Kind> all = openai::all_kinds();
  for (const openai::Kind& kind : sdapi::kinds()) all.push_back(kind);
  for (const openai::Kind& kind : oip::kinds()) all.push_back(kind);
  return all;
}

std::vector<openai::Page> pages() {
  std::vector<openai::Page> all = {{"/openapi.json", show_document, "GET", true}};
  for (const openai::Page& page : sdapi::pages()) all.push_back(page);
  for (const openai::Page& page : oip::pages()) all.push_back(page);
  return all;
}

}  // namespace noonmark::gateway
