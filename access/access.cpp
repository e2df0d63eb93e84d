#include "access/access.hpp"

#include "access/access_routes.hpp"
#include "access/access_sweep.hpp"
#include "access/bearer_authorizer.hpp"
#include "access/foreign_issuer.hpp"
#include "access/openid_subjects.hpp"
#include "access/owner_setup.hpp"
#include "access/url_parts.hpp"

namespace bm {

namespace {

std::unique_ptr<ForeignIssuer> foreign_issuer(const AccessOptions& options, Authorizer& own,
                                              const AccessParts& parts, WebClient& web) {
    if (!options.foreign_issuer) return nullptr;
    const ForeignIssuerOptions& foreign = *options.foreign_issuer;
    const std::string audience = foreign.audience.empty() ? parts.urls.resource : foreign.audience;
    return std::make_unique<ForeignIssuer>(own, parts.urls, foreign.issuer, audience, web,
                                           options.clock,
                                           foreign.needs_account ? &parts.store : nullptr);
}

}  // namespace

/// In the order in which each needs those above it.
struct Access::Parts {
    Parts(AccessOptions& options, AccessUrls urls)
        : web(options.web ? options.web : std::shared_ptr<WebClient>(make_web_client())),
          // Whom the administrator names may live in a house network; whom strangers name may not.
          issuer_web(options.web ? std::move(options.web)
                                 : std::shared_ptr<WebClient>(make_web_client(
                                       {.certificate_file = std::move(options.issuer_certificates),
                                        .allows_special_addresses = true}))),
          store(options.file),
          limits(options.steady_clock),
          hasher(options.password_cost),
          clients(store, *web, limits, options.clock, std::move(options.document_hosts),
                  options.log),
          shared{std::move(urls), store, clients, limits, hasher, options.clock, options.log},
          own(store, shared.urls, options.clock),
          foreign(foreign_issuer(options, own, shared, *issuer_web)),
          tokens(shared, foreign.get(),
                 options.foreign_issuer ? options.foreign_issuer->own_client : std::string()),
          sweeper(store, options.clock, options.steady_clock, options.log),
          routes(shared, sweeper,
                 options.foreign_issuer ? options.foreign_issuer->issuer : shared.urls.issuer) {
        if (!options.foreign_issuer) {
            setup_link = new_setup_link(store, shared.urls, shared.now());
        } else if (options.foreign_issuer->needs_account) {
            store.write([&](Database& database) {
                OpenIdSubjects(database).remember_issuer(options.foreign_issuer->issuer);
                return true;
            });
        }
        sweeper.begin();
    }

    std::shared_ptr<WebClient> web;
    std::shared_ptr<WebClient> issuer_web;
    AccessStore store;
    AccessLimits limits;
    PasswordHasher hasher;
    ClientDirectory clients;
    AccessParts shared;
    BearerAuthorizer own;
    std::unique_ptr<ForeignIssuer> foreign;
    AccountTokens tokens;
    AccessSweep sweeper;
    AccessRoutes routes;
    std::optional<std::string> setup_link;
};

Result<std::unique_ptr<Access>> Access::open(AccessOptions options) {
    auto urls =
        AccessUrls::from(options.public_url, options.resource_path, options.allows_plain_http);
    if (!urls) return tl::unexpected(urls.error());
    if (options.foreign_issuer) {
        const std::string& issuer = options.foreign_issuer->issuer;
        const auto url = url_parts(issuer);
        if (!url || url->scheme != "https" || url->has_fragment || url->query || url->has_user)
            return fail(Fault::invalid,
                        "The issuer '" + issuer + "' is no address such as https://login.example.");
    }
    return std::unique_ptr<Access>(new Access(std::make_unique<Parts>(options, std::move(*urls))));
}

Access::Access(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Access::~Access() = default;

Authorizer& Access::authorizer() noexcept {
    if (parts_->foreign) return *parts_->foreign;
    return parts_->own;
}

HttpHandler& Access::handler() noexcept { return parts_->routes; }

AccountTokens& Access::account_tokens() noexcept { return parts_->tokens; }

const std::string& Access::origin() const noexcept { return parts_->shared.urls.issuer; }

const std::optional<std::string>& Access::setup_link() const noexcept { return parts_->setup_link; }

}  // namespace bm
