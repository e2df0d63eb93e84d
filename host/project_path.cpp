#include "host/project_path.hpp"

#include <algorithm>

#include "markdown/names.hpp"

namespace bm {

namespace {

bool has_drive_letter(std::string_view path) {
    return path.size() > 1 && path[1] == ':' &&
           ((path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z'));
}

}  // namespace

std::string normalised_project_path(std::string_view path) {
    constexpr std::string_view prefix = "app/data/";
    if (has_drive_letter(path)) return std::string(path);
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    while (path.ends_with('/')) path.remove_suffix(1);
    return "/" + std::string(path);
}

std::optional<std::string> single_folder(std::string_view path) {
    const std::string normal = normalised_project_path(path);
    if (!normal.starts_with('/')) return std::nullopt;
    std::string name = normal.substr(1);
    const bool is_safe = !name.empty() && name.size() <= 255 && name.front() != '.' &&
                         name.find_first_of("/\\") == std::string::npos &&
                         std::none_of(name.begin(), name.end(), [](char c) {
                             return static_cast<unsigned char>(c) < ' ' || c == 127;
                         });
    if (!is_safe || !RelativePath::parse(name)) return std::nullopt;
    return name;
}

}  // namespace bm
