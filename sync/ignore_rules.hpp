#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ignore_pattern.hpp"

namespace bm {

/// Why a path is left out.
struct IgnoreCause {
    std::string pattern;    ///< as its file spells it; empty for names that are always left out
    std::string_view file;  ///< ".bmignore" or ".gitignore"
    /// The project that has the path, when that is the cause; blank when it may not be named.
    std::optional<std::string> project;
};

/// A project whose folder lies in that of another.
struct InnerProject {
    std::string folder;  ///< relative to the outer one's
    std::string name;    ///< blank when it may not be named
    friend bool operator==(const InnerProject&, const InnerProject&) = default;
};

/// What the ignore files that concern one project say, each in the syntax of gitignore. A file that
/// is not there is empty.
struct IgnoreTexts {
    std::string_view user = {};     ///< .bmignore of the data directory
    std::string_view project = {};  ///< .bmignore in the project's folder
    std::string_view git = {};      ///< .gitignore in the project's folder
};

/// Which files are left out: of the index, and of what is synced. Pure: made from the text of the
/// ignore files. In each file the last line that means a path decides, and the project's files come
/// before the user's. Other than git, `!name` also lets in what lies in a folder that is left out.
/// Immutable, any thread.
class IgnoreRules {
public:
    /// The default list applies when the user's file holds no pattern.
    explicit IgnoreRules(const IgnoreTexts& texts);
    /// Of files that cannot be read, which `sentence` says: everything is left out, since nobody
    /// knows what may be let in, and no row may go for it.
    static IgnoreRules unknown(std::string sentence);
    [[nodiscard]] const std::optional<std::string>& unknown_because() const noexcept {
        return unknown_because_;
    }
    /// A sentence for each line that is no pattern and was passed over.
    [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }

    /// Whether both were made of the same texts, and leave the same to inner projects.
    [[nodiscard]] bool is_same_as(const IgnoreRules& other) const noexcept;

    /// The notes of an inner project are not the outer one's.
    void leave_to(std::vector<InnerProject> inner_projects);
    [[nodiscard]] const std::vector<InnerProject>& inner_projects() const noexcept {
        return inner_projects_;
    }

    /// `path` is relative to the project's root. True also for everything below an ignored folder,
    /// for names that start with a dot and for temporary files of editors.
    [[nodiscard]] bool ignores(std::string_view path) const;
    /// The reason to leave `path` out; none when it is not ignored.
    [[nodiscard]] std::optional<IgnoreCause> cause(std::string_view path) const;
    /// The same for a file in a folder that is known not to be ignored: only its name and the
    /// patterns for whole paths are looked at.
    [[nodiscard]] bool ignores_in_kept_folder(std::string_view path) const;
    /// Whether a folder need not be looked into at all.
    [[nodiscard]] bool ignores_folder(std::string_view folder) const;

    /// The text of a new .bmignore.
    static std::string default_text();

private:
    struct Rule {
        IgnorePattern pattern;
        std::string_view file;  ///< of IgnoreCause
    };
    IgnoreRules() = default;
    void add(const IgnorePatterns& file, std::string_view name);
    [[nodiscard]] const Rule* deciding_rule(std::string_view path) const;
    [[nodiscard]] const InnerProject* project_of(std::string_view path) const;

    std::vector<Rule> rules_;  ///< the first that means a path decides
    bool lets_in_ = false;     ///< one of them does
    std::size_t texts_digest_ = 0;
    std::vector<InnerProject> inner_projects_;
    std::optional<std::string> unknown_because_;
    std::vector<std::string> problems_;
};

/// One sentence with the way out for a path that nobody would find again; none when `path` is not
/// ignored. Pure.
std::optional<std::string> left_out_text(const IgnoreRules& rules, std::string_view path);

}  // namespace bm
