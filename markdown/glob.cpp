#include <cstddef>
#include <optional>

#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr auto none = std::string_view::npos;

/// One place in a pattern that consumes one code point, and where the pattern goes on after it.
struct Step {
    bool matches = false;
    std::size_t next = 0;
};

/// Tries `[seq]` or `[!seq]` at `at`. `last_close` is the position of the pattern's last ']': it
/// tells without a search whether a bracket is ever closed, so a pattern of many '[' costs nothing
/// extra.
std::optional<Step> match_brackets(std::string_view pattern, std::size_t at, std::size_t last_close,
                                   char32_t wanted) noexcept {
    std::size_t first = at + 1;
    const bool negated = first < pattern.size() && pattern[first] == '!';
    if (negated) ++first;
    // A ']' in first place is a member, not the end.
    const std::size_t search = first < pattern.size() && pattern[first] == ']' ? first + 1 : first;
    if (last_close == none || last_close < search) return std::nullopt;
    const std::size_t close = pattern.find(']', search);
    const std::string_view members = pattern.substr(0, close);
    bool found = false;
    for (std::size_t i = first; i < close;) {
        const char32_t low = next_code_point(members, i);
        char32_t high = low;
        if (i + 1 < close && members[i] == '-') {
            ++i;
            high = next_code_point(members, i);
        }
        found = found || (low <= wanted && wanted <= high);
    }
    return Step{found != negated, close + 1};
}

Step match_one(std::string_view pattern, std::size_t at, std::size_t last_close,
               char32_t wanted) noexcept {
    if (pattern[at] == '[') {
        if (const auto step = match_brackets(pattern, at, last_close, wanted)) return *step;
    }
    const bool any = pattern[at] == '?';
    const char32_t literal = next_code_point(pattern, at);
    return {any || literal == wanted, at};
}

}  // namespace

bool matches_glob(std::string_view text, std::string_view pattern) noexcept {
    const std::size_t last_close = pattern.rfind(']');
    std::size_t in_text = 0;
    std::size_t in_pattern = 0;
    // Only the last star can need to take more: whatever an earlier one took, a later one can make
    // up for.
    std::size_t after_star = none;
    std::size_t star_text = 0;
    while (in_text < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            after_star = ++in_pattern;
            star_text = in_text;
            continue;
        }
        if (in_pattern < pattern.size()) {
            std::size_t next_text = in_text;
            const char32_t wanted = next_code_point(text, next_text);
            const Step step = match_one(pattern, in_pattern, last_close, wanted);
            if (step.matches) {
                in_text = next_text;
                in_pattern = step.next;
                continue;
            }
        }
        if (after_star == none) return false;
        next_code_point(text, star_text);
        in_text = star_text;
        in_pattern = after_star;
    }
    return pattern.find_first_not_of('*', in_pattern) == none;
}

}  // namespace bm
