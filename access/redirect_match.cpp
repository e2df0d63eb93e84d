#include "access/redirect_match.hpp"

#include <algorithm>
#include <array>

#include "access/url_parts.hpp"

namespace bm {

namespace {

// Schemes that browsers act upon themselves.
constexpr std::array<std::string_view, 18> kForbiddenSchemes{
    "javascript", "data",        "file",   "vbscript", "about", "blob",
    "filesystem", "view-source", "ws",     "wss",      "ftp",   "mailto",
    "tel",        "sms",         "intent", "chrome",   "jar",   "ms-settings"};

bool is_private_scheme(const UrlParts& url) {
    return url.scheme != "http" && url.scheme != "https" &&
           std::find(kForbiddenSchemes.begin(), kForbiddenSchemes.end(), url.scheme) ==
               kForbiddenSchemes.end();
}

bool is_loopback_http(const UrlParts& url) { return url.scheme == "http" && url.is_loopback(); }

bool same_but_for_port(const UrlParts& a, const UrlParts& b) {
    return is_loopback_http(a) && is_loopback_http(b) && a.host == b.host && a.path == b.path &&
           a.query == b.query && !a.has_user && !b.has_user && !a.has_fragment && !b.has_fragment;
}

}  // namespace

bool is_acceptable_redirect(std::string_view uri) {
    const auto url = url_parts(uri);
    if (!url || url->has_fragment || url->has_user) return false;
    if (url->scheme == "https") return url->has_authority;
    if (url->scheme == "http") return url->has_authority && url->is_loopback();
    return is_private_scheme(*url) && !(url->host.empty() && url->path.empty());
}

bool redirect_matches(const std::vector<std::string>& registered, std::string_view given) {
    const auto url = url_parts(given);
    if (!url || !is_acceptable_redirect(given)) return false;
    return std::any_of(registered.begin(), registered.end(), [&](const std::string& known) {
        if (known == given) return true;
        const auto parts = url_parts(known);
        return parts && same_but_for_port(*parts, *url);
    });
}

bool is_local_redirect(std::string_view uri) {
    const auto url = url_parts(uri);
    return !url || url->scheme != "https";
}

std::string redirect_place(std::string_view uri) {
    const auto url = url_parts(uri);
    if (!url) return std::string(uri);
    if (url->scheme == "https" || url->scheme == "http") {
        return url->port ? url->host + ":" + std::to_string(*url->port) : url->host;
    }
    return url->scheme + ":";
}

std::string redirect_source(std::string_view uri) {
    const auto url = url_parts(uri);
    if (!url) return {};
    if (url->scheme == "https" || url->scheme == "http") return url->origin();
    return url->scheme + ":";
}

}  // namespace bm
