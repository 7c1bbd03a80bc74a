#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "edge/cli/release.h"
#include "net/fetch/fetch.h"

namespace noonmark::cli {
namespace {

using codec::Json;

constexpr core::Nanos kFetchLimit = std::chrono::seconds(30);

core::Result<std::string> configured(const Context& context, const std::string& key, const std::string& what) {
  const std::string& value = context.settings.text(key);
  if (!value.empty()) return value;
  return core::usage(key + " isn't set: say " + what + " in the configuration file, or with --" +
                     (key == "releases_url" ? "releases-url" : "releases-key"));
}

/// The newest release as its publisher states it. Nothing but the statement is fetched.
core::Result<Release> fetch_release(Context& context) {
  const std::string url = TRY(configured(context, "releases_url", "where the newest release's statement lies"));
  const std::string signer = TRY(configured(context, "releases_key", "who signs it (SS58)"));
  const auto key = sign::AccountId::parse(signer);
  if (!key.ok()) return core::usage("releases_key: " + key.error().message);
  fetch::Policy policy;
  policy.stop = &context.stop;
  fetch::Fetcher fetcher(context.clock, policy);
  const fetch::Answer answer =
      TRY(fetcher.get(url, {.max_bytes = kMaxReleaseStatement, .time = kFetchLimit}).context("asking for releases"));
  Release release = TRY(verify_release(answer.body, *key, context.clock.now()).context(url));
  TRY(core::make_directories(context.settings.home()));
  TRY(remember_release(context.settings.home() / "release-seen.json", *key, release).context(url));
  return release;
}

core::Result<Answer> show_version(Context& context) {
  const std::string own(kVersion);
  if (!context.arguments.has("--check")) {
    context.output.print(Json::object({{"version", own}}), "noonmark " + own + "\n");
    return Answer::yes;
  }
  const Release newest = TRY(fetch_release(context));
  const bool current = TRY(Version::parse(own)) >= newest.version;
  const std::string stated = newest.version.text() + ", as stated on " + newest.date;
  context.output.print(Json::object({{"version", own},
                                     {"newest", newest.version.text()},
                                     {"date", newest.date},
                                     {"notes_url", newest.notes_url},
                                     {"up_to_date", current}}),
                       "noonmark " + own + "\nnewest   " + stated + "\nnotes    " + newest.notes_url + "\n" +
                           (current ? "nothing newer is there\n" : "a newer version is there\n"));
  return current ? Answer::yes : Answer::no;
}

}  // namespace

std::vector<Command> version_commands() {
  return {
      {{"version",
        "Print the version, and say whether there is a newer one; nothing is downloaded or installed",
        {{"--check", "", "Ask releases_url for the newest release's statement, signed by releases_key", false, false}}},
       show_version}};
}

}  // namespace noonmark::cli
