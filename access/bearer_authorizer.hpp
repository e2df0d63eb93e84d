#pragma once

#include <string>
#include <variant>

#include "access/access_store.hpp"
#include "access/access_urls.hpp"
#include "access/challenge.hpp"
#include "access/token_grants.hpp"
#include "repository/clock.hpp"
#include "server/authorizer.hpp"

namespace bm {

/// The token of a request as it was sent, or why there is none. Only the header counts: a token in
/// the query would end up in logs and histories.
[[nodiscard]] std::variant<std::string, Denial> bearer_token(const HttpRequest& request);

/// Judges by the tokens that this server has issued. What another process revokes is refused from
/// the next request on.
class BearerAuthorizer final : public Authorizer {
public:
    BearerAuthorizer(AccessStore& store, AccessUrls urls, Clock clock)
        : store_(store), urls_(std::move(urls)), clock_(std::move(clock)) {}

    [[nodiscard]] std::variant<Principal, HttpResponse> authorize(
        const HttpRequest& request) override;
    [[nodiscard]] HttpResponse refuse_scope(Scope needed) override;

private:
    AccessStore& store_;
    AccessUrls urls_;
    Clock clock_;
};

/// What to ask for at first: all there is to do. The user may grant less.
[[nodiscard]] std::string full_scope();
/// The challenge for a caller who lacks a scope.
[[nodiscard]] HttpResponse scope_refusal(const AccessUrls& urls, Scope needed);

}  // namespace bm
