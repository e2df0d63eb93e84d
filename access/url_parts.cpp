#include "access/url_parts.hpp"

#include <algorithm>
#include <charconv>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestUrl = 2048;

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_url_character(char c) noexcept {
    return c > ' ' && c < '\x7f' && c != '\\' && c != '"' && c != '<' && c != '>' && c != '^' &&
           c != '`' && c != '{' && c != '|' && c != '}';
}

bool is_scheme(std::string_view text) noexcept {
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
           });
}

std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool is_host(std::string_view text) noexcept {
    if (text.starts_with('[')) {
        return text.size() > 2 && text.ends_with(']') &&
               std::all_of(text.begin() + 1, text.end() - 1, [](char c) {
                   return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
               });
    }
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
    });
}

bool read_authority(std::string_view text, UrlParts& url) {
    const std::size_t at = text.rfind('@');
    url.has_user = at != std::string_view::npos;
    if (url.has_user) text.remove_prefix(at + 1);
    const std::size_t host_end = text.starts_with('[') ? text.find(']') : 0;
    if (host_end == std::string_view::npos) return false;
    const std::size_t colon = text.find(':', host_end);
    url.host = ascii_lower(text.substr(0, colon));
    if (!is_host(url.host)) return false;
    if (colon == std::string_view::npos) return true;
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (problem != std::errc() || end != digits.data() + digits.size() || port == 0) return false;
    url.port = port;
    return true;
}

std::uint16_t usual_port(std::string_view scheme) noexcept {
    if (scheme == "https") return 443;
    return scheme == "http" ? 80 : 0;
}

}  // namespace

std::string UrlParts::origin() const {
    std::string text = scheme + "://" + host;
    if (port && *port != usual_port(scheme)) text += ":" + std::to_string(*port);
    return text;
}

bool UrlParts::is_loopback() const noexcept {
    return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

std::optional<UrlParts> url_parts(std::string_view text) {
    if (text.size() > kLongestUrl || !std::all_of(text.begin(), text.end(), is_url_character))
        return std::nullopt;
    UrlParts url;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return std::nullopt;
    url.scheme = ascii_lower(text.substr(0, colon));
    text.remove_prefix(colon + 1);
    const std::size_t hash = text.find('#');
    url.has_fragment = hash != std::string_view::npos;
    text = text.substr(0, hash);
    if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
        url.query = std::string(text.substr(mark + 1));
        text = text.substr(0, mark);
    }
    url.has_authority = text.starts_with("//");
    if (url.has_authority) {
        text.remove_prefix(2);
        const std::size_t slash = std::min(text.find('/'), text.size());
        if (!read_authority(text.substr(0, slash), url)) return std::nullopt;
        text.remove_prefix(slash);
    }
    url.path = std::string(text);
    return url;
}

bool has_dot_segments(std::string_view path) {
    const std::string plain = replace_all(replace_all(path, "%2e", "."), "%2E", ".");
    const auto segments = split(plain, '/');
    return std::any_of(segments.begin(), segments.end(),
                       [](std::string_view segment) { return segment == "." || segment == ".."; });
}

}  // namespace bm
