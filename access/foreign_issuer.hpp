#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "access/access_urls.hpp"
#include "access/key_set.hpp"
#include "server/authorizer.hpp"

namespace bm {

/// Judges by the tokens of an OpenID provider (RFC 9068): issuer, audience, time and signature.
/// What carries one of our own prefixes is for `own`, so that personal tokens work beside it.
class ForeignIssuer final : public Authorizer {
public:
    ForeignIssuer(Authorizer& own, AccessUrls urls, std::string issuer, std::string audience,
                  WebClient& web, Clock clock);

    [[nodiscard]] std::variant<Principal, HttpResponse> authorize(
        const HttpRequest& request) override;
    [[nodiscard]] HttpResponse refuse_scope(Scope needed) override;

private:
    [[nodiscard]] std::variant<Principal, HttpResponse> judged(std::string_view text);

    Authorizer& own_;
    AccessUrls urls_;
    std::string issuer_;
    std::string audience_;
    Clock clock_;
    KeySet keys_;
};

}  // namespace bm
