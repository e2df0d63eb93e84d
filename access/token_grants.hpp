#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/access_store.hpp"
#include "access/scope_set.hpp"

namespace bm {

/// What somebody may do, until it ends or is revoked. A personal token is a grant of its own; of
/// one login of a client descend many tokens.
struct TokenGrant {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::int64_t> user;
    std::optional<std::string> client;  ///< none: a personal token
    ScopeSet scope;
    std::optional<std::string> project;
    std::optional<std::string> resource;  ///< none: any endpoint of this server
    Seconds created_at = 0;
    std::optional<Seconds> ends_at;
    std::optional<Seconds> used_at;

    /// Never empty, the same for every request of one user with one client, and never of anybody
    /// else.
    [[nodiscard]] std::string principal() const;
};

/// A token that opens something now.
struct LiveToken {
    TokenGrant grant;
    ScopeSet scope;  ///< may be narrower than the grant's
};

constexpr Seconds kAccessTokenLife = kHour;
constexpr Seconds kRefreshTokenLife = 30 * kDay;  ///< begins anew with each use
constexpr Seconds kGrantLife = 180 * kDay;
/// So long a retired refresh token is taken again, so many times: answers get lost, and processes
/// of one client wake up together.
constexpr Seconds kRefreshGrace = 30;
constexpr int kRefreshSiblings = 8;

/// Grants and their tokens. Works on the connection it is given.
class TokenGrants {
public:
    explicit TokenGrants(Database& database) : database_(database) {}

    /// Stores all but the id, which it returns.
    std::int64_t add(const TokenGrant& grant);
    /// The same, as something that the grant `parent` asked for: it goes when that one goes.
    std::int64_t add_child(const TokenGrant& grant, std::int64_t parent);
    /// The grant of this account for what that client of a provider asks for: the one that there
    /// is, or a new one. It lasts until `ends_at` at least, and has no tokens of its own.
    std::int64_t for_openid_client(std::int64_t user, const std::string& client, ScopeSet scope,
                                   Seconds now, Seconds ends_at);
    /// The one that asked for this grant; itself where nobody did.
    [[nodiscard]] std::int64_t root_of(std::int64_t id);
    /// Those that `parent` asked for end by then.
    void end_children(std::int64_t parent, Seconds at);
    [[nodiscard]] std::optional<TokenGrant> find(std::int64_t id);
    [[nodiscard]] std::vector<TokenGrant> all();
    /// Revokes all tokens of it, what its user lets its client do without being asked, and what
    /// that client has not turned into tokens yet. False when there is none.
    bool remove(std::int64_t id);
    /// Codes and devices that this user has approved give no tokens any more.
    void remove_pending(std::int64_t user);

    void add_token(std::string_view secret, std::int64_t grant, bool refreshes, ScopeSet scope,
                   std::optional<Seconds> expires_at);
    /// By an access or personal token.
    [[nodiscard]] std::optional<LiveToken> find_live(std::string_view secret, Seconds now);
    /// By any token of it, whatever its state.
    [[nodiscard]] std::optional<TokenGrant> find_by_token(std::string_view secret);
    /// Notes when a grant was used.
    void touch(const TokenGrant& grant, Seconds now);

    struct Spent {};  ///< used before: whoever shows it again may be a thief
    struct Dead {};   ///< unknown or expired
    /// Takes a refresh token of that client out of use. `Spent` has revoked the whole grant.
    std::variant<LiveToken, Spent, Dead> retire(std::string_view secret, std::string_view client,
                                                Seconds now);
    /// RFC 7009: a refresh token takes its grant along, an access token only itself. Nothing
    /// happens to tokens of other clients.
    void revoke(std::string_view secret, std::string_view client);

private:
    Database& database_;
};

}  // namespace bm
