#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_parts.hpp"
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
    explicit AccountTokens(const AccessParts& parts) : parts_(parts) {}

    /// In the order in which they were made.
    [[nodiscard]] std::vector<std::int64_t> accounts();
    [[nodiscard]] std::optional<std::string> name_of(std::int64_t account);

    /// A token for the storage program of the machine that sent the request. It goes with the login
    /// of that machine. The one that the machine had before lives for another day, so that a
    /// program that is running can end. Fault::forbidden where the caller's token is none of ours,
    /// Fault::unavailable when too many are made.
    [[nodiscard]] Result<MintedToken> mint_for_storage(const HttpRequest& request);

    /// The number of the login of the machine that sent the request, which asks for keys to
    /// another store. Faults as above; counts as one that is made.
    [[nodiscard]] Result<std::int64_t> device_for_keys(const HttpRequest& request);

    /// A key that never ends and may do what the caller may, until somebody revokes it. Only a
    /// person at our own command line makes one: what another client was let in for ends with its
    /// grant, and so does what a key or a storage token opens. Fault::forbidden for those,
    /// Fault::invalid for a name that is empty or too long, Fault::unavailable when too many are
    /// made.
    [[nodiscard]] Result<MintedToken> mint_api_key(const HttpRequest& request,
                                                   std::string_view name);

private:
    [[nodiscard]] Result<LiveToken> caller_of(const HttpRequest& request);

    const AccessParts& parts_;
};

}  // namespace bm
