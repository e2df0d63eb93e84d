#include "repository/json_place.hpp"

#include <algorithm>

#include "markdown/text.hpp"

namespace bm {

bool is_nested_deeper(std::string_view json, int levels) noexcept {
    int depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (in_string) {
            if (c == '\\') ++at;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > levels) return true;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

std::string json_place(std::string_view json, std::size_t byte) {
    const std::string_view before = json.substr(0, byte > 0 ? byte - 1 : 0);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::string_view on_line = before.substr(before.rfind('\n') + 1);
    return "line " + std::to_string(line) + ", column " +
           std::to_string(count_code_points(on_line) + 1);
}

}  // namespace bm
