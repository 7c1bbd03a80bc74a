#pragma once

#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"

namespace noonmark::submission {

/// Where a package lies, as a record carries it. Text forms and their bytes:
///
///     https://host/path               'u' text              a store (package at URL/<content hex>.tar.zst), or an
///                                                           archive when the URL ends in .tar.zst
///     hf:owner/repo@<40 hex>[/sub]    'h' owner/repo 0 20 bytes of the commit, then sub
///     git+https://host/path@tag       'g' host/path 0 tag
///
/// Each text has one form in bytes and the other way round. http:// is accepted besides https://: the content digest
/// guards what arrives.
/// Fails: invalid, with the forms that there are, also when the bytes are more than kMaxPointer.
core::Result<core::Bytes> pointer_bytes(std::string_view text);
core::Result<std::string> pointer_text(core::ByteView bytes);

/// What is fetched for an entry of this content: a store's URL becomes URL/<content hex>.tar.zst, everything else
/// stays.
std::string place_of(std::string_view pointer, const hash::Digest& content);

}  // namespace noonmark::submission
