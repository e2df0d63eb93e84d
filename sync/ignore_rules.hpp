#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// Why a path is left out.
struct IgnoreCause {
    std::string pattern;    ///< as its file spells it; empty for names that are always left out
    std::string_view file;  ///< ".bmignore" or ".gitignore"
    std::string project;    ///< that has the path, when that is the cause
};

/// A project whose folder lies in that of another.
struct InnerProject {
    std::string folder;  ///< relative to the outer one's
    std::string name;
    friend bool operator==(const InnerProject&, const InnerProject&) = default;
};

/// Which files are left out of the index. Pure: made from the text of the ignore files. Immutable,
/// any thread.
class IgnoreRules {
public:
    /// The default list applies when `user_file` holds no pattern. `project_file` is the project's
    /// .gitignore.
    IgnoreRules(std::string_view user_file, std::string_view project_file);
    /// Of files that cannot be read, which `sentence` says: everything is left out, since nobody
    /// knows what may be let in, and no row may go for it.
    static IgnoreRules unknown(std::string sentence);
    [[nodiscard]] const std::optional<std::string>& unknown_because() const noexcept {
        return unknown_because_;
    }

    /// The notes of an inner project are not the outer one's.
    void leave_to(std::vector<InnerProject> inner_projects);
    [[nodiscard]] const std::vector<InnerProject>& inner_projects() const noexcept {
        return inner_projects_;
    }

    /// `path` is relative to the project's root. True also for everything below an ignored folder,
    /// for names that start with a dot and for temporary files of editors.
    [[nodiscard]] bool ignores(std::string_view path) const;
    /// The first reason to leave `path` out; none when it is not ignored.
    [[nodiscard]] std::optional<IgnoreCause> cause(std::string_view path) const;
    /// The same for a file in a folder that is known not to be ignored: only its name and the
    /// patterns for whole paths are looked at.
    [[nodiscard]] bool ignores_in_kept_folder(std::string_view path) const;
    /// Whether a folder need not be looked into at all.
    [[nodiscard]] bool ignores_folder(std::string_view folder) const;

    /// The text of a new .bmignore.
    static std::string default_text();

private:
    struct Pattern {
        enum class Form { root_folder, root_glob, segment, any };
        /// How the text is compared: most patterns need no glob matching.
        enum class Shape { literal, suffix, prefix, glob };
        Form form;
        Shape shape;
        std::string text;       ///< as written, without the slashes of its form
        std::string fixed;      ///< the part of a suffix or prefix pattern without its '*'
        bool may_span_folders;  ///< a wildcard that can match beyond one segment
    };
    IgnoreRules() = default;
    void add(std::string_view file);
    static Pattern make_pattern(Pattern::Form form, std::string_view text);
    static bool fits(const Pattern& pattern, std::string_view segment);
    static bool fits_segment(const Pattern& pattern, std::string_view segment);
    static bool fits_path(const Pattern& pattern, std::string_view path);
    static std::string spelling(const Pattern& pattern);
    [[nodiscard]] bool matches_segment(std::string_view segment) const;
    [[nodiscard]] bool matches_path(std::string_view path) const;
    [[nodiscard]] const InnerProject* project_of(std::string_view path) const;

    std::vector<Pattern> patterns_;
    std::size_t user_patterns_ = 0;  ///< how many come first and are the user's
    std::vector<InnerProject> inner_projects_;
    std::optional<std::string> unknown_because_;
};

/// One sentence with the way out for a path that nobody would find again; none when `path` is not
/// ignored. Pure.
std::optional<std::string> left_out_text(const IgnoreRules& rules, std::string_view path);

}  // namespace bm
