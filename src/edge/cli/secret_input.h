#pragma once
#include <filesystem>
#include <string_view>

#include "base/core/result.h"
#include "crypto/sign/secret.h"

namespace noonmark::cli {

/// True when somebody sits before stdin.
bool input_is_terminal();

/// One line that nobody should see: from the terminal, where `what` is asked for and what is typed isn't shown; from
/// stdin's next line when that is no terminal. At most 1024 bytes.
/// Fails: invalid when there is no line or it is empty or too long; cancelled by a signal; internal.
core::Result<sign::SecretText> ask_secret(std::string_view what);

/// The first line of a file that only this user can read. Fails: as sign::read_private_file, and invalid when empty.
core::Result<sign::SecretText> read_secret_file(const std::filesystem::path& path);

}  // namespace noonmark::cli
