#include <algorithm>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

#include "base/core/check.h"
#include "net/fetch/address.h"
#include "net/fetch/internal/transfer.h"

namespace noonmark::fetch::internal {
namespace {

constexpr std::size_t kMaxHeadBytes = 64 * 1024;

struct UrlHandle {
  CURLU* handle = curl_url();
  UrlHandle() = default;
  UrlHandle(const UrlHandle&) = delete;
  UrlHandle& operator=(const UrlHandle&) = delete;
  ~UrlHandle() { curl_url_cleanup(handle); }

  std::string part(CURLUPart which, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(handle, which, &text, flags) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
  }
};

/// What the callbacks of one request share.
struct Run {
  const Policy* policy = nullptr;
  const Sink* sink = nullptr;
  CURL* easy = nullptr;
  Head head;
  std::size_t head_bytes = 0;
  bool head_too_long = false;
  bool sink_called = false;
  bool address_refused = false;
  std::optional<core::Error> sink_error;

  bool pass(std::string_view piece) {
    sink_called = true;
    const core::Result<void> taken = (*sink)(head, piece);
    if (!taken.ok()) sink_error = taken.error();
    return taken.ok();
  }
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  Run& run = *static_cast<Run*>(user);
  const std::string_view line(data, size);
  run.head_bytes += size;
  if (run.head_bytes > kMaxHeadBytes) {
    run.head_too_long = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    run.head = {};  // a 1xx came before
    long status = 0;
    curl_easy_getinfo(run.easy, CURLINFO_RESPONSE_CODE, &status);
    run.head.status = static_cast<int>(status);
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    run.head.headers.add(std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  }
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  return static_cast<Run*>(user)->pass({data, size}) ? size : CURL_WRITEFUNC_ERROR;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const Run& run = *static_cast<Run*>(user);
  return run.policy->stop != nullptr && run.policy->stop->load() ? 1 : 0;
}

// Looks at the address that is really connected to, so that a name that resolves anew cannot slip past a check.
curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* address) {
  Run& run = *static_cast<Run*>(user);
  if (run.policy->public_addresses_only) {
    const sockaddr* generic = &address->addr;
    core::ByteView bytes;
    if (address->family == AF_INET) {
      bytes = {reinterpret_cast<const std::uint8_t*>(&reinterpret_cast<const sockaddr_in*>(generic)->sin_addr), 4};
    } else if (address->family == AF_INET6) {
      bytes = {reinterpret_cast<const std::uint8_t*>(&reinterpret_cast<const sockaddr_in6*>(generic)->sin6_addr), 16};
    }
    if (!is_public_address(bytes)) {
      run.address_refused = true;
      return CURL_SOCKET_BAD;
    }
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

core::Error explain(CURLcode code, const Run& run, const std::string& url, const char* detail) {
  const std::string host = origin_of(url).value_or({}).host;
  const std::string told = *detail != '\0' ? detail : curl_easy_strerror(code);
  if (run.sink_error) return *run.sink_error;
  if (run.head_too_long) return core::exhausted(host + " answered with a head of more than 64 KiB");
  if (run.address_refused) {
    return core::denied(host + " has no public address, and only public ones may be fetched from");
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return core::timeout(host + " was too slow (" + told + "); try again later");
    case CURLE_ABORTED_BY_CALLBACK:
      return core::cancelled("fetching from " + host + " was stopped");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return core::unavailable("no address is known for " + host + "; check the name and the network");
    case CURLE_COULDNT_CONNECT:
      return core::unavailable("cannot connect to " + host + " (" + told + "); check that it is up");
    case CURLE_PEER_FAILED_VERIFICATION:
      return core::denied("the certificate of " + host + " is not trusted (" + told +
                          "); if the server is yours, give the file of its authority");
    case CURLE_SSL_CACERT_BADFILE:
      return core::invalid("the file of authorities cannot be read (" + told + "); it must hold certificates in PEM");
    case CURLE_URL_MALFORMAT:
      return core::invalid("'" + url + "' is not a URL that can be fetched");
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9, which is any bytes at all; the URL's scheme is checked before
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return core::corrupt(host + " does not speak HTTP (" + told + ")");
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return core::internal("libcurl failed: " + told);
    default:
      return core::unavailable("the connection to " + host + " broke off (" + told + "); try again");
  }
}

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

}  // namespace

struct Transfer::State {
  Policy policy;
  CURL* easy = nullptr;
  char detail[CURL_ERROR_SIZE] = {};

  template <class T>
  void set(CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(easy, option, value);
    CHECK(code == CURLE_OK, curl_easy_strerror(code));
  }
  void prepare(const Hop& hop, const core::Deadline& deadline, Run& run, HeaderList& list);
};

Transfer::Transfer(const Policy& policy) : state_(std::make_unique<State>()) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(ready == CURLE_OK, "libcurl cannot start");
  state_->policy = policy;
  state_->easy = curl_easy_init();
  CHECK(state_->easy != nullptr, "libcurl cannot start");
}

Transfer::~Transfer() { curl_easy_cleanup(state_->easy); }

void Transfer::State::prepare(const Hop& hop, const core::Deadline& deadline, Run& run, HeaderList& list) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  curl_easy_reset(easy);
  detail[0] = '\0';
  set(CURLOPT_ERRORBUFFER, detail);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_URL, hop.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_USERAGENT, policy.user_agent.c_str());
  if (!policy.use_proxy || policy.public_addresses_only) set(CURLOPT_PROXY, "");
  if (!policy.ca_file.empty()) set(CURLOPT_CAINFO, policy.ca_file.c_str());
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(policy.connect.count()));
  // 0 would mean without a limit.
  const auto left = duration_cast<milliseconds>(deadline.remaining()).count();
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::clamp<std::int64_t>(left, 1, INT32_MAX)));
  set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(policy.min_speed));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(policy.slow_for.count()));
  if (hop.method == "POST") {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(hop.body.size()));
    set(CURLOPT_POSTFIELDS, hop.body.data());
    list.add("Expect:");
  }
  for (const http::Header& field : hop.headers.fields()) {
    if (http::is_safe_field(field.name, field.value)) list.add(field.name + ": " + field.value);
  }
  set(CURLOPT_HTTPHEADER, list.list);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, &run);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, &run);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(CURLOPT_XFERINFODATA, &run);
  set(CURLOPT_OPENSOCKETFUNCTION, &on_open);
  set(CURLOPT_OPENSOCKETDATA, &run);
}

core::Result<Head> Transfer::run(const Hop& hop, const core::Deadline& deadline, const Sink& sink) {
  if (state_->policy.stop != nullptr && state_->policy.stop->load()) return core::cancelled("fetching was stopped");
  if (deadline.passed()) return core::timeout("the time for " + hop.url + " is over");
  Run run;
  run.policy = &state_->policy;
  run.sink = &sink;
  run.easy = state_->easy;
  HeaderList list;
  state_->prepare(hop, deadline, run, list);
  const CURLcode code = curl_easy_perform(state_->easy);
  if (code != CURLE_OK) return explain(code, run, hop.url, state_->detail);
  char* location = nullptr;
  curl_easy_getinfo(state_->easy, CURLINFO_REDIRECT_URL, &location);
  if (location != nullptr) run.head.location = location;
  if (!run.sink_called && !run.pass({})) return *run.sink_error;
  return run.head;
}

core::Result<Origin> origin_of(const std::string& url) {
  constexpr std::size_t kMaxUrl = 8192;
  if (url.size() > kMaxUrl) return core::invalid("a URL may have at most 8192 bytes");
  const UrlHandle parsed;
  if (curl_url_set(parsed.handle, CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return core::invalid("'" + url + "' is not a URL; write https://host/path");
  }
  Origin origin{parsed.part(CURLUPART_SCHEME), parsed.part(CURLUPART_HOST),
                parsed.part(CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (origin.scheme != "https" && origin.scheme != "http") {
    return core::invalid("'" + url + "' is neither https nor http; nothing else is fetched");
  }
  if (!parsed.part(CURLUPART_USER).empty() || !parsed.part(CURLUPART_PASSWORD).empty()) {
    return core::invalid("a URL with a user name or password ends up in records; leave it out");
  }
  return origin;
}

}  // namespace noonmark::fetch::internal
