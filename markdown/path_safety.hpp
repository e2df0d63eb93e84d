#pragma once

#include <string_view>

namespace bm {

/// Whether a client may name this path inside a project (spec: tools 3.3, the T rule; knowledge 4.3 rules
/// 1 to 5). Looks at the text alone; symbolic links are the business of repository/note_files.
bool is_safe_client_path(std::string_view path) noexcept;

}  // namespace bm
