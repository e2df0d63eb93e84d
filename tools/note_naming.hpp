#pragma once

#include <string>
#include <string_view>

#include "markdown/result.hpp"

/// File names made of titles. Pure.
namespace bm {

/// The name of a note's file. Fault::invalid with the way out when no file system takes it.
Result<std::string> note_file_name(std::string_view title, bool kebab);

/// The same for a file of another kind; `suffix` (".canvas") is added unless the title ends in it.
Result<std::string> file_name_with_suffix(std::string_view title, std::string_view suffix);

}  // namespace bm
