#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ignore_pattern.hpp"

namespace bm {

/// The rules of one project, which hold below its folder only.
struct ProjectIgnoreText {
    std::string dir;   ///< of the project, as seen from the root that is synced; empty: the root
    std::string text;  ///< of its .bmignore
};

/// What `--filter-from` of rclone is given, and the same rules for names that we compare ourselves.
/// In their order: what is never synced, folders that another scope syncs, the rules of projects,
/// the user's. Pure, immutable, any thread.
class RcloneFilter {
public:
    /// `user_text` is the user's .bmignore; the default list stands in for one without patterns.
    RcloneFilter(std::string_view user_text, const std::vector<ProjectIgnoreText>& projects,
                 std::vector<std::string> attached_dirs);

    /// The filter file: a rule a line, `- pattern` or `+ pattern`; the first that fits decides.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// The same turned over, for what removes from the cloud what should never have come there:
    /// lets in what the user's rules leave out, and nothing else.
    [[nodiscard]] std::string inverted() const;

    /// Whether the file at `path` (relative to the root that is synced) is left out.
    [[nodiscard]] bool excludes(std::string_view path) const;
    /// Whether a rule leaves out all that is or will be in that folder. False where it cannot be
    /// told: some rule lets something in.
    [[nodiscard]] bool excludes_all_in(std::string_view folder) const;
    /// Whether the user's own rules leave it out, and nothing of a project's lets it in: what
    /// should never have come to the cloud. What is never synced may be there for another reason.
    [[nodiscard]] bool prunes(std::string_view path) const;
    /// Whether nothing at all can pass.
    [[nodiscard]] bool excludes_everything() const;
    /// A sentence for each line that is no pattern and was passed over.
    [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }

private:
    struct Part {
        std::string dir;
        std::vector<IgnorePattern> patterns;
    };
    void add(std::string dir, IgnorePatterns patterns);
    /// What a part says of a path that lies below its folder: left out or not; none: nothing.
    static std::optional<bool> verdict(const Part& part, std::string_view path);
    [[nodiscard]] bool lets_something_in() const;

    std::vector<std::string> attached_dirs_;
    std::vector<Part> parts_;  ///< the user's is the last one
    std::string text_;
    std::vector<std::string> problems_;
};

}  // namespace bm
