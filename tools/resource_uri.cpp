#include "tools/resource_uri.hpp"

#include <utility>

#include "markdown/file_naming.hpp"
#include "markdown/permalink.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr std::string_view kScheme = "memory://";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_unreserved(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

std::optional<std::string_view> memory_path(std::string_view uri) {
    if (uri.rfind(kScheme, 0) != 0 || uri.size() == kScheme.size()) {
        return std::nullopt;
    }
    return uri.substr(kScheme.size());
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high >= 0 && low >= 0) {
                decoded += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        decoded += text[i];
    }
    if (decoded.find('\0') != std::string::npos || !is_valid_utf8(decoded)) {
        return std::nullopt;
    }
    return decoded;
}

std::string percent_encoded_path(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(byte) || c == '/') {
            encoded += c;
        } else {
            encoded += '%';
            encoded += digits[byte / 16];
            encoded += digits[byte % 16];
        }
    }
    return encoded;
}

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
    std::vector<std::string> segments;
    for (const auto piece : split(path, '/')) {
        auto decoded = percent_decoded(piece);
        if (!decoded || decoded->empty()) {
            return std::nullopt;
        }
        segments.push_back(*std::move(decoded));
    }
    return segments;
}

std::string address_key(std::string_view path) {
    std::string text(link_target(trim(path)));
    if (const auto colons = text.find("::"); colons != std::string::npos) {
        text.replace(colons, 2, "/");
    }
    std::string key = slug(normalized_path(text));
    return key.empty() ? text : key;
}

}  // namespace bm
