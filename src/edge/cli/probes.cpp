#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "crypto/sign/key_file.h"
#include "edge/cli/doctor.h"
#include "edge/cli/table.h"
#include "edge/cli/wallet_access.h"
#include "model/onnx/runtime.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::cli {
namespace {

using State = Finding::State;

Finding processor(Context&) {
  const long cores = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (cores >= 2) return {"processor", State::ok, std::to_string(cores) + " cores", ""};
  return {"processor", State::weak, "1 core: the referee and the package share it",
          "a machine with two cores or more measures more steadily"};
}

Finding memory(Context&) {
  const double bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  constexpr double kEnough = 2.0 * 1024 * 1024 * 1024;
  if (bytes >= kEnough) return {"memory", State::ok, byte_text(bytes), ""};
  return {"memory", State::weak, byte_text(bytes), "contests with small models run; others want 2 GiB"};
}

/// The nearest existing folder at or above `path`.
std::filesystem::path existing(std::filesystem::path path) {
  std::error_code ignored;
  while (!path.empty() && !std::filesystem::exists(path, ignored)) {
    if (path == path.parent_path()) break;
    path = path.parent_path();
  }
  return path.empty() ? "." : path;
}

Finding disk(Context& context) {
  const std::filesystem::path home = context.settings.home();
  struct statvfs space {};
  const std::filesystem::path at = existing(home);
  if (::statvfs(at.c_str(), &space) != 0 || ::access(at.c_str(), W_OK) != 0) {
    return {"data directory", State::missing, home.string() + " can't be written",
            "choose another one: noonmark --home DIR, or NOONMARK_HOME=DIR"};
  }
  const double bytes = static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize);
  constexpr double kEnough = 1024.0 * 1024 * 1024;
  if (bytes >= kEnough) return {"data directory", State::ok, home.string() + ", " + byte_text(bytes) + " free", ""};
  return {"data directory", State::weak, home.string() + ", only " + byte_text(bytes) + " free", "free 1 GiB there"};
}

Finding runtime(Context&) {
  const auto runtime = onnx::Runtime::open();
  if (!runtime.ok()) return {"ONNX Runtime", State::missing, runtime.error().message, "scripts/setup"};
  std::string providers;
  for (const std::string& name : (*runtime)->execution_providers()) providers += " " + name;
  return {"ONNX Runtime", State::ok, (*runtime)->version() + " with" + providers, ""};
}

Finding wall(Context&) {
  const auto built = sandbox::Wall::probe();
  if (!built.ok()) return {"wall", State::missing, built.error().message, "apt-get install bubblewrap"};
  if (built->warnings().empty()) return {"wall", State::ok, "namespaces, seccomp and control groups", ""};
  std::string weaknesses;
  for (const std::string& warning : built->warnings()) weaknesses += (weaknesses.empty() ? "" : "; ") + warning;
  return {"wall", State::weak, weaknesses, "the record of each contest says so; nothing has to be done"};
}

Finding time_zones(Context&) {
  if (::access("/usr/share/zoneinfo/America/New_York", R_OK) == 0)
    return {"time zones", State::ok, "/usr/share/zoneinfo", ""};
  return {"time zones", State::missing, "no America/New_York in /usr/share/zoneinfo", "apt-get install tzdata"};
}

Finding key(Context& context) {
  const std::filesystem::path path = context.settings.text("key_file");
  const auto loaded = sign::load_key_file(path);
  if (loaded.ok())
    return {"signing key", State::ok, path.string() + ", public " + loaded->public_key().hex().substr(0, 16), ""};
  if (loaded.error().kind == core::ErrorKind::not_found) {
    return {"signing key", State::ok, "none yet; the first contest makes " + path.string(), ""};
  }
  return {"signing key", State::missing, loaded.error().message,
          loaded.error().kind == core::ErrorKind::denied ? "chmod 600 " + path.string() : "move the file away"};
}

/// The secret files of every wallet, which load_key refuses when others can read them.
core::Result<std::vector<std::filesystem::path>> secret_files(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> files;
  for (const std::string& name : TRY(wallet::list_wallets(root))) {
    files.push_back(TRY(wallet::coldkey_files(root, name)).secret);
    for (const std::string& hotkey : TRY(wallet::list_hotkeys(root, name))) {
      files.push_back(TRY(wallet::hotkey_files(root, name, hotkey)).secret);
    }
  }
  return files;
}

Finding wallet_files(Context& context) {
  const std::filesystem::path root = wallet_root(context);
  const auto files = secret_files(root);
  if (!files.ok())
    return {"wallet files", State::missing, files.error().message, "chmod -R u+rwX " + shell_word(root.string())};
  std::size_t present = 0, open = 0;
  std::string mend = "chmod 600";
  for (const std::filesystem::path& file : *files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) continue;  // a wallet without its coldkey is a server's
    ++present;
    if ((status.st_mode & 077) == 0) continue;
    ++open;
    mend += " " + shell_word(file.string());
  }
  if (present == 0) return {"wallet files", State::ok, "no key in " + root.string(), ""};
  const std::string count = std::to_string(present) + " in " + root.string();
  if (open == 0) return {"wallet files", State::ok, count + ", closed to others", ""};
  return {"wallet files", State::missing, std::to_string(open) + " of " + count + " can be read by others", mend};
}

}  // namespace

std::vector<Probe> machine_probes() { return {processor, memory, disk, runtime, wall, time_zones, key, wallet_files}; }

}  // namespace noonmark::cli
