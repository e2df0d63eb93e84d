#pragma once

#include <string_view>

namespace bm {

/// Whether a client may name this path inside a project. Looks at the text alone; symbolic links
/// are the business of repository/note_files.
bool is_safe_client_path(std::string_view path) noexcept;

}  // namespace bm
