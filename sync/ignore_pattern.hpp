#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// One line of an ignore file, in the syntax of gitignore. Pure, immutable, any thread.
class IgnorePattern {
public:
    /// Nothing for blank lines and comments. A line that no matcher could make sense of is told in
    /// `problem`, and is nothing too.
    static std::optional<IgnorePattern> parse(std::string_view line, std::string& problem);

    /// Whether the file at `path` (relative to the folder of the ignore file, with slashes) is
    /// meant: itself, or by a folder that it lies in.
    [[nodiscard]] bool matches(std::string_view path) const;
    /// Whether `path` itself is meant, as a file.
    [[nodiscard]] bool matches_file(std::string_view path) const;
    /// Whether everything in `folder` is meant: by itself, or by a folder above it.
    [[nodiscard]] bool matches_folder(std::string_view folder) const;

    /// `!line`: what is meant is let in.
    [[nodiscard]] bool lets_in() const noexcept { return lets_in_; }
    /// The line, without blanks at its end.
    [[nodiscard]] const std::string& spelling() const noexcept { return spelling_; }
    /// The same in the filter language of rclone, one pattern a line, without a sign in front. With
    /// `below`, the folder of the ignore file lies there, as seen from the root of the filter.
    [[nodiscard]] std::vector<std::string> rclone_globs(std::string_view below = {}) const;

private:
    /// How the text is compared: most patterns need no glob matching.
    enum class Shape { literal, suffix, prefix, glob, path };

    IgnorePattern() = default;
    [[nodiscard]] bool fits_segment(std::string_view segment) const;
    /// The pattern against all of `path`, or against what follows one of its slashes.
    [[nodiscard]] bool fits(std::string_view path) const;
    void choose_shape();

    std::string spelling_;
    bool lets_in_ = false;
    bool is_anchored_ = false;  ///< to the folder of the ignore file
    bool means_files_ = true;
    bool means_contents_ = true;              ///< what lies in a folder of that name
    std::vector<std::string> segments_ = {};  ///< globs; "**" stands for any number of segments
    Shape shape_ = Shape::path;
    std::string fixed_;  ///< of a literal, suffix or prefix
};

/// The patterns of one ignore file.
struct IgnorePatterns {
    /// In the order in which they are asked: the first that means a path decides.
    std::vector<IgnorePattern> list;
    /// A sentence for each line that is no pattern.
    std::vector<std::string> problems;
};
/// `name` is what the file is called in sentences.
[[nodiscard]] IgnorePatterns parse_ignore_patterns(std::string_view text, std::string_view name);

}  // namespace bm
