#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// The part of a project that a run looks at: files or whole folders by their path, or everything.
class SyncScope {
public:
    /// More separate paths than this are not cheaper than one walk of everything.
    static constexpr std::size_t kMostPaths = 500;

    static SyncScope whole_project();

    /// "" stands for the whole project. What lies below a path that is in already adds nothing.
    void add(std::string_view path);
    void add(const SyncScope& other);

    [[nodiscard]] bool is_whole_project() const noexcept { return is_whole_; }
    [[nodiscard]] bool is_empty() const noexcept { return !is_whole_ && paths_.empty(); }
    /// The path, or a folder above it, is in.
    [[nodiscard]] bool covers(std::string_view path) const;
    /// Sorted; none lies below another. Empty for a whole project.
    [[nodiscard]] std::vector<std::string> paths() const;

private:
    [[nodiscard]] bool lies_below_another(std::string_view path) const;

    bool is_whole_ = false;
    std::set<std::string, std::less<>> paths_;
};

}  // namespace bm
