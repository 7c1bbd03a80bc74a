#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "model/catalog/catalog.h"
#include "net/server/file_answers.h"

namespace noonmark::hub {

/// Serves packages as a Hugging Face hub serves repositories: the model NAME is the repository noonmark/NAME, "main" is
/// the package that the catalog names, and a commit is the first 40 digits of a package's content digest. So that
/// workers, and whoever wants to run a model at home, fetch it with the tools that they have.
///
///   GET /api/models/noonmark/NAME[/revision/REV]    the repository, its commit, files with sizes and digests
///   GET /api/models/noonmark/NAME/tree/REV[/FOLDER] files and folders, with ?recursive=true all below
///   GET /noonmark/NAME/resolve/REV/PATH             a file, in ranges where they are asked for
///
/// Public by design: what wins a contest is published. Owner: the gateway. Threads: as server::FileDesk.
class HubPages {
 public:
  using Catalog = std::function<catalog::Catalog()>;
  /// `packages`: a folder with one package directory for each content digest. `catalog` is called on the desk's thread.
  HubPages(std::filesystem::path packages, Catalog catalog);

  /// Whether a request for this path is the hub's.
  static bool owns(std::string_view path);
  server::Handler handler() { return desk_.handler(); }

  /// The answer to one request. Reads the disk.
  http::Response answer(const http::Request& request) const;

 private:
  const std::filesystem::path packages_;
  const Catalog catalog_;
  server::FileDesk desk_;
};

}  // namespace noonmark::hub
