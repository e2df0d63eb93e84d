#pragma once

#include <string>
#include <string_view>

namespace bm {

/// The slug of a path or title: a known file suffix is dropped. May be empty
/// (a title of emoji only).
std::string slug(std::string_view path_or_title);
/// The same, but a suffix stays ("notes/file.md"): the form that memory URLs are looked up with.
std::string slug_keeping_suffix(std::string_view path);
/// The slug of a note's path, never empty: falls back to the code points of the stem.
std::string permalink_for_path(std::string_view path);
/// A type name in snake case: "Memory Service" and "MemoryService" give
/// "memory_service".
std::string canonical_type(std::string_view type);

}  // namespace bm
