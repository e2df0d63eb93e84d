#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// The text of the first level-1 heading of a note's body, outside of fenced code; none when there
/// is none.
std::optional<std::string> first_level_one_heading(std::string_view text);

/// The title a note gets when an edit changed its first level-1 heading: only when that heading was
/// the title before and the edit did not set the frontmatter's title itself.
std::optional<std::string> title_after_edit(std::string_view title, std::string_view before,
                                            std::string_view after);

}  // namespace bm
