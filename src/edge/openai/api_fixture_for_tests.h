#pragma once

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/files.h"
#include "edge/openai/api.h"
#include "edge/openai/played_port_for_tests.h"
#include "net/client/http_client.h"
#include "net/server/http_server.h"

namespace noonmark::openai {

/// The API on a port of its own, with a played worker behind it, keys of some callers, and what it tells webhooks.
class ApiTest : public testing::Test {
 protected:
  ApiTest()
      : ApiTest(
            all_kinds(),
            {{"/pages/models", [](const Seen& seen) { return json_response(codec::Json(seen.models.size())); }},
             {"/pages/*/name", [](const Seen& seen) { return json_response(codec::Json(seen.name)); }},
             {"/pages/open", [](const Seen& seen) { return json_response(codec::Json(seen.ready)); }, "GET", true}}) {}
  ApiTest(std::vector<Kind> kinds, std::vector<Page> pages, std::vector<job::Offer> more_offers = {})
      : port_(std::make_shared<PlayedPort>(std::move(more_offers))),
        api_(
            clock_, router_, &keys_, [] { return std::size_t{1}; }, std::move(kinds), std::move(pages), settings()) {
    EXPECT_TRUE(save_keys(folder_.path() / "keys.json", {{"ann", hash::sha256("secret"), 6000},
                                                         {"bob", hash::sha256("other"), 600},
                                                         {"slow", hash::sha256("slow"), 1}})
                    .ok());
    EXPECT_TRUE(keys_.refresh().ok());
    router_.on_offers(port_);
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [this](http::Request request,
                                                                                      server::Responder responder) {
                api_.answer(std::move(request), std::move(responder));
              }).value();
  }
  ~ApiTest() override { server_.reset(); }

  http::Response ask(const std::string& method, const std::string& target, std::string body = {},
                     const std::string& key = "secret") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.add("Content-Type", "application/json");
    if (!key.empty()) request.headers.add("Authorization", "Bearer " + key);
    request.body = std::move(body);
    return client().send(request, std::chrono::seconds(10)).value();
  }
  client::HttpClient client() { return {client::Address::tcp("127.0.0.1", server_->port()), clock_}; }
  http::Response paint(const std::string& body) { return ask("POST", "/v1/images/generations", body); }
  std::vector<jobs::Letter> letters() {
    const std::lock_guard lock(mutex_);
    return letters_;
  }
  static std::string word(const http::Response& response, const char* name) {
    const auto json = codec::parse_json(response.body);
    const codec::Json* const error = json.ok() ? json->find("error") : nullptr;
    const codec::Json* const member = error == nullptr ? nullptr : error->find(name);
    return member != nullptr && member->is_string() ? member->as_string() : "";
  }

  Settings settings() {
    Settings settings;
    settings.price_per_unit = 3;
    settings.fidelity = [](const std::string&) { return std::optional(0.9); };
    settings.deliver = [this](jobs::Letter letter) {
      const std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
    };
    return settings;
  }

  const core::TempDir folder_ = core::TempDir::create("api").value();
  core::SystemClock clock_;
  KeyRing keys_{folder_.path() / "keys.json", clock_};
  router::Router router_{clock_, 1};
  const std::shared_ptr<PlayedPort> port_;  // shared with the router
  std::mutex mutex_;
  std::vector<jobs::Letter> letters_;  // guarded by mutex_
  Api api_;
  std::unique_ptr<server::HttpServer> server_;
};

}  // namespace noonmark::openai
