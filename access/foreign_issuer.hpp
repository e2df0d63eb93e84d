#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "access/access_store.hpp"
#include "access/access_urls.hpp"
#include "access/key_set.hpp"
#include "server/authorizer.hpp"

namespace bm {

/// Who shows a token of an OpenID provider.
struct ForeignCaller {
    std::string subject;  ///< whom the provider calls so
    std::string client;   ///< the program that was let in there; `-` where no claim tells
    Scope scope = Scope::read;
    std::optional<std::int64_t> user = {};  ///< the account of the subject, where there are such
};

/// Judges by the tokens of an OpenID provider (RFC 9068): issuer, audience, time and signature.
/// What carries one of our own prefixes is for `own`, so that personal tokens work beside it.
class ForeignIssuer final : public Authorizer {
public:
    /// With `accounts`, only subjects come in that have an account there.
    ForeignIssuer(Authorizer& own, AccessUrls urls, std::string issuer, std::string audience,
                  WebClient& web, Clock clock, AccessStore* accounts = nullptr);

    [[nodiscard]] std::variant<Principal, HttpResponse> authorize(
        const HttpRequest& request) override;
    [[nodiscard]] HttpResponse refuse_scope(Scope needed) override;
    /// None where the request shows no token of the provider, or one that opens nothing.
    [[nodiscard]] std::optional<ForeignCaller> caller_of(const HttpRequest& request);

private:
    [[nodiscard]] std::variant<ForeignCaller, HttpResponse> judged(std::string_view text);
    [[nodiscard]] std::variant<ForeignCaller, HttpResponse> with_account(ForeignCaller caller);

    Authorizer& own_;
    AccessUrls urls_;
    std::string issuer_;
    std::string audience_;
    Clock clock_;
    AccessStore* accounts_;
    KeySet keys_;
};

}  // namespace bm
