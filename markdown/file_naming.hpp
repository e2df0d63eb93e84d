#pragma once

#include <string>
#include <string_view>

#include "markdown/names.hpp"
#include "markdown/result.hpp"

namespace bm {

/// File name for a title, with ".md". One trailing ".md" of the title is
/// dropped first; Fault::invalid "title cannot be empty" when nothing usable is left.
Result<std::string> file_name_for_title(std::string_view title, bool kebab);
/// The sanitised form of 4.1 step 1 alone, without suffix; may be empty.
std::string sanitized_title(std::string_view title);
/// Folder cleaning; `..` survives, so check path safety as well.
std::string sanitized_folder(std::string_view folder);
/// Drops "." segments and repeated '/', turns '\\' into '/', strips '/' at both ends.
std::string normalized_path(std::string_view path);

}  // namespace bm
