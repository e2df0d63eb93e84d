#include "markdown/frontmatter_fences.hpp"

#include <algorithm>
#include <cstddef>

#include "markdown/text.hpp"

namespace bm {
namespace {

/// One line of a text without its '\n'.
struct Line {
    std::string_view text;
    std::size_t begin = 0;
    std::size_t next = 0;  ///< where the following line begins
};

Line line_at(std::string_view text, std::size_t begin) noexcept {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    return Line{text.substr(begin, end - begin), begin, std::min(end + 1, text.size())};
}

/// `next` is text.size() both for a last line without '\n' and for a line behind the last '\n'.
bool is_last(const Line& line, std::string_view text) noexcept { return line.next == text.size(); }

std::size_t count_hyphens(std::string_view line) noexcept {
    return std::min(line.find_first_not_of('-'), line.size());
}

bool is_reader_fence(std::string_view line) noexcept {
    constexpr std::size_t least = 3;
    const std::size_t hyphens = count_hyphens(line);
    return hyphens >= least && is_blank(line.substr(hyphens));
}

bool is_written_fence(std::string_view line) noexcept {
    constexpr std::size_t length = 3;
    return count_hyphens(line) == length &&
           line.find_first_not_of(" \t\r", length) == std::string_view::npos;
}

bool is_brace(std::string_view line, char brace) noexcept {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line.size() == 1 && line.front() == brace;
}

/// The first line at or behind `begin` that satisfies `matches`.
template <class Matches>
std::optional<Line> find_line(std::string_view text, std::size_t begin, Matches matches) noexcept {
    while (begin < text.size()) {
        const Line line = line_at(text, begin);
        if (matches(line.text)) return line;
        if (is_last(line, text)) break;
        begin = line.next;
    }
    return std::nullopt;
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) noexcept {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (text.substr(0, mark.size()) == mark) text.remove_prefix(mark.size());
    return text;
}

std::optional<FencedBlock> find_block(std::string_view text) noexcept {
    const std::string_view trimmed = trim(text);
    if (trimmed.empty()) return std::nullopt;
    const auto start = static_cast<std::size_t>(trimmed.data() - text.data());
    const Line first = line_at(text, start);
    if (is_last(first, text)) return std::nullopt;
    if (is_reader_fence(first.text)) {
        const auto close = find_line(text, first.next, is_reader_fence);
        if (!close) return std::nullopt;
        return FencedBlock{FencedBlock::Notation::yaml,
                           text.substr(first.next, close->begin - first.next),
                           text.substr(close->next)};
    }
    if (is_brace(first.text, '{')) {
        const auto close =
            find_line(text, first.next, [](std::string_view line) { return is_brace(line, '}'); });
        if (!close) return std::nullopt;
        return FencedBlock{FencedBlock::Notation::json, text.substr(start, close->next - start),
                           text.substr(close->next)};
    }
    return std::nullopt;
}

Fences find_written_block(std::string_view text, FencedBlock& found) noexcept {
    text = without_byte_order_mark(text);
    const auto first = find_line(text, 0, [](std::string_view line) { return !is_blank(line); });
    if (!first || !is_written_fence(first->text)) return Fences::none;
    if (is_last(*first, text)) return Fences::unclosed;
    const auto close = find_line(text, first->next, is_written_fence);
    if (!close) return Fences::unclosed;
    found =
        FencedBlock{FencedBlock::Notation::yaml,
                    text.substr(first->next, close->begin - first->next), text.substr(close->next)};
    return Fences::closed;
}

}  // namespace bm
