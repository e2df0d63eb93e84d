#include "repository/jsonc_edit.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "markdown/text.hpp"
#include "repository/jsonc_reader.hpp"

namespace bm {

namespace {

using OrderedJson = nlohmann::ordered_json;
using JsoncKind = JsoncValue::Kind;

std::string quoted(const std::string& name) {
    return OrderedJson(name).dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

bool is_blank_text(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return trim(text).empty();
}

/// Which item a step of a path means; none when there is no such one.
std::optional<std::size_t> item_at(const JsoncValue& value, const std::string& step) {
    if (value.kind == JsoncKind::array) {
        std::size_t number = 0;
        const auto [end, problem] = std::from_chars(step.data(), step.data() + step.size(), number);
        const bool is_number = problem == std::errc{} && end == step.data() + step.size();
        if (is_number && number < value.items.size()) return number;
        return std::nullopt;
    }
    for (std::size_t at = value.items.size(); at > 0; --at) {
        if (value.items[at - 1].name == step) return at - 1;
    }
    return std::nullopt;
}

tl::unexpected<Error> no_container(const std::string& step) {
    return fail(Fault::conflict, step.empty()
                                     ? "it holds no object"
                                     : "\"" + step + "\" is neither an object nor an array");
}

/// What some programs write for a container that they have nothing to put into.
bool is_null(std::string_view text, const JsoncValue& value) {
    return value.kind == JsoncKind::plain &&
           text.substr(value.begin, value.end - value.begin) == "null";
}

/// As far as a path leads, and how many steps of it that are.
struct Way {
    const JsoncValue* value;
    std::size_t steps = 0;
};

/// Stops in front of a null, in which nothing is.
Result<Way> follow(std::string_view text, const JsoncValue& root, const JsonPath& path,
                   std::size_t most) {
    Way way{&root};
    while (way.steps < most && !is_null(text, *way.value)) {
        if (way.value->kind == JsoncKind::plain) {
            return no_container(way.steps > 0 ? path[way.steps - 1] : "");
        }
        const auto item = item_at(*way.value, path[way.steps]);
        if (!item) break;
        way.value = &way.value->items[*item].value;
        ++way.steps;
    }
    return way;
}

/// How the file is laid out.
class Layout {
public:
    explicit Layout(std::string_view text) : text_(text) {
        const std::size_t end = text.find('\n');
        newline_ =
            end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
        unit_ = first_indentation();
    }

    [[nodiscard]] const std::string& newline() const noexcept { return newline_; }
    [[nodiscard]] const std::string& unit() const noexcept { return unit_; }
    /// The blanks that the line of this byte begins with.
    [[nodiscard]] std::string indentation_at(std::size_t byte) const {
        const std::size_t start = byte == 0 ? 0 : text_.rfind('\n', byte - 1) + 1;
        const std::size_t end = std::min(text_.find_first_not_of(" \t", start), byte);
        return std::string(text_.substr(start, end - start));
    }
    [[nodiscard]] bool begins_its_line(std::size_t byte) const {
        const std::size_t start = byte == 0 ? 0 : text_.rfind('\n', byte - 1) + 1;
        return start > 0 && text_.find_first_not_of(" \t", start) == byte;
    }

private:
    [[nodiscard]] std::string first_indentation() const {
        for (std::size_t at = text_.find('\n'); at != std::string_view::npos;
             at = text_.find('\n', at + 1)) {
            const std::size_t end = text_.find_first_not_of(" \t", at + 1);
            if (end == std::string_view::npos) break;
            if (end > at + 1 && text_[end] == '"') {
                return std::string(text_.substr(at + 1, end - at - 1));
            }
        }
        return "  ";
    }

    std::string_view text_;
    std::string newline_;
    std::string unit_;
};

/// JSON over several lines, the first of which goes on where it is put.
std::string laid_out(const OrderedJson& json, const Layout& layout,
                     const std::string& indentation) {
    const char filler = layout.unit().front();
    std::string text = json.dump(static_cast<int>(layout.unit().size()), filler, false,
                                 OrderedJson::error_handler_t::replace);
    return replace_all(text, "\n", layout.newline() + indentation);
}

/// A new last item of `value`.
std::string with_item(std::string_view text, const JsoncValue& value, const std::string& name,
                      const OrderedJson& json) {
    const Layout layout(text);
    const std::string head = value.kind == JsoncKind::object ? quoted(name) + ": " : "";
    const std::size_t closing = value.end - 1;
    const std::size_t place = value.last_comment_end;
    std::string out(text);
    const bool is_empty = value.items.empty();
    const bool is_one_line =
        text.substr(value.begin, value.end - value.begin).find('\n') == std::string_view::npos;
    if (is_one_line && !is_empty) {
        std::string item = head + json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
        const bool has_comma = value.items.back().comma.has_value();
        out.insert(place, (has_comma ? " " : ", ") + item);
        return out;
    }
    const std::string outer = layout.indentation_at(value.begin);
    const bool keeps_line = !is_empty && layout.begins_its_line(value.items.back().begin);
    const std::string inner =
        keeps_line ? layout.indentation_at(value.items.back().begin) : outer + layout.unit();
    std::string added = layout.newline() + inner + head + laid_out(json, layout, inner);
    const bool trails = !is_empty && value.items.back().comma.has_value();
    if (trails) added += ',';
    if (text.substr(place, closing - place).find('\n') == std::string_view::npos) {
        // The bracket stood behind the last item, or behind the opening one.
        out.erase(place, closing - place);
        added += layout.newline() + outer;
    }
    out.insert(place, added);
    if (!is_empty && !trails) out.insert(value.items.back().value.end, ",");
    return out;
}

/// A place where items may be wanted that there are not: what stands for all of them.
OrderedJson nested(const JsonPath& path, std::size_t from, OrderedJson json) {
    for (std::size_t at = path.size(); at > from; --at) {
        OrderedJson outer;
        if (path[at - 1] == "-") {
            outer = OrderedJson::array({std::move(json)});
        } else {
            outer = OrderedJson::object();
            outer[path[at - 1]] = std::move(json);
        }
        json = std::move(outer);
    }
    return json;
}

std::string without_item(std::string_view text, const JsoncValue& value, std::size_t number) {
    const JsoncItem& item = value.items[number];
    // The blanks in front of it go too, but never the end of a comment's line.
    std::size_t begin = item.begin;
    while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t')) --begin;
    const std::size_t line_start = begin;
    const bool had_line = begin > 0 && text[begin - 1] == '\n';
    if (had_line) {
        --begin;
        if (begin > 0 && text[begin - 1] == '\r') --begin;
    }
    const std::string_view behind = text.substr(item.value.end);
    const std::size_t next = behind.find_first_not_of(" \t\r,");
    const bool ends_its_line = next != std::string_view::npos && behind[next] == '\n';
    const bool ends_all =
        next != std::string_view::npos && (behind[next] == '}' || behind[next] == ']');
    // What follows on the line, a comment perhaps, keeps the line; a bracket may not slip into the
    // comment above.
    if (had_line && !ends_its_line) begin = ends_all ? line_start : item.begin;
    std::string out(text);
    if (item.comma) out.erase(*item.comma, 1);
    out.erase(begin, item.value.end - begin);
    if (!item.comma && number > 0) out.erase(*value.items[number - 1].comma, 1);
    return out;
}

/// `{}` where only blanks are left between the brackets.
std::string without_blank_inside(std::string text, const JsonPath& path) {
    const auto root = read_jsonc(text);
    if (!root) return text;
    const auto way = follow(text, *root, path, path.size());
    if (!way || way->steps != path.size() || way->value->kind == JsoncKind::plain) return text;
    const std::size_t inside = way->value->begin + 1;
    const std::size_t closing = way->value->end - 1;
    if (!way->value->items.empty() || way->value->last_comment_end > inside) return text;
    text.erase(inside, closing - inside);
    return text;
}

void append_plain(std::string_view text, const JsoncValue& value, std::string& out) {
    if (value.kind == JsoncKind::plain) {
        out += text.substr(value.begin, value.end - value.begin);
        return;
    }
    const bool has_names = value.kind == JsoncKind::object;
    out += has_names ? '{' : '[';
    for (std::size_t at = 0; at < value.items.size(); ++at) {
        if (at > 0) out += ',';
        if (has_names) out += quoted(value.items[at].name) + ':';
        append_plain(text, value.items[at].value, out);
    }
    out += has_names ? '}' : ']';
}

}  // namespace

Result<std::optional<std::string>> jsonc_value(std::string_view text, const JsonPath& path) {
    if (is_blank_text(text)) return std::nullopt;
    const auto root = read_jsonc(text);
    if (!root) return tl::unexpected(root.error());
    const auto way = follow(text, *root, path, path.size());
    if (!way) return tl::unexpected(way.error());
    if (way->steps < path.size()) return std::nullopt;
    std::string plain;
    append_plain(text, *way->value, plain);
    return plain;
}

Result<std::string> with_jsonc_value(std::string_view text, const JsonPath& path,
                                     std::string_view json) {
    if (is_blank_text(text)) return with_jsonc_value("{}\n", path, json);
    const auto value = OrderedJson::parse(json, nullptr, false);
    if (value.is_discarded()) return fail(Fault::invalid, "what is to be put there is no JSON");
    const auto root = read_jsonc(text);
    if (!root) return tl::unexpected(root.error());
    if (root->kind == JsoncKind::plain) return no_container("");
    const auto way = follow(text, *root, path, path.size());
    if (!way) return tl::unexpected(way.error());
    if (way->steps == path.size()) {
        const Layout layout(text);
        std::string out(text);
        out.replace(way->value->begin, way->value->end - way->value->begin,
                    laid_out(value, layout, layout.indentation_at(way->value->begin)));
        return out;
    }
    if (is_null(text, *way->value)) {
        const Layout layout(text);
        std::string out(text);
        out.replace(way->value->begin, way->value->end - way->value->begin,
                    laid_out(nested(path, way->steps, value), layout,
                             layout.indentation_at(way->value->begin)));
        return out;
    }
    if (way->value->kind == JsoncKind::plain) return no_container(path[way->steps - 1]);
    if (way->value->kind == JsoncKind::array && path[way->steps] != "-") {
        return fail(Fault::conflict, "it holds a list where '" + path[way->steps] + "' belongs");
    }
    return with_item(text, *way->value, path[way->steps], nested(path, way->steps + 1, value));
}

Result<std::string> without_jsonc_value(std::string_view text, const JsonPath& path) {
    if (is_blank_text(text) || path.empty()) return std::string(text);
    std::string out(text);
    // One name may stand there several times.
    while (true) {
        const auto root = read_jsonc(out);
        if (!root) return tl::unexpected(root.error());
        const auto way = follow(out, *root, path, path.size() - 1);
        if (!way) return tl::unexpected(way.error());
        if (way->steps + 1 < path.size() || is_null(out, *way->value)) return out;
        if (way->value->kind == JsoncKind::plain)
            return no_container(path.size() > 1 ? path[path.size() - 2] : "");
        const auto item = item_at(*way->value, path.back());
        if (!item) return out;
        const bool repeats = way->value->kind == JsoncKind::object;
        out = without_item(out, *way->value, *item);
        out = without_blank_inside(std::move(out), {path.begin(), path.end() - 1});
        if (!repeats) return out;
    }
}

}  // namespace bm
