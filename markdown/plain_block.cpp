#include <algorithm>
#include <cstddef>
#include <utility>

#include "markdown/yaml_block.hpp"
#include "markdown/yaml_scalar.hpp"

namespace bm {
namespace {

// More keys than people write; each new key is compared with all others.
constexpr std::size_t most_keys = 64;
// A YAML key must be found within 1024 characters; ours stay far below that.
constexpr std::size_t longest_key = 128;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_high(char c) noexcept { return static_cast<unsigned char>(c) >= 0x80U; }

/// Characters without any meaning to YAML wherever they stand in a plain scalar.
constexpr bool is_harmless(char c) noexcept {
    return is_letter(c) || is_digit(c) || is_high(c) || c == '_' || c == '.' || c == '/' ||
           c == '(' || c == '+';
}

constexpr bool is_key_char(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

std::string_view trim_spaces(std::string_view text) noexcept {
    const std::size_t start = std::min(text.find_first_not_of(' '), text.size());
    const std::size_t last = text.find_last_not_of(' ');
    return last == std::string_view::npos ? std::string_view{}
                                          : text.substr(start, last + 1 - start);
}

/// True for one-line plain text without `: `, ` #` or a final colon. Control characters, tabs
/// included, are left to the library.
bool is_plain_text(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) < 0x20U) return false;
        if (c == ':' && (i + 1 == text.size() || text[i + 1] == ' ')) return false;
        if (c == '#' && i > 0 && text[i - 1] == ' ') return false;
    }
    return true;
}

/// The inside of a quoted scalar that ends where the text ends and holds no escape but `''`.
std::optional<Value> read_quoted(std::string_view text) {
    const char quote = text.front();
    if (text.size() < 2 || text.back() != quote) return std::nullopt;
    const std::string_view inside = text.substr(1, text.size() - 2);
    std::string out;
    out.reserve(inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) {
        const char c = inside[i];
        if (static_cast<unsigned char>(c) < 0x20U) return std::nullopt;
        if (c == '\\' && quote == '"') return std::nullopt;
        if (c == quote) {
            if (quote == '"' || i + 1 == inside.size() || inside[i + 1] != quote) {
                return std::nullopt;
            }
            ++i;
        }
        out += c;
    }
    return Value(Scalar{ScalarKind::string, std::move(out)});
}

/// One scalar on one line; `text` is trimmed and not empty.
std::optional<Value> read_scalar(std::string_view text) {
    const char first = text.front();
    if (first == '\'' || first == '"') return read_quoted(text);
    const bool signed_number = first == '-' && text.size() > 1 && is_digit(text[1]);
    if (!is_harmless(first) && !signed_number && text != "~") return std::nullopt;
    if (!is_plain_text(text)) return std::nullopt;
    return Value(resolve_plain(text));
}

/// `[a, b]` with plain scalars only.
std::optional<Value> read_flow_list(std::string_view text) {
    if (text.size() < 2 || text.back() != ']') return std::nullopt;
    std::string_view inside = trim_spaces(text.substr(1, text.size() - 2));
    ValueList list;
    while (!inside.empty()) {
        const std::size_t comma = inside.find(',');
        const std::string_view item = trim_spaces(inside.substr(0, comma));
        const bool simple = !item.empty() && std::all_of(item.begin(), item.end(), [](char c) {
            return is_harmless(c) || c == ' ' || c == '-';
        });
        if (!simple || !is_harmless(item.front())) return std::nullopt;
        list.emplace_back(resolve_plain(item));
        if (comma == std::string_view::npos) break;
        inside.remove_prefix(comma + 1);
        if (inside.empty()) return std::nullopt;
    }
    return Value(std::move(list));
}

class PlainReader {
public:
    explicit PlainReader(std::string_view block) noexcept : rest_(block) {}

    std::optional<ValueMap> read() {
        ValueMap map;
        while (next_line()) {
            if (!read_member(map)) return std::nullopt;
            if (map.size() > most_keys) return std::nullopt;
        }
        if (map.empty()) return std::nullopt;
        return map;
    }

private:
    /// Moves to the next line that is neither blank nor a comment in column 0.
    bool next_line() noexcept {
        while (!rest_.empty()) {
            const std::size_t end = std::min(rest_.find('\n'), rest_.size());
            line_ = rest_.substr(0, end);
            after_ = rest_.substr(std::min(end + 1, rest_.size()));
            if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
            const bool skip =
                line_.find_first_not_of(' ') == std::string_view::npos || line_.front() == '#';
            if (!skip) return true;
            rest_ = after_;
        }
        return false;
    }

    void take_line() noexcept { rest_ = after_; }

    bool read_member(ValueMap& map) {
        const auto key_end = std::find_if_not(line_.begin(), line_.end(), is_key_char);
        const auto length = static_cast<std::size_t>(key_end - line_.begin());
        const std::string_view key = line_.substr(0, length);
        if (length == 0 || length > longest_key || length == line_.size() || line_[length] != ':' ||
            !(is_letter(key.front()) || key.front() == '_') ||
            plain_kind(key) != ScalarKind::string) {
            return false;
        }
        const std::string_view behind = line_.substr(length + 1);
        if (!behind.empty() && behind.front() != ' ') return false;
        const std::string_view text = trim_spaces(behind);
        take_line();
        std::optional<Value> value;
        if (text.empty()) {
            value = read_list_or_null();
        } else {
            value = text.front() == '[' ? read_flow_list(text) : read_scalar(text);
        }
        if (!value) return false;
        assign(map, key, *std::move(value));
        return true;
    }

    /// What stands below `key:`: lines `- scalar`, all equally far indented, or nothing.
    std::optional<Value> read_list_or_null() {
        if (!next_line()) return Value();
        const std::size_t indent = line_.find_first_not_of(' ');
        if (line_[indent] != '-') {
            if (indent > 0) return std::nullopt;
            return Value();
        }
        ValueList list;
        while (next_line()) {
            const std::size_t here = line_.find_first_not_of(' ');
            if (here != indent || line_[here] != '-') {
                // A key in column 0 ends the list; any other line is more than we read.
                if (here > 0 || line_[here] == '-') return std::nullopt;
                break;
            }
            const std::string_view behind = line_.substr(here + 1);
            const std::string_view text = trim_spaces(behind);
            if (text.empty() || behind.front() != ' ') return std::nullopt;
            auto item = read_scalar(text);
            if (!item) return std::nullopt;
            list.push_back(*std::move(item));
            take_line();
        }
        return Value(std::move(list));
    }

    std::string_view rest_;   ///< from the current line on
    std::string_view after_;  ///< behind the current line
    std::string_view line_;
};

}  // namespace

std::optional<ValueMap> read_plain_block(std::string_view block) {
    return PlainReader(block).read();
}

}  // namespace bm
