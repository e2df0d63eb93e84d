#include "cloud/session_name.hpp"

namespace bm {

namespace {

std::string canonical(std::string_view path) {
    const auto first = path.find_first_not_of("\\/");
    if (first == std::string_view::npos) return {};
    const auto last = path.find_last_not_of("\\/");
    std::string name(path.substr(first, last - first + 1));
    for (char& c : name) {
        if (std::string_view(" \t\n\f\r\\/:?*").find(c) != std::string_view::npos) c = '_';
    }
    return name;
}

}  // namespace

std::string bisync_session_name(std::string_view local_root, std::string_view remote) {
    return canonical(local_root) + ".." + canonical(remote);
}

}  // namespace bm
