#include "repository/meaning_passages.hpp"

#include <algorithm>
#include <utility>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::string_view kBlankLine = "\n\n";

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return !is_continuation(byte); }));
}

bool is_heading(std::string_view line) {
    constexpr std::size_t kDeepest = 6;
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) return false;
    const std::size_t end = line.find_first_not_of('#', start);
    if (end == std::string_view::npos || end == start || end - start > kDeepest) return false;
    return line[end] == ' ' || line[end] == '\t';
}

bool is_bullet(std::string_view line) { return line.starts_with("- ") || line.starts_with("* "); }

/// Calls `each(line)` for every line, without its end.
template <class Each>
void for_each_line(std::string_view text, const Each& each) {
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        each(text.substr(at, end - at));
        at = end + 1;
    }
}

/// The text cut before each line of which `begins` is true.
template <class Begins>
std::vector<std::string> cut_before(std::string_view text, const Begins& begins) {
    std::vector<std::string> parts;
    bool is_first = true;
    for_each_line(text, [&](std::string_view line) {
        if (is_first || begins(line)) {
            parts.emplace_back(line);
        } else {
            parts.back() += '\n';
            parts.back() += line;
        }
        is_first = false;
    });
    return parts;
}

std::vector<std::string> paragraphs_of(std::string_view section) {
    std::vector<std::string> paragraphs;
    bool is_open = false;
    for_each_line(section, [&](std::string_view line) {
        if (trim(line).empty()) {
            is_open = false;
        } else if (is_open && !is_bullet(line)) {
            paragraphs.back() += '\n';
            paragraphs.back() += line;
        } else {
            paragraphs.emplace_back(line);
            is_open = true;
        }
    });
    return paragraphs;
}

/// Windows over a text that has no better place to be cut at.
std::vector<std::string> windows_of(std::string_view text) {
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_continuation(text[at])) starts.push_back(at);
    }
    starts.push_back(text.size());
    const std::size_t last = starts.size() - 1;
    std::vector<std::string> windows;
    for (std::size_t from = 0;; from += kLongestPassage - kPassageOverlap) {
        const std::size_t to = std::min(from + kLongestPassage, last);
        windows.emplace_back(text.substr(starts[from], starts[to] - starts[from]));
        if (to == last) return windows;
    }
}

/// Passages in the making: the last one stays open for what fits into it.
class Passages {
public:
    void add_section(const std::string& section) {
        if (is_bullet(section) && characters(section) <= kLongestPassage) {
            close();
            open_ = section;
            close();
        } else if (characters(section) <= kLongestPassage) {
            add(trim(section));
        } else {
            close();
            for (const auto& paragraph : paragraphs_of(section)) add_paragraph(paragraph);
            if (is_bullet(section)) close();
        }
    }

    std::vector<std::string> done() {
        close();
        return std::move(done_);
    }

private:
    void add_paragraph(const std::string& paragraph) {
        if (characters(paragraph) <= kLongestPassage) return add(paragraph);
        close();
        for (auto& window : windows_of(paragraph)) {
            close();
            open_ = std::move(window);
        }
    }

    void add(std::string_view text) {
        if (open_.empty()) {
            open_ = text;
            return;
        }
        if (characters(open_) + kBlankLine.size() + characters(text) > kLongestPassage) {
            close();
            open_ = text;
            return;
        }
        open_ += kBlankLine;
        open_ += text;
    }

    void close() {
        const std::string_view text = trim(open_);
        if (!text.empty()) done_.emplace_back(text);
        open_.clear();
    }

    std::vector<std::string> done_;
    std::string open_;
};

}  // namespace

std::vector<std::string> meaning_passages(std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (trimmed.empty()) return {};
    Passages passages;
    const auto begins_section = [](std::string_view line) {
        return is_heading(line) || is_bullet(line);
    };
    for (const auto& section : cut_before(trimmed, begins_section)) passages.add_section(section);
    return passages.done();
}

}  // namespace bm
