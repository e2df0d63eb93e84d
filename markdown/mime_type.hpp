#pragma once

#include <string_view>

namespace bm {

/// The MIME type for a file name, from a fixed table on every platform. A compressed
/// file has the type of what is inside ("x.tar.gz").
std::string_view mime_type_for(std::string_view file_name) noexcept;
/// True when `suffix` (with its dot) is in that table; ".0" and ".3 Release" are not.
bool is_known_suffix(std::string_view suffix) noexcept;
/// True for files that are notes, that is `text/markdown` and not compressed.
bool is_note_name(std::string_view file_name) noexcept;

}  // namespace bm
