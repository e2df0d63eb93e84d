#include "access/access_urls.hpp"

#include <algorithm>
#include <array>

#include "access/page.hpp"
#include "access/url_parts.hpp"

namespace bm {

namespace {

// Where the login itself is served (access_routes).
constexpr std::array<std::string_view, 10> kOwnPaths{
    "/authorize", "/login",    "/setup",  "/device", "/device_authorization",
    "/token",     "/register", "/revoke", "/oauth2", "/.well-known"};

/// A path that reads the same in every client and hides nothing of ours.
bool is_plain_path(std::string_view path) {
    const bool is_plain = path.size() > 1 && path.starts_with('/') &&
                          std::all_of(path.begin(), path.end(), [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                     (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '_' ||
                                     c == '~' || c == '-';
                          });
    return is_plain && path != kStylePath && !has_dot_segments(path) &&
           path.find("//") == std::string_view::npos &&
           std::none_of(kOwnPaths.begin(), kOwnPaths.end(), [&](std::string_view own) {
               return path == own || (path.starts_with(own) && path[own.size()] == '/');
           });
}

}  // namespace

Result<AccessUrls> AccessUrls::from(std::string_view public_url, std::string_view path,
                                    bool allows_plain) {
    const auto url = url_parts(public_url);
    const std::string given = "'" + std::string(public_url) + "'";
    if (!url || !url->has_authority || (url->scheme != "https" && url->scheme != "http"))
        return fail(Fault::invalid, "The public URL " + given +
                                        " is no address such as https://notes.example.com.");
    if (url->has_user || url->has_fragment || url->query || (url->path != "" && url->path != "/"))
        return fail(Fault::invalid, "The public URL " + given +
                                        " must be scheme and host alone: https://notes.example.com."
                                        " The endpoint's path is added to it.");
    if (url->scheme == "http" && !url->is_loopback() && !allows_plain)
        return fail(Fault::invalid, "The public URL " + given +
                                        " must begin with https://, since tokens travel over it. "
                                        "Only localhost may use http.");
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    if (!is_plain_path(path))
        return fail(Fault::invalid,
                    "The path '" + std::string(path) +
                        "' cannot be served with a login. It is a slash and names of letters, "
                        "digits and . _ ~ -, such as /mcp, and none of the login's own pages.");
    AccessUrls urls;
    urls.issuer = url->origin();
    urls.resource_path = std::string(path);
    urls.resource = urls.issuer + urls.resource_path;
    urls.is_https = url->scheme == "https";
    return urls;
}

bool AccessUrls::is_ours(std::string_view wanted) const {
    const auto url = url_parts(wanted);
    if (!url || url->has_fragment || url->has_user || url->query || !url->has_authority)
        return false;
    std::string path = url->path;
    if (path.ends_with('/')) path.pop_back();
    return url->origin() == issuer && (path.empty() || path == resource_path);
}

}  // namespace bm
