#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_parts.hpp"
#include "access/foreign_issuer.hpp"
#include "access/token_grants.hpp"
#include "markdown/result.hpp"
#include "server/authorizer.hpp"

namespace bm {

/// A token that was made for somebody who had one already.
struct MintedToken {
    std::int64_t id = 0;
    std::string secret;  ///< shown once; only its digest is stored
    std::optional<Seconds> ends_at;
};

/// Accounts, and the tokens that they make for their programs. Safe to use from several threads.
class AccountTokens {
public:
    /// `foreign` judges the tokens of an OpenID provider, where there is one; `own_client` is our
    /// own command line as that one has registered it, empty where nobody has said.
    explicit AccountTokens(const AccessParts& parts, ForeignIssuer* foreign = nullptr,
                           std::string own_client = {})
        : parts_(parts), foreign_(foreign), own_client_(std::move(own_client)) {}

    /// In the order in which they were made.
    [[nodiscard]] std::vector<std::int64_t> accounts();
    [[nodiscard]] std::optional<std::string> name_of(std::int64_t account);

    /// A token for the storage program of the machine that sent the request. It goes with the login
    /// of that machine. The one that the machine had before lives for another day, so that a
    /// program that is running can end. The tokens of a provider do not tell machines apart: what
    /// was made with one belongs to the client, lasts 180 days, and ends nothing before it.
    /// Fault::forbidden where the caller's token belongs to no account, Fault::unavailable when too
    /// many are made.
    [[nodiscard]] Result<MintedToken> mint_for_storage(const HttpRequest& request);

    /// The number of the login of the machine that sent the request, which asks for keys to
    /// another store; with a provider's token that of the account and its client. Faults as above;
    /// counts as one that is made.
    [[nodiscard]] Result<std::int64_t> device_for_keys(const HttpRequest& request);

    /// A key that never ends and may do what the caller may, until somebody revokes it. Only a
    /// person at our own command line makes one: what another client was let in for ends with its
    /// grant, and so does what a key or a storage token opens. Fault::forbidden for those,
    /// Fault::invalid for a name that is empty or too long, Fault::unavailable when too many are
    /// made.
    [[nodiscard]] Result<MintedToken> mint_api_key(const HttpRequest& request,
                                                   std::string_view name);

private:
    /// Whose account a request is sent for, and with what.
    struct Caller {
        TokenGrant grant;  ///< as the one that a login has; without a number for a provider's token
        ScopeSet scope;
        bool is_foreign = false;
    };
    [[nodiscard]] Result<Caller> caller_of(const HttpRequest& request);
    [[nodiscard]] bool is_own_command_line(const Caller& caller) const;
    /// The grant that goes with the caller's machine. A transaction is open.
    [[nodiscard]] std::int64_t machine_of(TokenGrants& grants, const Caller& caller) const;

    const AccessParts& parts_;
    ForeignIssuer* foreign_;
    std::string own_client_;
};

}  // namespace bm
