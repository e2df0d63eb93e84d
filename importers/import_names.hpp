#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What exports call things, made into names and texts of notes. Pure.
namespace bm {

/// A file name (without suffix) for what an export calls something: white space and punctuation
/// become `_`, everything else that is neither letter nor digit goes; at most 100 characters.
/// `untitled` when nothing is left.
std::string clean_import_name(std::string_view name);

/// The same for names that stay as they are, as far as files can have them: slashes make folders;
/// `..`, control characters, leading dots and what is too long for a file system go.
std::string confined_import_path(std::string_view name);

/// On one line, without NUL: for headings and list items.
std::string on_one_line(std::string_view text);

/// A fence around a text, longer than every fence in it.
std::string fenced_text(std::string_view language, std::string_view text);

/// First letter upper, the others lower.
std::string capitalised(std::string_view word);

/// The wall clock of a time that somebody wrote, `2024-01-31 09:05:00`: of ISO text its own, of
/// seconds since 1970 the local one. None for what is no time between the years 1 and 9999.
std::optional<std::string> wall_clock(std::string_view text);
std::optional<std::string> wall_clock(double seconds_since_1970);

/// Whether two times that somebody wrote may be the same moment, told by clocks of other time
/// zones.
bool may_be_one_moment(std::string_view left, std::string_view right);

/// `20240131` of a wall clock, or of that many days later.
std::string compact_date(std::string_view wall_clock, int days_later = 0);

}  // namespace bm
