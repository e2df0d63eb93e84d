#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "access/access_store.hpp"
#include "access/oauth_client.hpp"

namespace bm {

/// One of them, and what is known of it besides.
struct RegisteredClient {
    OAuthClient client;
    bool is_configured = false;  ///< by the administrator
    Seconds created_at = 0;
    std::optional<Seconds> used_at;  ///< when a login ended last
};

/// Clients that registered themselves or were set up by the administrator. Works on the connection
/// it is given.
class RegisteredClients {
public:
    explicit RegisteredClients(Database& database) : database_(database) {}

    void add(const OAuthClient& client, bool configured, Seconds now);
    [[nodiscard]] std::optional<OAuthClient> find(std::string_view id);
    /// The oldest first.
    [[nodiscard]] std::vector<RegisteredClient> all();
    /// Notes that a login with this client succeeded.
    void touch(std::string_view id, Seconds now);
    /// Of those that registered themselves and never finished a login, only the `most` newest stay.
    void make_room(std::int64_t most);
    bool remove(std::string_view id);

private:
    Database& database_;
};

}  // namespace bm
