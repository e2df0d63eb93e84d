#include "markdown/names.hpp"

#include <algorithm>
#include <cstddef>

#include "markdown/text.hpp"

namespace bm {
namespace {

bool is_control(char32_t code_point) noexcept {
    return code_point < 0x20U || (code_point >= 0x7FU && code_point <= 0x9FU);
}

bool has_control_character(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        if (is_control(next_code_point(text, at))) return true;
    }
    return false;
}

/// A refused value for an error message: shortened, printable, in single quotes.
std::string quoted(std::string_view raw) {
    constexpr std::size_t longest_echo =
        120;  // enough to recognise a name, short enough for one line
    const std::string_view start = first_code_points(raw, longest_echo);
    std::string out = "'";
    for (std::size_t at = 0; at < start.size();) {
        const char32_t code_point = next_code_point(start, at);
        append_utf8(out, is_control(code_point) ? U'\uFFFD' : code_point);
    }
    out += start.size() < raw.size() ? "...'" : "'";
    return out;
}

bool is_legal_segment(std::string_view segment) noexcept {
    return !segment.empty() && segment != "." && segment != "..";
}

}  // namespace

Result<std::string> PermalinkRule::accept(std::string_view raw) {
    if (is_blank(raw)) return fail(Fault::invalid, "A permalink cannot be blank");
    if (has_control_character(raw)) {
        return fail(Fault::invalid, "Permalink " + quoted(raw) + " contains a control character");
    }
    return std::string(raw);
}

Result<std::string> ProjectNameRule::accept(std::string_view raw) {
    const std::string_view name = trim(raw);
    if (name.empty()) return fail(Fault::invalid, "A project name cannot be empty");
    if (has_control_character(name)) {
        return fail(Fault::invalid,
                    "Project name " + quoted(name) + " contains a control character");
    }
    return std::string(name);
}

Result<std::string> RelativePathRule::accept(std::string_view raw) {
    const auto refuse = [&](std::string_view reason) {
        return fail(Fault::invalid, "Path " + quoted(raw) + " " + std::string(reason));
    };
    if (raw.empty()) return fail(Fault::invalid, "A path cannot be empty");
    if (raw.front() == '/') return refuse("is absolute: name it relative to the project");
    if (raw.find('\0') != std::string_view::npos) return refuse("contains a NUL character");
    if (!is_valid_utf8(raw)) return refuse("is not valid UTF-8");
    const auto segments = split(raw, '/');
    if (!std::all_of(segments.begin(), segments.end(), is_legal_segment)) {
        return refuse("has an empty, '.' or '..' segment");
    }
    return std::string(raw);
}

std::string_view parent_folder(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view file_name(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view file_stem(std::string_view path) noexcept {
    const std::string_view name = file_name(path);
    return name.substr(0, name.size() - file_suffix(path).size());
}

std::string_view file_suffix(std::string_view path) noexcept {
    const std::string_view name = file_name(path);
    const std::size_t dot = name.rfind('.');
    // A leading dot hides the file and a trailing one ends a sentence: neither starts a suffix.
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return {};
    return name.substr(dot);
}

}  // namespace bm
