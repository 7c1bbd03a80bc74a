#include "trial/sandbox/internal/libraries.h"

#include <cerrno>
#include <elf.h>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

#include "base/core/files.h"
#include "trial/sandbox/internal/launch.h"

namespace noonmark::sandbox {
namespace {

// The loader that an ELF program names (PT_INTERP); empty for anything else.
core::Result<std::string> loader_of(const std::filesystem::path& program) {
  const core::UniqueFd file(::open(program.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return core::from_errno(errno, "opening " + program.string());
  Elf64_Ehdr header{};
  if (::pread(file.get(), &header, sizeof(header), 0) != sizeof(header)) return std::string();
  if (std::string_view(reinterpret_cast<const char*>(header.e_ident), 4) != ELFMAG ||
      header.e_ident[EI_CLASS] != ELFCLASS64)
    return std::string();
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part{};
    const auto offset = static_cast<off_t>(header.e_phoff) + i * header.e_phentsize;
    if (::pread(file.get(), &part, sizeof(part), offset) != sizeof(part)) break;
    if (part.p_type != PT_INTERP || part.p_filesz < 2 || part.p_filesz > 4096) continue;
    std::string path(part.p_filesz - 1, '\0');
    if (::pread(file.get(), path.data(), path.size(), static_cast<off_t>(part.p_offset)) ==
        static_cast<ssize_t>(path.size()))
      return path;
  }
  return std::string();
}

bool comes_with_the_system(const std::string& path) {
  return path.rfind("/usr/", 0) == 0 || path.rfind("/lib/", 0) == 0 || path.rfind("/lib64/", 0) == 0 ||
         path.rfind("/lib32/", 0) == 0;
}

}  // namespace

core::Result<std::vector<std::filesystem::path>> private_libraries(const std::filesystem::path& program) {
  std::vector<std::filesystem::path> found;
  const std::string loader = TRY(loader_of(program));
  if (loader.empty()) return found;
  const std::string listing = TRY(run_command({loader, "--list", program.string()})
                                      .context("asking the loader for the libraries of " + program.string()));
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    // "\tlibname.so => /path/libname.so (0x…)"
    const std::size_t arrow = line.find(" => ");
    if (arrow == std::string::npos) continue;
    std::string path = line.substr(arrow + 4);
    if (path.rfind("not found", 0) == 0)
      return core::unavailable(program.string() + " needs a library that is missing:" + line);
    path = path.substr(0, path.rfind(" (0x"));
    if (!path.empty() && path.front() == '/' && !comes_with_the_system(path)) found.emplace_back(path);
  }
  return found;
}

}  // namespace noonmark::sandbox
