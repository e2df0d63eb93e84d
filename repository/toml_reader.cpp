#include "repository/toml_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "markdown/text.hpp"

namespace bm {

namespace {

// Deeper than any settings; reading recurses.
constexpr int kMaxTomlDepth = 64;

bool is_bare_key(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

class TomlReader {
public:
    explicit TomlReader(std::string_view text) : text_(text) {}

    Result<std::vector<TomlStatement>> read() {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
        while (at_ < text_.size()) {
            const std::size_t begin = at_;
            skip_blanks();
            if (at_end_of_line() || peek() == '#') {
                if (!finish_line()) return failure();
                continue;
            }
            TomlStatement statement;
            statement.begin = begin;
            const bool done = peek() == '[' ? read_head(statement) : read_pair(statement);
            if (!done || !finish_line()) return failure();
            statement.end = at_;
            statements_.push_back(std::move(statement));
        }
        return std::move(statements_);
    }

private:
    bool refuse(std::string_view what) {
        if (!problem_.empty()) return false;
        const std::string_view before = text_.substr(0, std::min(at_, text_.size()));
        problem_ = "line " + std::to_string(std::count(before.begin(), before.end(), '\n') + 1) +
                   ": " + std::string(what);
        return false;
    }
    [[nodiscard]] tl::unexpected<Error> failure() const { return fail(Fault::invalid, problem_); }

    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool at_end_of_line() const {
        return at_ >= text_.size() || peek() == '\n' || (peek() == '\r' && peek(1) == '\n');
    }
    void skip_blanks() {
        while (peek() == ' ' || peek() == '\t') ++at_;
    }
    void skip_comment() {
        if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
    }
    bool finish_line() {
        skip_blanks();
        skip_comment();
        if (at_ >= text_.size()) return true;
        if (!at_end_of_line()) return refuse("more than one statement");
        at_ = text_.find('\n', at_) + 1;
        return true;
    }
    /// Inside of brackets: newlines and comments too.
    void skip_space() {
        while (at_ < text_.size()) {
            skip_blanks();
            skip_comment();
            if (!at_end_of_line() || at_ >= text_.size()) return;
            at_ = text_.find('\n', at_) + 1;
        }
    }

    bool read_head(TomlStatement& statement) {
        const bool is_array = peek(1) == '[';
        statement.kind =
            is_array ? TomlStatement::Kind::table_of_array : TomlStatement::Kind::table;
        at_ += is_array ? 2 : 1;
        if (!read_name(statement.path)) return false;
        if (peek() != ']' || (is_array && peek(1) != ']')) return refuse("a ']' is missing");
        at_ += is_array ? 2 : 1;
        table_ = statement.path;
        return true;
    }

    bool read_pair(TomlStatement& statement) {
        statement.path = table_;
        if (!read_name(statement.path)) return false;
        if (peek() != '=') return refuse("a '=' is missing");
        ++at_;
        skip_blanks();
        statement.value_begin = at_;
        if (!read_value(&statement.texts, 0)) return false;
        statement.value_end = at_;
        return true;
    }

    bool read_name(std::vector<std::string>& path) {
        while (true) {
            skip_blanks();
            std::string part;
            if (peek() == '"' || peek() == '\'') {
                if (!read_text(part)) return false;
            } else {
                while (is_bare_key(peek())) part += text_[at_++];
                if (part.empty()) return refuse("a name is missing");
            }
            path.push_back(std::move(part));
            skip_blanks();
            if (peek() != '.') return true;
            ++at_;
        }
    }

    /// `texts` takes what a text or an array of texts says.
    bool read_value(std::vector<std::string>* texts, int depth) {
        if (depth > kMaxTomlDepth) return refuse("nested too deeply");
        const char first = peek();
        if (first == '"' || first == '\'') {
            std::string text;
            const bool done = is_long_text() ? read_long_text(text) : read_text(text);
            if (done && texts != nullptr) texts->push_back(std::move(text));
            return done;
        }
        if (first == '[') return read_array(texts, depth);
        const std::size_t begin = at_;
        const bool done = first == '{' ? read_inline_table(depth) : read_bare_word();
        if (done && texts != nullptr) texts->emplace_back(text_.substr(begin, at_ - begin));
        return done;
    }

    bool read_bare_word() {
        const std::size_t begin = at_;
        while (at_ < text_.size() &&
               std::string_view(",]}#\r\n\"'[{=").find(peek()) == std::string_view::npos) {
            ++at_;
        }
        while (at_ > begin && (text_[at_ - 1] == ' ' || text_[at_ - 1] == '\t')) --at_;
        return at_ > begin || refuse("a value is missing");
    }

    bool read_array(std::vector<std::string>* texts, int depth) {
        ++at_;
        while (true) {
            skip_space();
            if (peek() == ']') break;
            if (!read_value(texts, depth + 1)) return false;
            skip_space();
            if (peek() == ']') break;
            if (peek() != ',') return refuse("a ',' or ']' is missing");
            ++at_;
        }
        ++at_;
        return true;
    }

    bool read_inline_table(int depth) {
        ++at_;
        skip_space();
        while (peek() != '}') {
            std::vector<std::string> ignored;
            if (!read_name(ignored)) return false;
            if (peek() != '=') return refuse("a '=' is missing");
            ++at_;
            skip_blanks();
            if (!read_value(nullptr, depth + 1)) return false;
            skip_space();
            if (peek() != ',' && peek() != '}') return refuse("a ',' or '}' is missing");
            if (peek() == ',') ++at_;
            skip_space();
        }
        ++at_;
        return true;
    }

    [[nodiscard]] bool is_long_text() const { return peek(1) == peek() && peek(2) == peek(); }

    bool read_text(std::string& text) {
        const char quote = text_[at_++];
        while (!at_end_of_line() && peek() != quote) {
            if (quote == '"' && peek() == '\\') {
                if (!read_escape(text)) return false;
            } else {
                text += text_[at_++];
            }
        }
        if (peek() != quote) return refuse("a text without an end");
        ++at_;
        return true;
    }

    bool read_long_text(std::string& text) {
        const char quote = peek();
        const std::string end(3, quote);
        at_ += 3;
        if (peek() == '\r' && peek(1) == '\n') ++at_;
        if (peek() == '\n') ++at_;
        while (at_ < text_.size() && text_.substr(at_, 3) != end) {
            if (quote == '"' && peek() == '\\') {
                if (!read_escape(text)) return false;
            } else {
                text += text_[at_++];
            }
        }
        if (at_ >= text_.size()) return refuse("a text without an end");
        at_ += 3;
        // Quotes in front of the closing ones belong to the text.
        for (int more = 0; more < 2 && peek() == quote; ++more) text += text_[at_++];
        return true;
    }

    bool read_escape(std::string& text) {
        constexpr std::string_view letters = "btnfre\"\\";
        constexpr std::string_view meanings = "\b\t\n\f\r\x1b\"\\";
        const char letter = peek(1);
        if (const std::size_t known = letters.find(letter);
            letter != '\0' && known != std::string_view::npos) {
            text += meanings[known];
            at_ += 2;
            return true;
        }
        if (letter == 'u' || letter == 'U') return read_code_point(text, letter == 'u' ? 4 : 8);
        // A backslash at the end of a line of a long text: the line goes on.
        std::size_t end = at_ + 1;
        while (end < text_.size() &&
               (text_[end] == ' ' || text_[end] == '\t' || text_[end] == '\r'))
            ++end;
        if (end >= text_.size() || text_[end] != '\n') return refuse("an escape that is none");
        at_ = std::min(text_.find_first_not_of(" \t\r\n", end), text_.size());
        return true;
    }

    bool read_code_point(std::string& text, std::size_t digits) {
        std::uint32_t point = 0;
        for (std::size_t at = 0; at < digits; ++at) {
            const char digit = peek(2 + at);
            const std::size_t value =
                std::string_view("0123456789abcdef")
                    .find(digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a')
                                                       : digit);
            if (digit == '\0' || value == std::string_view::npos || point > 0x1FFFF)
                return refuse("an escape that is none");
            point = point * 16 + static_cast<std::uint32_t>(value);
        }
        const bool is_half = point >= 0xD800 && point < 0xE000;
        if (point > 0x10FFFF || is_half) return refuse("an escape that is none");
        append_utf8(text, static_cast<char32_t>(point));
        at_ += 2 + digits;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<std::string> table_;
    std::vector<TomlStatement> statements_;
    std::string problem_;
};

}  // namespace

Result<std::vector<TomlStatement>> read_toml(std::string_view text) {
    return TomlReader(text).read();
}

}  // namespace bm
