#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// Which files are left out of the index. Pure: made from the text of the ignore files. Immutable,
/// any thread.
class IgnoreRules {
public:
    /// The default list applies when `user_file` holds no pattern. `project_file` is the project's
    /// .gitignore.
    IgnoreRules(std::string_view user_file, std::string_view project_file);

    /// `path` is relative to the project's root. True also for everything below an ignored folder,
    /// for names that start with a dot and for temporary files of editors.
    [[nodiscard]] bool ignores(std::string_view path) const;
    /// Whether a folder need not be looked into at all.
    [[nodiscard]] bool ignores_folder(std::string_view folder) const;

    /// The text of a new .bmignore.
    static std::string default_text();

private:
    struct Pattern {
        enum class Form { root_folder, root_glob, segment, any };
        Form form;
        std::string text;
        bool has_wildcard;
    };
    void add(std::string_view file);
    [[nodiscard]] bool matches_any(std::string_view path) const;

    std::vector<Pattern> patterns_;
};

}  // namespace bm
