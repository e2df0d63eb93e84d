#include "markdown/observation_syntax.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Where the group that opens at `text[0]` closes, npos when it does not.
std::size_t closing_place(std::string_view text, char open, char close) noexcept {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == open) ++depth;
        if (text[i] == close && --depth == 0) return i;
    }
    return std::string_view::npos;
}

/// True when the whole text is one Markdown link or one wiki link.
bool is_only_a_link(std::string_view text) noexcept {
    const std::size_t bracket = closing_place(text, '[', ']');
    if (bracket == std::string_view::npos) return false;
    const std::string_view rest = text.substr(bracket + 1);
    if (rest.empty()) return text.substr(0, 2) == "[[" && text.substr(bracket - 1) == "]]";
    return rest.front() == '(' && closing_place(rest, '(', ')') == rest.size() - 1;
}

bool is_task(std::string_view text) noexcept {
    const std::string_view start = text.substr(0, 3);
    return start == "[ ]" || start == "[x]" || start == "[-]";
}

/// Length of `d{1,3}:dd[:dd][.d{1,3}]` at the start of `text`, 0 if there is none.
std::size_t clock_length(std::string_view text) noexcept {
    const auto digits = [&](std::size_t at, std::size_t most) {
        std::size_t count = 0;
        while (count < most && at + count < text.size() && is_digit(text[at + count])) ++count;
        return count;
    };
    const auto pair_at = [&](std::size_t at) {
        return at < text.size() && text[at] == ':' && digits(at + 1, 2) == 2;
    };
    std::size_t at = digits(0, 3);
    if (at == 0 || !pair_at(at)) return 0;
    at += 3;
    if (pair_at(at)) at += 3;
    if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
        const std::size_t places = digits(at + 1, 3);
        if (places > 0) at += 1 + places;
    }
    return at;
}

/// A moment or a stretch of a recording: `00:12`, `24:33.098 - 24:41.260`.
bool is_clock(std::string_view category) noexcept {
    const std::size_t first = clock_length(category);
    if (first == 0) return false;
    const std::string_view rest = category.substr(first);
    if (rest.empty()) return true;
    const std::string_view joined = trim(rest);
    if (joined.size() == rest.size() || joined.empty() || joined.front() != '-') return false;
    const std::string_view second = trim(joined.substr(1));
    const bool spaced = second.size() + 1 < joined.size() && joined.data() != rest.data();
    return spaced && !second.empty() && clock_length(second) == second.size();
}

/// A state of a check box: one character that is `x`, `X` or neither letter nor digit.
bool is_check_mark(std::string_view category) noexcept {
    if (category.empty()) return false;
    std::size_t length = 0;
    const char32_t mark = next_code_point(category, length);
    return length == category.size() && (mark == U'x' || mark == U'X' || !is_alphanumeric(mark));
}

struct Categorised {
    std::string_view category;
    std::string_view content;
};

/// `[category] content`, where the content is the rest of its line.
std::optional<Categorised> split_category(std::string_view text) noexcept {
    if (text.empty() || text.front() != '[') return std::nullopt;
    const std::size_t end = text.find_first_of("[]()", 1);
    if (end == std::string_view::npos || text[end] != ']' || end == 1) return std::nullopt;
    const std::string_view behind = text.substr(end + 1);
    const std::string_view content = trim(behind);
    // The text is trimmed, so nothing is lost at its end.
    if (content.empty() || content.size() == behind.size()) return std::nullopt;
    const std::string_view category = trim(text.substr(1, end - 1));
    if (category.empty() || is_clock(category) || is_check_mark(category)) return std::nullopt;
    return Categorised{category, trim(content.substr(0, content.find('\n')))};
}

/// The text behind `[]` on its line, else the whole text.
std::string_view without_empty_brackets(std::string_view text) noexcept {
    if (text.substr(0, 2) != "[]") return text;
    const std::string_view behind = text.substr(2);
    const std::string_view content = trim(behind);
    if (content.empty() || content.size() == behind.size()) return text;
    return trim(content.substr(0, content.find('\n')));
}

/// Where the first word that begins with '#' stands, npos when there is none.
std::size_t first_tag(std::string_view text) noexcept {
    std::size_t at = text.find('#');
    for (; at != std::string_view::npos; at = text.find('#', at + 1)) {
        // A word begins at the start and behind white space.
        if (at == 0 || trim_right(text.substr(0, at)).size() < at) return at;
    }
    return std::string_view::npos;
}

std::vector<std::string> tags_of(std::string_view content) {
    std::vector<std::string> tags;
    const std::size_t first = first_tag(content);
    if (first == std::string_view::npos) return tags;
    for (const std::string_view word : split_words(content.substr(first))) {
        if (word.front() != '#') continue;
        if (word.find('#', 1) == std::string_view::npos) {
            tags.emplace_back(word.substr(1));
            continue;
        }
        for (const std::string_view piece : split(word, '#')) {
            if (!piece.empty()) tags.emplace_back(piece);
        }
    }
    return tags;
}

}  // namespace

std::optional<Observation> parse_observation(std::string_view run, bool in_block_quote) {
    const std::string_view text = trim(run);
    if (in_block_quote || text.empty() || is_task(text)) return std::nullopt;
    if (text.front() == '[' && is_only_a_link(text)) return std::nullopt;

    Observation observation;
    std::string_view content;
    if (const auto parts = split_category(text)) {
        observation.category = std::string(parts->category);
        content = parts->content;
    } else if (first_tag(text) != std::string_view::npos) {
        content = without_empty_brackets(text);
    } else {
        return std::nullopt;
    }
    const std::size_t open = content.rfind('(');
    if (!content.empty() && content.back() == ')' && open != std::string_view::npos) {
        observation.context =
            std::string(trim(content.substr(open + 1, content.size() - open - 2)));
        content = trim(content.substr(0, open));
    }
    if (content.empty()) return std::nullopt;
    observation.content = std::string(content);
    observation.tags = tags_of(content);
    return observation;
}

std::string write_observation(const Observation& observation) {
    std::string line = "- ";
    if (observation.category) line += '[' + *observation.category + "] ";
    line += observation.content;
    if (observation.context) line += " (" + *observation.context + ')';
    return line;
}

}  // namespace bm
