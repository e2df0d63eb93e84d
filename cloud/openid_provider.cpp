#include "cloud/openid_provider.hpp"

#include <array>

#include "cloud/json_members.hpp"

namespace bm {

namespace {

using ProviderJson = nlohmann::json;

constexpr std::size_t kLongestDocument = 256 * std::size_t{1024};

CloudResult<ProviderJson> document_at(HttpClient& http, const std::string& url) {
    const auto answer = http.send({.url = url,
                                   .headers = {{"Accept", "application/json"}},
                                   .timeout = std::chrono::seconds(10),
                                   .most_bytes = kLongestDocument});
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != 200) return ProviderJson();
    return ProviderJson::parse(answer->body, nullptr, false);
}

std::string bare(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

bool is_encrypted(const std::string& url) { return url.starts_with("https://"); }

tl::unexpected<CloudFailure> useless(std::string sentence, std::string hint = {}) {
    return cloud_fail(CloudFault::not_authenticated, std::move(sentence), std::move(hint));
}

/// What the provider says about itself; null where none of its documents is its own.
CloudResult<ProviderJson> provider_document(HttpClient& http, const std::string& issuer) {
    const std::string base = bare(issuer);
    const std::string origin = url_origin(base);
    const std::array<std::string, 2> places{
        base + "/.well-known/openid-configuration",
        origin + "/.well-known/oauth-authorization-server" + base.substr(origin.size())};
    for (const std::string& place : places) {
        auto document = document_at(http, place);
        if (!document) return document;
        if (text_member(*document, "issuer") == issuer) return document;
    }
    return ProviderJson();
}

}  // namespace

CloudResult<std::optional<OpenIdProvider>> find_openid_provider(HttpClient& http,
                                                                const std::string& host) {
    const auto metadata = document_at(http, host + "/.well-known/oauth-protected-resource/mcp");
    // Whoever cannot be asked is not logged in to either, and the login says so.
    if (!metadata) return std::nullopt;
    const ProviderJson& issuers = json_member(*metadata, "authorization_servers");
    if (!issuers.is_array() || issuers.empty() || !issuers.front().is_string()) return std::nullopt;
    const auto issuer = issuers.front().get<std::string>();
    OpenIdProvider provider;
    provider.issuer = bare(issuer);
    provider.resource = text_member(*metadata, "resource");
    const std::string own = url_origin(provider.resource);
    if (provider.issuer == host || provider.issuer == own) return std::nullopt;
    // A token for one host must not be fetched in the name of another.
    if (own != host) {
        return useless(host + " says that its tokens are for " +
                           (own.empty() ? std::string("nobody") : own) +
                           ", so nobody logs in there.",
                       "If that is your host, run: bm cloud login --host " + own);
    }
    if (!is_encrypted(issuer)) return useless("The OpenID provider " + issuer + " has no https.");
    const auto document = provider_document(http, issuer);
    if (!document) return tl::unexpected(document.error());
    if (document->is_null()) {
        return useless(host + " takes the tokens of " + issuer +
                       ", which is no OpenID provider: nothing at its address says so.");
    }
    provider.device_endpoint = text_member(*document, "device_authorization_endpoint");
    provider.token_endpoint = text_member(*document, "token_endpoint");
    if (!is_encrypted(provider.device_endpoint) || !is_encrypted(provider.token_endpoint)) {
        return useless("The OpenID provider " + issuer +
                           " offers no login by a device code (device_authorization_endpoint).",
                       "An API key of the host does instead: bm cloud api-key save KEY");
    }
    return provider;
}

}  // namespace bm
