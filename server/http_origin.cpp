#include "server/http_origin.hpp"

#include <algorithm>
#include <charconv>

#include "server/protocol_error.hpp"

namespace bm {
namespace {

std::string lower_text(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

std::optional<int> read_port(std::string_view digits) {
    int port = 0;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, port);
    if (digits.empty() || digits.size() > 5 || read.ec != std::errc() || read.ptr != end ||
        digits.front() == '-' || port > 65535) {
        return std::nullopt;
    }
    return port;
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

bool is_host_name(std::string_view name) {
    constexpr std::size_t longest = 253;
    if (name.empty() || name.size() > longest) return false;
    if (name.front() == '[') {
        return name.size() > 2 && name.back() == ']' &&
               name.find_first_not_of("0123456789abcdefABCDEF:.", 1) == name.size() - 1;
    }
    return std::all_of(name.begin(), name.end(), is_host_character);
}

int default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

}  // namespace

std::optional<HttpHost> parse_host(std::string_view text) {
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    HttpHost out;
    if (colon != std::string_view::npos) {
        out.port = read_port(text.substr(colon + 1));
        if (!out.port) return std::nullopt;
    }
    out.name = lower_text(text.substr(0, colon));
    if (!is_host_name(out.name)) return std::nullopt;
    return out;
}

std::optional<HttpOrigin> parse_origin(std::string_view text) {
    const std::size_t mark = text.find("://");
    if (mark == std::string_view::npos || mark == 0) return std::nullopt;
    HttpOrigin out;
    out.scheme = lower_text(text.substr(0, mark));
    const bool is_scheme = std::all_of(out.scheme.begin(), out.scheme.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
    auto host = parse_host(text.substr(mark + 3));
    if (!is_scheme || !host) return std::nullopt;
    out.host = *std::move(host);
    if (!out.host.port && (out.scheme == "http" || out.scheme == "https")) {
        out.host.port = default_port(out.scheme);
    }
    return out;
}

bool is_loopback(std::string_view host_name) noexcept {
    return host_name == "localhost" || host_name == "127.0.0.1" || host_name == "[::1]";
}

std::optional<OriginPolicy> OriginPolicy::from(const Lists& lists, std::string& complaint) {
    OriginPolicy out;
    out.loopback_ = lists.is_loopback;
    out.tls_ = lists.has_tls;
    const auto add_origin = [&](const std::string& text, std::string_view what) {
        auto origin = parse_origin(text);
        if (!origin) {
            complaint = text + " is not " + std::string(what);
            return false;
        }
        out.origins_.push_back(*std::move(origin));
        return true;
    };
    for (const std::string& text : lists.allowed_origins) {
        if (!add_origin(text, "an origin, such as https://app.example.com")) return std::nullopt;
    }
    for (const std::string& text : lists.allowed_hosts) {
        auto host = parse_host(text);
        if (!host) {
            complaint = text + " is not a host name, such as notes.example.com";
            return std::nullopt;
        }
        out.hosts_.push_back(*std::move(host));
    }
    if (lists.public_url) {
        const std::size_t start = lists.public_url->find("://");
        const std::size_t slash =
            start == std::string::npos ? start : lists.public_url->find('/', start + 3);
        if (!add_origin(lists.public_url->substr(0, slash), "a URL of this server")) {
            return std::nullopt;
        }
        out.hosts_.push_back({out.origins_.back().host.name, std::nullopt});
    }
    return out;
}

bool OriginPolicy::admits_host(std::string_view text) const {
    const auto host = parse_host(text);
    if (!host) return false;
    if (loopback_ && is_loopback(host->name)) return true;
    return std::any_of(hosts_.begin(), hosts_.end(), [&](const HttpHost& allowed) {
        return allowed.name == host->name && (!allowed.port || allowed.port == host->port);
    });
}

bool OriginPolicy::admits_origin(std::string_view text) const {
    const auto origin = parse_origin(text);
    if (!origin) return false;
    const bool is_local_scheme = origin->scheme == "http" || (tls_ && origin->scheme == "https");
    if (loopback_ && is_local_scheme && is_loopback(origin->host.name)) return true;
    return std::find(origins_.begin(), origins_.end(), *origin) != origins_.end();
}

std::string OriginPolicy::complaint_about(const HttpFields& fields) const {
    const auto host = fields.find("Host");
    if (!host || fields.count("Host") != 1) return "A request has one Host field";
    if (!admits_host(*host)) {
        return "The Host '" + clipped(*host) +
               "' is none of this server's names; if it should be, start it with --allow-host";
    }
    const auto origin = fields.find("Origin");
    if (fields.count("Origin") > 1) return "A request has one Origin field at most";
    if (origin && !admits_origin(*origin)) {
        return "Pages of the Origin '" + clipped(*origin) +
               "' may not call this server; if they should, start it with --allow-origin";
    }
    return {};
}

}  // namespace bm
