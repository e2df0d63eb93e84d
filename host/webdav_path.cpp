#include "host/webdav_path.hpp"

#include <algorithm>
#include <cstdint>

#include "markdown/percent_coding.hpp"
#include "markdown/text.hpp"
#include "repository/atomic_file.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestName = 255;
/// What a path may have besides unreserved characters (RFC 3986, section 3.3).
constexpr std::string_view kKept = "!$&'()*+,;=:@/";

}  // namespace

bool is_webdav_name(std::string_view name) {
    if (name.empty() || name == "." || name == ".." || name.size() > kLongestName) return false;
    const bool is_clean = std::all_of(name.begin(), name.end(), [](char byte) {
        const auto value = static_cast<std::uint8_t>(byte);
        return value >= 0x20 && value != 0x7F && byte != '/';
    });
    // The last two are no characters that XML may have.
    return is_clean && is_valid_utf8(name) && !AtomicFile::is_unpublished(name) &&
           name.find("\xEF\xBF\xBE") == std::string_view::npos &&
           name.find("\xEF\xBF\xBF") == std::string_view::npos;
}

bool is_webdav_path(std::string_view path) {
    if (path.size() > kLongestPath) return false;
    const auto names = split(path, '/');
    return std::all_of(names.begin(), names.end(), is_webdav_name);
}

std::optional<WebDavPath> webdav_path(std::string_view path, std::string_view prefix) {
    if (path.size() > kLongestPath * 3 || !path.starts_with(prefix)) return std::nullopt;
    path.remove_prefix(prefix.size());
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
    WebDavPath found;
    if (path.ends_with('/')) {
        found.is_folder = true;
        path.remove_suffix(1);
    }
    bool is_first = true;
    for (const std::string_view segment : split(path, '/')) {
        // Decoded one by one: an encoded slash is part of a name, and no name has one.
        const auto name = percent_decoded(segment);
        if (!name || !is_webdav_name(*name)) return std::nullopt;
        if (is_first) {
            found.tree = *name;
        } else {
            if (!found.path.empty()) found.path += '/';
            found.path += *name;
        }
        is_first = false;
    }
    if (found.path.size() > kLongestPath) return std::nullopt;
    found.is_folder = found.is_folder || found.path.empty();
    return found;
}

std::string webdav_href(std::string_view prefix, std::string_view tree, std::string_view path,
                        bool is_folder) {
    std::string href(prefix);
    href += '/';
    href += percent_encoded(tree, kKept);
    if (!path.empty()) {
        href += '/';
        href += percent_encoded(path, kKept);
    }
    if (is_folder) href += '/';
    return href;
}

}  // namespace bm
