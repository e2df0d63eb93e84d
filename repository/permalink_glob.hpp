#pragma once

#include <string>
#include <string_view>

namespace bm {

/// A pattern of permalinks: '*' stands for any text, also across '/'; every other character for
/// itself. Immutable.
class PermalinkGlob {
public:
    explicit PermalinkGlob(std::string_view text);

    [[nodiscard]] bool matches(std::string_view permalink) const noexcept;
    /// Every match begins with this; the whole text when there is no '*'.
    [[nodiscard]] const std::string& prefix() const noexcept { return prefix_; }
    /// A match stays one whatever is put after it.
    [[nodiscard]] bool is_open_at_end() const noexcept { return open_at_end_; }
    [[nodiscard]] bool has_star() const noexcept { return prefix_.size() < size_; }

private:
    std::string glob_;
    std::string prefix_;
    std::size_t size_;
    bool open_at_end_;
};

}  // namespace bm
