#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_store.hpp"
#include "access/registered_clients.hpp"
#include "markdown/result.hpp"

namespace bm {

/// A client that whoever runs the server sets up, for programs that ask for an id (and a secret)
/// instead of registering themselves. It stays, used or not, until it is removed.
struct ConfiguredClientWish {
    std::string name;
    std::vector<std::string> redirect_uris;
    bool is_confidential = false;  ///< has a secret
    bool is_device = false;        ///< may ask for a code that is typed elsewhere
};

struct ConfiguredClient {
    OAuthClient client;
    std::optional<std::string> secret;  ///< shown this once: what is stored is its digest
};

/// Faults: invalid, with what is wrong about a name or a redirect URI.
[[nodiscard]] Result<ConfiguredClient> add_configured_client(AccessStore& store,
                                                             const ConfiguredClientWish& wish,
                                                             Seconds now);

/// Those that registered themselves, too.
[[nodiscard]] std::vector<RegisteredClient> all_clients(AccessStore& store);

/// With all that it was given: tokens, consents and codes. By its id, or by a name that no other
/// has. Faults: not_found, ambiguous.
[[nodiscard]] Result<OAuthClient> remove_client(AccessStore& store, std::string_view id_or_name);

}  // namespace bm
