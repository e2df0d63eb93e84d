#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// The part of a memory:// URI behind the scheme, still encoded; none for another scheme or an
/// empty one.
std::optional<std::string_view> memory_path(std::string_view uri);

/// Percent sequences replaced; a '%' that starts none stays. None when the result is not text (NUL,
/// or not UTF-8).
std::optional<std::string> uri_text(std::string_view escaped);

/// Everything but unreserved characters and '/' replaced by percent sequences.
std::string percent_encoded_path(std::string_view path);

/// The decoded segments of a path; none when one of them is empty or not text.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

/// What all spellings of one address have in common: the decoded path without brackets, suffix and
/// regard to case. Different addresses may share it.
std::string address_key(std::string_view path);

}  // namespace bm
