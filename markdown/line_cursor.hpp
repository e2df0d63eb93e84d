#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace bm {

/// A place in a line, counted in bytes and in columns, since a tab may be used up in parts.
class LineCursor {
public:
    explicit LineCursor(std::string_view line) noexcept : line_(line) { look(); }

    /// Columns of white space from here to the next other character.
    [[nodiscard]] std::size_t indent() const noexcept { return indent_; }
    [[nodiscard]] bool blank() const noexcept { return next_ == line_.size(); }
    /// That character, '\n' at the end of the line.
    [[nodiscard]] char next_char() const noexcept { return blank() ? '\n' : line_[next_]; }
    /// The line from that character on.
    [[nodiscard]] std::string_view rest() const noexcept { return line_.substr(next_); }
    [[nodiscard]] bool at_blank() const noexcept {
        return offset_ < line_.size() && is_blank_char(line_[offset_]);
    }

    void skip_columns(std::size_t count) noexcept {
        while (count > 0 && offset_ < line_.size()) {
            std::size_t width = 1;
            if (line_[offset_] == '\t') width = tab_stop - column_ % tab_stop;
            const std::size_t step = std::min(count, width);
            column_ += step;
            count -= step;
            if (step == width) ++offset_;
        }
        look();
    }

    void skip_to_next() noexcept {
        column_ += indent_;
        offset_ = next_;
        indent_ = 0;
    }

private:
    static constexpr std::size_t tab_stop = 4;

    static constexpr bool is_blank_char(char c) noexcept { return c == ' ' || c == '\t'; }

    void look() noexcept {
        next_ = offset_;
        std::size_t column = column_;
        while (next_ < line_.size() && is_blank_char(line_[next_])) {
            column += line_[next_] == '\t' ? tab_stop - column % tab_stop : 1;
            ++next_;
        }
        indent_ = column - column_;
    }

    std::string_view line_;
    std::size_t offset_ = 0;
    std::size_t column_ = 0;
    std::size_t next_ = 0;
    std::size_t indent_ = 0;
};

}  // namespace bm
