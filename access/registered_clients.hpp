#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "access/access_store.hpp"
#include "access/oauth_client.hpp"

namespace bm {

/// Clients that registered themselves or were set up by the administrator. Works on the connection
/// it is given.
class RegisteredClients {
public:
    explicit RegisteredClients(Database& database) : database_(database) {}

    void add(const OAuthClient& client, bool configured, Seconds now);
    [[nodiscard]] std::optional<OAuthClient> find(std::string_view id);
    /// Notes that a login with this client succeeded.
    void touch(std::string_view id, Seconds now);
    /// Of those that registered themselves and never finished a login, only the `most` newest stay.
    void make_room(std::int64_t most);
    bool remove(std::string_view id);

private:
    Database& database_;
};

}  // namespace bm
