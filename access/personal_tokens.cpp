#include "access/personal_tokens.hpp"

#include <charconv>

#include "access/secret.hpp"

namespace bm {

namespace {

constexpr Seconds kLongestLifetime = 3650 * kDay;

Seconds unit_of(char letter) noexcept {
    if (letter == 'h') return kHour;
    if (letter == 'd') return kDay;
    return letter == 'w' ? 7 * kDay : 0;
}

}  // namespace

Result<std::optional<Seconds>> token_lifetime(std::string_view text) {
    if (text == "never") return std::optional<Seconds>();
    Seconds count = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, count);
    const Seconds unit = stop != end && stop + 1 == end ? unit_of(*stop) : 0;
    if (problem != std::errc() || unit == 0 || count <= 0 || count > kLongestLifetime / unit)
        return fail(Fault::invalid, "'" + std::string(text) +
                                        "' is no lifetime. Say 12h, 90d, 4w (at most ten years) "
                                        "or never.");
    return std::optional<Seconds>(count * unit);
}

PersonalToken create_personal_token(AccessStore& store, const PersonalTokenWish& wish,
                                    Seconds now) {
    PersonalToken token;
    token.secret = new_secret(SecretKind::personal_token);
    token.grant.name = wish.name;
    token.grant.scope = wish.scope;
    token.grant.project = wish.project;
    token.grant.created_at = now;
    if (wish.lifetime) token.grant.ends_at = now + *wish.lifetime;
    token.grant.id = store.write([&](Database& database) {
        TokenGrants grants(database);
        const std::int64_t id = grants.add(token.grant);
        grants.add_token(token.secret, id, false, wish.scope, token.grant.ends_at);
        return id;
    });
    return token;
}

Result<TokenGrant> revoke_grant(AccessStore& store, std::string_view id_or_name) {
    return store.write([&](Database& database) -> Result<TokenGrant> {
        TokenGrants grants(database);
        std::optional<TokenGrant> found;
        bool has_several = false;
        if (id_or_name.empty()) return fail(Fault::invalid, "Say which token: bm token list");
        for (const TokenGrant& grant : grants.all()) {
            if (std::to_string(grant.id) == id_or_name) {
                grants.remove(grant.id);
                return grant;
            }
            if (grant.name != id_or_name) continue;
            // Clients choose their names: none hides a token that was made by hand.
            if (found && !found->client && grant.client) continue;
            has_several = found && found->client.has_value() == grant.client.has_value();
            found = grant;
        }
        const std::string named = "'" + std::string(id_or_name) + "'";
        if (has_several)
            return fail(Fault::ambiguous, "Several tokens are called " + named +
                                              ". Name the one by its number: bm token list");
        if (!found)
            return fail(Fault::not_found,
                        "There is no token " + named + ". See what there is: bm token list");
        grants.remove(found->id);
        return *found;
    });
}

}  // namespace bm
