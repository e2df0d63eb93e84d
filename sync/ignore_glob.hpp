#pragma once

#include <string>
#include <string_view>

/// Globs of ignore files: `*`, `?`, `[seq]`, `[^seq]`, and `\\x` for x itself. None of them crosses
/// a slash. All functions are pure.
namespace bm {

/// One segment of a pattern as it is compared and printed: one star for several, '^' for '!' in a
/// set, no backslash before what needs none. `problem` says what is wrong with it, if anything is.
[[nodiscard]] std::string canonical_glob(std::string_view segment, std::string& problem);

/// A name against a canonical glob. Characters are code points. Linear in glob times name at worst.
[[nodiscard]] bool matches_glob_segment(std::string_view segment, std::string_view glob) noexcept;

/// A canonical glob in rclone's filter language, where braces list alternatives.
[[nodiscard]] std::string rclone_glob(std::string_view glob);
/// Text that stands for itself there.
[[nodiscard]] std::string rclone_literal(std::string_view text);
/// Blanks at both ends, which rclone takes off a line, are kept.
[[nodiscard]] std::string rclone_line(std::string text);

}  // namespace bm
