#include <algorithm>

#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "edge/cli/table.h"
#include "edge/openai/keys.h"

namespace noonmark::cli {
namespace {

std::filesystem::path key_file(const Context& context) {
  const auto given = context.arguments.text("--keys");
  return given ? std::filesystem::path(*given) : context.settings.home() / "keys.json";
}

core::Result<Answer> create_key(Context& context) {
  const std::filesystem::path file = key_file(context);
  std::vector<openai::Key> keys = TRY(openai::load_keys(file));
  openai::Key key;
  key.name = *context.arguments.text("--name");
  if (std::ranges::find(keys, key.name, &openai::Key::name) != keys.end()) {
    return core::conflict("there is a key named " + key.name + " already; revoke it, or take another name");
  }
  const auto limit = TRY(context.arguments.integer("--requests-per-minute", 1, 1'000'000));
  if (limit) key.requests_per_minute = static_cast<int>(*limit);
  const std::string secret = openai::new_key();
  key.digest = hash::sha256(secret);
  keys.push_back(key);
  TRY(openai::parse_keys(openai::write_keys(keys)));  // a name that the file couldn't hold
  if (file.has_parent_path()) TRY(core::make_directories(file.parent_path()));
  TRY(openai::save_keys(file, keys));
  context.output.print(
      codec::Json::object({{"name", key.name}, {"key", secret}, {"file", file.string()}}),
      secret + "\n\nThis is the only time that it is shown; " + file.string() + " keeps its digest.\n");
  return Answer::yes;
}

core::Result<Answer> list_keys(Context& context) {
  const std::vector<openai::Key> keys = TRY(openai::load_keys(key_file(context)));
  codec::Json list = codec::Json::array();
  Table table({{"name"}, {"requests per minute", Table::Align::right}, {"sha256"}});
  for (const openai::Key& key : keys) {
    list.push_back(codec::Json::object(
        {{"name", key.name}, {"requests_per_minute", key.requests_per_minute}, {"sha256", key.digest.hex()}}));
    table.add({key.name, std::to_string(key.requests_per_minute), key.digest.hex().substr(0, 16)});
  }
  context.output.print(codec::Json::object({{"keys", std::move(list)}}), table.text());
  return Answer::yes;
}

core::Result<Answer> revoke_key(Context& context) {
  const std::filesystem::path file = key_file(context);
  std::vector<openai::Key> keys = TRY(openai::load_keys(file));
  const std::string name = *context.arguments.text("NAME");
  if (std::erase_if(keys, [&](const openai::Key& key) { return key.name == name; }) == 0) {
    return core::not_found("there is no key named " + name + " in " + file.string());
  }
  TRY(openai::save_keys(file, keys));
  context.output.print(codec::Json::object({{"revoked", name}}), "revoked " + name + "\n");
  return Answer::yes;
}

}  // namespace

std::vector<Command> key_commands() {
  const Parameter keys{"--keys", "FILE", "The gateway's key file (default: keys.json in the data directory)", false,
                       false};
  return {{{"key create",
            "Make a key for a caller of the gateway, and show it once",
            {{"--name", "NAME", "Whose it is", true, false},
             {"--requests-per-minute", "N", "How often it may ask (default: 600)", false, false},
             keys}},
           create_key},
          {{"key list", "List the gateway's keys", {keys}}, list_keys},
          {{"key revoke", "Take a key back", {{"NAME", "", "Whose it is", true, false}, keys}}, revoke_key}};
}

}  // namespace noonmark::cli
