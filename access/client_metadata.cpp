#include "access/client_metadata.hpp"

#include <algorithm>
#include <charconv>

#include "access/answers.hpp"
#include "access/redirect_match.hpp"
#include "access/url_parts.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestClientName = 120;
constexpr std::size_t kMostRedirects = 20;

tl::unexpected<MetadataFault> metadata_fault(std::string error, std::string description) {
    return tl::unexpected<MetadataFault>({std::move(error), std::move(description)});
}

bool is_shown_name(std::string_view name) {
    return count_code_points(name) <= kLongestClientName && shown_characters(name) == name;
}

bool is_json_type(std::string_view type) {
    const std::string name = to_lower(trim(type.substr(0, type.find(';'))));
    return name == "application/json" ||
           (name.starts_with("application/") && name.ends_with("+json"));
}

std::vector<std::string> known_grants(const std::vector<std::string>& wanted) {
    std::vector<std::string> grants;
    for (const std::string_view grant : {kCodeGrant, kRefreshGrant, kDeviceGrant}) {
        if (std::find(wanted.begin(), wanted.end(), grant) != wanted.end())
            grants.emplace_back(grant);
    }
    return grants;
}

}  // namespace

bool is_document_url(std::string_view id) {
    const auto url = url_parts(id);
    return url && url->scheme == "https" && id.starts_with("https://") && !url->has_user &&
           !url->has_fragment && !url->query && url->path.size() > 1 &&
           !has_dot_segments(url->path);
}

tl::expected<OAuthClient, MetadataFault> client_of_metadata(const Json& metadata) {
    OAuthClient client;
    const auto redirects = strings_member(metadata, "redirect_uris");
    if (metadata.contains("redirect_uris") && !redirects)
        return metadata_fault("invalid_redirect_uri", "redirect_uris is no list of texts.");
    client.redirect_uris = redirects.value_or(std::vector<std::string>());
    if (client.redirect_uris.size() > kMostRedirects)
        return metadata_fault("invalid_redirect_uri", "There are more than 20 redirect_uris.");
    if (!std::all_of(client.redirect_uris.begin(), client.redirect_uris.end(),
                     is_acceptable_redirect)) {
        return metadata_fault("invalid_redirect_uri",
                              "A redirect URI is https, http to 127.0.0.1, [::1] or localhost, or "
                              "has a scheme of the application's own, and no fragment.");
    }
    if (metadata.contains("client_name")) {
        const auto name = string_member(metadata, "client_name");
        if (!name || !is_shown_name(*name))
            return metadata_fault("invalid_client_metadata",
                                  "client_name is no text of at most 120 characters.");
        client.name = *name;
    }
    client.grant_types = {std::string(kCodeGrant)};
    if (metadata.contains("grant_types")) {
        const auto wanted = strings_member(metadata, "grant_types");
        client.grant_types = known_grants(wanted.value_or(std::vector<std::string>()));
        if (client.grant_types.empty())
            return metadata_fault("invalid_client_metadata",
                                  "grant_types names nothing that this server does.");
    }
    if (client.redirect_uris.empty() && client.may_use(kCodeGrant))
        return metadata_fault("invalid_redirect_uri", "redirect_uris is missing.");
    if (const auto types = strings_member(metadata, "response_types");
        metadata.contains("response_types") && client.may_use(kCodeGrant) &&
        (!types || std::find(types->begin(), types->end(), "code") == types->end())) {
        return metadata_fault("invalid_client_metadata", "response_types must have code.");
    }
    return client;
}

Result<OAuthClient> client_of_document(std::string_view id, const WebAnswer& answer) {
    if (answer.status != 200)
        return fail(Fault::invalid, "Its document was answered with status " +
                                        std::to_string(answer.status) + " instead of 200.");
    if (!is_json_type(answer.content_type))
        return fail(Fault::invalid, "Its document is not sent as application/json.");
    const auto document = strict_object(answer.body, kLongestClientDocument);
    if (!document) return fail(Fault::invalid, "Its document is no proper JSON object.");
    const Json metadata = without_nulls(*document);
    if (string_member(metadata, "client_id") != id)
        return fail(Fault::invalid, "Its document names another client_id.");
    const auto name = string_member(metadata, "client_name");
    if (!name || name->empty()) return fail(Fault::invalid, "Its document has no client_name.");
    if (metadata.contains("client_secret") || metadata.contains("client_secret_expires_at"))
        return fail(Fault::invalid, "Its document has a client_secret, which would be public.");
    if (string_member(metadata, "token_endpoint_auth_method").value_or("none") != "none")
        return fail(Fault::invalid,
                    "Its document asks for a token_endpoint_auth_method that this "
                    "server doesn't offer: it must be none.");
    auto client = client_of_metadata(metadata);
    if (!client) return fail(Fault::invalid, client.error().description);
    client->id = std::string(id);
    return *client;
}

Seconds document_life(const WebAnswer& answer) {
    constexpr Seconds shortest = 5 * kMinute;
    Seconds life = shortest;
    const std::string header = answer.cache_control.value_or("");
    for (const std::string_view piece : split(header, ',')) {
        const std::string directive = to_lower(trim(piece));
        constexpr std::string_view age = "max-age=";
        if (directive == "no-store" || directive == "no-cache") return shortest;
        if (!directive.starts_with(age)) continue;
        const char* const end = directive.data() + directive.size();
        Seconds value = 0;
        const auto [stop, problem] = std::from_chars(directive.data() + age.size(), end, value);
        if (problem == std::errc() && stop == end) life = value;
    }
    return std::clamp(life, shortest, kDay);
}

}  // namespace bm
