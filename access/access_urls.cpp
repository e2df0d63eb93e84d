#include "access/access_urls.hpp"

#include "access/url_parts.hpp"

namespace bm {

Result<AccessUrls> AccessUrls::from(std::string_view public_url, std::string_view path) {
    const auto url = url_parts(public_url);
    const std::string given = "'" + std::string(public_url) + "'";
    if (!url || !url->has_authority || (url->scheme != "https" && url->scheme != "http"))
        return fail(Fault::invalid, "The public URL " + given +
                                        " is no address such as https://notes.example.com.");
    if (url->has_user || url->has_fragment || url->query || (url->path != "" && url->path != "/"))
        return fail(Fault::invalid, "The public URL " + given +
                                        " must be scheme and host alone: https://notes.example.com."
                                        " The endpoint's path is added to it.");
    if (url->scheme == "http" && !url->is_loopback())
        return fail(Fault::invalid, "The public URL " + given +
                                        " must begin with https://, since tokens travel over it. "
                                        "Only localhost may use http.");
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
