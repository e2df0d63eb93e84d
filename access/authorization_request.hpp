#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "access/access_parts.hpp"
#include "access/oauth_client.hpp"
#include "access/scope_set.hpp"

namespace bm {

/// What a client asks of the user (OAuth 2.1, 4.1.1): checked, so that only his word is missing.
struct AuthorizationRequest {
    OAuthClient client;
    std::string redirect_uri;
    std::string challenge;
    ScopeSet scope;
    std::optional<std::string> state;
    std::string resource;
    bool forbids_questions = false;  ///< `prompt=none`
    bool wants_consent = false;      ///< `prompt` names consent, login or select_account
};

/// Nothing may be sent anywhere: who asks, or where the answer should go, is not known.
struct UntrustedRequest {
    int status = 400;
    std::string message;
};

/// The client is told at its redirect URI.
struct FaultyRequest {
    std::string client;
    std::string redirect_uri;
    std::optional<std::string> state;
    std::string error;
    std::string description;
};

[[nodiscard]] std::variant<AuthorizationRequest, UntrustedRequest, FaultyRequest>
read_authorization_request(const AccessParts& parts, std::string_view query,
                           const ClientSeeker& seeker);

/// Whether a client wants nobody to be asked (prompt=none).
[[nodiscard]] bool forbids_questions(std::string_view query);
/// Whether the request is of a client that a document describes which would have to be fetched.
[[nodiscard]] bool names_unknown_document(const AccessParts& parts, std::string_view query);

/// The redirect with these parameters, each once, and `iss` (RFC 9207).
[[nodiscard]] HttpResponse redirect_answer(
    const AccessUrls& urls, const std::string& redirect_uri,
    const std::optional<std::string>& state,
    const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace bm
