#include "markdown/path_safety.hpp"

#include <algorithm>
#include <cstddef>

#include "markdown/text.hpp"

namespace bm {
namespace {

std::string_view without_leading_space(std::string_view text) noexcept {
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size() && is_white_space(next_code_point(text, at));) {
        start = at;
    }
    return text.substr(start);
}

/// Two dots, perhaps with more dots and blanks after them: some file systems drop those and go up a
/// folder. White space in front is cleaned away by those who make folders of what clients say.
bool goes_up(std::string_view segment) noexcept {
    const std::string_view rest = without_leading_space(segment);
    return rest.starts_with("..") && rest.find_first_not_of(". ") == std::string_view::npos;
}

bool has_segment_that_goes_up(std::string_view path) noexcept {
    std::size_t start = 0;
    while (true) {
        const std::size_t end = path.find_first_of("/\\", start);
        if (goes_up(path.substr(start, end - start))) return true;
        if (end == std::string_view::npos) return false;
        start = end + 1;
    }
}

bool starts_with_drive(std::string_view path) noexcept {
    const std::size_t first = first_code_points(path, 1).size();
    return first < path.size() && path[first] == ':';
}

bool has_forbidden_control_character(std::string_view path) noexcept {
    return std::any_of(path.begin(), path.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20U && c != '\t'; });
}

}  // namespace

bool is_safe_client_path(std::string_view path) noexcept {
    if (is_blank(path)) return true;
    return path.front() != '/' && path.front() != '\\' && !starts_with_drive(path) &&
           path.find('~') == std::string_view::npos && !has_segment_that_goes_up(trim(path)) &&
           !has_forbidden_control_character(path);
}

}  // namespace bm
