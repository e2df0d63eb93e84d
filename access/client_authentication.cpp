#include "access/client_authentication.hpp"

#include "access/answers.hpp"
#include "access/basic_credentials.hpp"
#include "access/client_metadata.hpp"
#include "access/secret.hpp"
#include "markdown/text.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

struct ShownCredentials {
    std::string id;
    std::optional<std::string> secret;
    bool in_header = false;
};

HttpResponse unknown_client(bool tried_basic) {
    HttpResponse answer =
        oauth_error(401, "invalid_client", "The client is unknown, or its secret is wrong.");
    if (tried_basic) answer.fields.add("WWW-Authenticate", "Basic realm=\"clients\"");
    return answer;
}

tl::expected<ShownCredentials, HttpResponse> shown_credentials(const HttpRequest& request,
                                                               const FormFields& form) {
    const auto id = form.find("client_id");
    const auto secret = form.find("client_secret");
    const std::size_t headers = request.fields.count("Authorization");
    if (headers == 0) {
        if (!id)
            return tl::unexpected(oauth_error(400, "invalid_request", "client_id is missing."));
        ShownCredentials shown{std::string(*id), std::nullopt, false};
        if (secret) shown.secret = std::string(*secret);
        return shown;
    }
    const auto basic = basic_credentials(*request.fields.find("Authorization"));
    if (headers > 1 || !basic || secret || (id && *id != basic->id))
        return tl::unexpected(oauth_error(400, "invalid_request",
                                          "Say once who the client is: in the header or here."));
    return ShownCredentials{basic->id, basic->secret, true};
}

/// Who a client id belongs to. What a document says matters at the login; here its id is enough,
/// and a stranger's server that is down must not end a connection. Hosts that were denied since do.
std::optional<OAuthClient> claimed_client(const AccessParts& parts, const std::string& id) {
    if (is_document_id(id)) {
        if (!parts.clients.admits_document(id)) return std::nullopt;
        OAuthClient client;
        client.id = id;
        return client;
    }
    const auto client = parts.clients.find(id, {Limited::document_of_peer, ""});
    return client ? std::optional<OAuthClient>(*client) : std::nullopt;
}

bool proves_itself(const OAuthClient& client, const ShownCredentials& shown) {
    if (client.auth == ClientAuth::none) return !shown.secret || shown.secret->empty();
    // Which of the two ways a confidential client registered is not worth a failed login.
    return client.secret && shown.secret && is_secret(SecretKind::client_secret, *shown.secret) &&
           equal_in_constant_time(secret_digest(*shown.secret), *client.secret);
}

}  // namespace

tl::expected<ClientForm, HttpResponse> client_form(const AccessParts& parts,
                                                   const HttpRequest& request) {
    if (!has_media_type(request, "application/x-www-form-urlencoded"))
        return tl::unexpected(oauth_error(400, "invalid_request",
                                          "The body must be application/x-www-form-urlencoded."));
    auto form = parse_form(request.body);
    if (!form) return tl::unexpected(oauth_error(400, "invalid_request", form.error().message));
    const auto shown = shown_credentials(request, *form);
    if (!shown) return tl::unexpected(shown.error());
    const auto client = claimed_client(parts, shown->id);
    if (!client || !proves_itself(*client, *shown))
        return tl::unexpected(unknown_client(shown->in_header));
    return ClientForm{std::move(*form), *client};
}

}  // namespace bm
