#include "access/redirect_match.hpp"

#include <algorithm>
#include <array>

#include "access/form_body.hpp"
#include "access/url_parts.hpp"

namespace bm {

namespace {

// Of clients that do not follow RFC 8252, 7.1.
constexpr std::array<std::string_view, 9> kKnownSchemes{"claude",   "cursor",   "goose",
                                                        "kiro",     "vscode",   "vscode-insiders",
                                                        "vscodium", "windsurf", "zed"};

bool is_private_scheme(std::string_view scheme) {
    return scheme.find('.') != std::string_view::npos ||
           std::find(kKnownSchemes.begin(), kKnownSchemes.end(), scheme) != kKnownSchemes.end();
}

// Two readers of an answer could each take another one.
bool is_plain_query(std::string_view query) {
    const auto form = parse_form(query);
    return form && !std::any_of(form->all().begin(), form->all().end(), [](const auto& field) {
               return field.first == "code" || field.first == "state" || field.first == "iss" ||
                      field.first == "error" || field.first == "error_description";
           });
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
    if (url->query && !is_plain_query(*url->query)) return false;
    if (url->scheme == "https") return url->has_authority;
    if (url->scheme == "http") return url->has_authority && url->is_loopback();
    return is_private_scheme(url->scheme) && !(url->host.empty() && url->path.empty());
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

bool is_loopback_redirect(std::string_view uri) {
    const auto url = url_parts(uri);
    return url && is_loopback_http(*url);
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
