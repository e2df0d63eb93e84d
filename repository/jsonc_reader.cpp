#include "repository/jsonc_reader.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "markdown/text.hpp"

namespace bm {

namespace {

// Deeper than any settings; reading recurses.
constexpr int kMaxJsoncDepth = 128;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class JsoncReader {
public:
    explicit JsoncReader(std::string_view text) : text_(text) {}

    Result<JsoncValue> read() {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
        JsoncValue value;
        const bool is_whole = skip() && read_value(value, 0) && skip() &&
                              (at_ == text_.size() || refuse("something behind the end"));
        if (is_whole) return value;
        return fail(Fault::invalid, problem_);
    }

private:
    bool refuse(std::string_view what) {
        const std::string_view before = text_.substr(0, std::min(at_, text_.size()));
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        const auto column = count_code_points(before.substr(before.rfind('\n') + 1)) + 1;
        problem_ = "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
                   std::string(what);
        return false;
    }

    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    /// Blanks and comments; `comment_end_` tells where the last of these comments ends.
    bool skip() {
        comment_end_.reset();
        while (at_ < text_.size()) {
            if (is_blank(text_[at_])) {
                ++at_;
            } else if (text_.substr(at_, 2) == "//") {
                at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
                comment_end_ = at_;
            } else if (text_.substr(at_, 2) == "/*") {
                const std::size_t end = text_.find("*/", at_ + 2);
                if (end == std::string_view::npos) return refuse("a comment without an end");
                at_ = end + 2;
                comment_end_ = at_;
            } else {
                break;
            }
        }
        return true;
    }

    bool read_value(JsoncValue& value, int depth) {
        value.begin = at_;
        const char first = peek();
        bool done = false;
        if (first == '{' || first == '[') {
            if (depth >= kMaxJsoncDepth) return refuse("nested too deeply");
            value.kind = first == '{' ? JsoncValue::Kind::object : JsoncValue::Kind::array;
            done = read_items(value, depth);
        } else {
            std::string ignored;
            done = first == '"' ? read_text(ignored) : read_word();
        }
        value.end = at_;
        return done;
    }

    bool read_items(JsoncValue& value, int depth) {
        const bool has_names = value.kind == JsoncValue::Kind::object;
        const char closing = has_names ? '}' : ']';
        ++at_;
        value.last_comment_end = at_;
        while (true) {
            if (!skip()) return false;
            if (comment_end_) value.last_comment_end = *comment_end_;
            if (peek() == closing) {
                ++at_;
                return true;
            }
            if (!value.items.empty() && !value.items.back().comma) {
                return refuse("a comma is missing");
            }
            JsoncItem item;
            item.begin = at_;
            if (has_names && !read_name(item.name)) return false;
            if (!read_value(item.value, depth + 1)) return false;
            value.last_comment_end = at_;
            const std::size_t behind = at_;
            if (!skip()) return false;
            if (comment_end_) value.last_comment_end = *comment_end_;
            if (peek() == ',') {
                item.comma = at_++;
                value.last_comment_end = at_;
            } else {
                at_ = behind;
            }
            value.items.push_back(std::move(item));
        }
    }

    bool read_name(std::string& name) {
        if (peek() != '"') return refuse("a name in quotes is missing");
        if (!read_text(name) || !skip()) return false;
        if (peek() != ':') return refuse("a colon is missing");
        ++at_;
        return skip();
    }

    bool read_text(std::string& text) {
        const std::size_t begin = at_++;
        while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
            at_ += text_[at_] == '\\' ? 2 : 1;
        }
        if (peek() != '"') return refuse("a text without an end");
        ++at_;
        const auto parsed = nlohmann::json::parse(text_.substr(begin, at_ - begin), nullptr, false);
        if (!parsed.is_string()) {
            at_ = begin;
            return refuse("a text that is none");
        }
        text = parsed.get<std::string>();
        return true;
    }

    bool read_word() {
        const std::size_t begin = at_;
        at_ = std::min(text_.find_first_of(" \t\r\n,:[]{}\"/", at_), text_.size());
        const std::string_view word = text_.substr(begin, at_ - begin);
        if (!word.empty() && nlohmann::json::accept(word)) return true;
        at_ = begin;
        return refuse(begin == text_.size() ? "the end comes too early" : "no value");
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<std::size_t> comment_end_;
    std::string problem_;
};

}  // namespace

Result<JsoncValue> read_jsonc(std::string_view text) { return JsoncReader(text).read(); }

}  // namespace bm
