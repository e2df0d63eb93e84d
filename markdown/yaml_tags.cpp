#include "markdown/yaml_tags.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "markdown/text.hpp"
#include "markdown/yaml_scalar.hpp"

namespace bm {
namespace {

Scalar scalar_of_kind(ScalarKind kind, const std::string& text) {
    const Scalar plain = resolve_plain(text);
    if (plain.kind == kind) return plain;
    if (kind == ScalarKind::floating && plain.kind == ScalarKind::integer) {
        return *Value::floating(std::strtod(normal_form(plain).c_str(), nullptr)).scalar();
    }
    if (kind == ScalarKind::timestamp && plain.kind == ScalarKind::date) return plain;
    throw YamlRefused("a tagged value does not match its tag: " + text);
}

constexpr std::string_view standard_tag = "tag:yaml.org,2002:";

[[noreturn]] void refuse_tag(const std::string& tag) {
    throw YamlRefused("could not determine a constructor for the tag '" + tag + "'");
}

}  // namespace

std::string mended_scalar(std::string text) {
    std::erase(text, '\0');
    if (is_valid_utf8(text)) return text;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        const char32_t code_point = next_code_point(text, at);
        const bool is_byte = at == start + 1;
        append_utf8(out, is_byte ? static_cast<unsigned char>(text[start]) : code_point);
    }
    return out;
}

Scalar scalar_with_tag(const std::string& tag, const std::string& text) {
    if (tag == "?" || tag.empty()) return resolve_plain(text);
    if (tag == "!") return Scalar{ScalarKind::string, mended_scalar(text)};
    if (tag.compare(0, standard_tag.size(), standard_tag) != 0) refuse_tag(tag);
    const std::string name = tag.substr(standard_tag.size());
    if (name == "str" || name == "binary") return Scalar{ScalarKind::string, mended_scalar(text)};
    if (name == "null") return Scalar{};
    if (name == "bool") return scalar_of_kind(ScalarKind::boolean, text);
    if (name == "int") return scalar_of_kind(ScalarKind::integer, text);
    if (name == "float") return scalar_of_kind(ScalarKind::floating, text);
    if (name == "timestamp") return scalar_of_kind(ScalarKind::timestamp, text);
    refuse_tag(tag);
}

void check_collection_tag(const std::string& tag, std::initializer_list<std::string_view> names) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    if (tag.compare(0, standard_tag.size(), standard_tag) != 0) refuse_tag(tag);
    const std::string name = tag.substr(standard_tag.size());
    if (std::find(names.begin(), names.end(), name) == names.end()) refuse_tag(tag);
}

void restore_final_breaks(std::string& text, std::string_view quoted, char quote) {
    const std::size_t last = quoted.find_last_not_of(" \t\n");
    const std::size_t body = last == std::string_view::npos ? 0 : last + 1;
    const auto breaks =
        std::count(quoted.begin() + static_cast<std::ptrdiff_t>(body), quoted.end(), '\n');
    if (breaks < 2) return;
    // An escape in front of the breaks may itself stand for one: the library is right more often
    // then.
    constexpr std::size_t longest_escape = 10;
    const std::size_t near = body - std::min(body, longest_escape);
    if (quote == '"' && quoted.substr(near, body - near).find('\\') != std::string_view::npos)
        return;
    text.resize(text.find_last_not_of('\n') + 1);
    // The first break only ends the line.
    text.append(static_cast<std::size_t>(breaks) - 1, '\n');
}

}  // namespace bm
