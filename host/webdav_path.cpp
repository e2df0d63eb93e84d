#include "host/webdav_path.hpp"

#include <algorithm>
#include <cstdint>

#include "markdown/text.hpp"
#include "repository/atomic_file.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestName = 255;

std::optional<unsigned> hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

void append_encoded(std::string& out, std::string_view path) {
    constexpr std::string_view kPlain = "-._~!$&'()*+,;=:@/";
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char byte : path) {
        const auto value = static_cast<std::uint8_t>(byte);
        const bool is_alphanumeric = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                                     (byte >= '0' && byte <= '9');
        if (is_alphanumeric || kPlain.find(byte) != std::string_view::npos) {
            out += byte;
        } else {
            out += '%';
            out += kDigits[value >> 4U];
            out += kDigits[value & 15U];
        }
    }
}

}  // namespace

std::optional<std::string> strictly_percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        if (at + 2 >= text.size()) return std::nullopt;
        const auto high = hex_digit(text[at + 1]);
        const auto low = hex_digit(text[at + 2]);
        if (!high || !low) return std::nullopt;
        out += static_cast<char>(*high * 16 + *low);
        at += 2;
    }
    return out;
}

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
        const auto name = strictly_percent_decoded(segment);
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
    append_encoded(href, tree);
    if (!path.empty()) {
        href += '/';
        append_encoded(href, path);
    }
    if (is_folder) href += '/';
    return href;
}

}  // namespace bm
