#include "access/account_tokens.hpp"

#include <variant>

#include "access/answers.hpp"
#include "access/bearer_authorizer.hpp"
#include "access/secret.hpp"
#include "access/user_accounts.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestKeyName = 100;
/// So long a machine's earlier token lives on.
constexpr Seconds kReplacedTokenLife = kDay;

tl::unexpected<Error> too_many_tokens() {
    return fail(Fault::unavailable, "Too many keys in a short time. Try again in a minute.");
}

}  // namespace

std::vector<std::int64_t> AccountTokens::accounts() {
    const auto users =
        parts_.store.read([](Database& database) { return UserAccounts(database).all(); });
    std::vector<std::int64_t> ids;
    for (const UserAccount& user : users) ids.push_back(user.id);
    return ids;
}

std::optional<std::string> AccountTokens::name_of(std::int64_t account) {
    const auto user =
        parts_.store.read([&](Database& database) { return UserAccounts(database).find(account); });
    if (!user) return std::nullopt;
    return user->name;
}

Result<LiveToken> AccountTokens::caller_of(const HttpRequest& request) {
    const auto shown = bearer_token(request);
    const auto* token = std::get_if<std::string>(&shown);
    if (token == nullptr) return fail(Fault::forbidden, "Send a token of this server.");
    const auto live = parts_.store.read(
        [&](Database& database) { return TokenGrants(database).find_live(*token, parts_.now()); });
    if (live && live->grant.user) return *live;
    return fail(Fault::forbidden, "Send a token of an account of this server.");
}

Result<MintedToken> AccountTokens::mint_for_storage(const HttpRequest& request) {
    const auto live = caller_of(request);
    if (!live) return tl::unexpected(live.error());
    const Seconds now = parts_.now();
    if (!parts_.limits.admits(Limited::mint_of_account, std::to_string(*live->grant.user)))
        return too_many_tokens();
    MintedToken minted;
    minted.secret = new_secret(SecretKind::personal_token);
    minted.id = parts_.store.write([&](Database& database) {
        TokenGrants grants(database);
        const std::int64_t root = grants.root_of(live->grant.id);
        const TokenGrant machine = grants.find(root).value_or(live->grant);
        grants.end_children(root, now + kReplacedTokenLife);
        TokenGrant grant;
        grant.name = "files of " + machine.name;
        grant.user = machine.user;
        grant.scope = live->scope;
        grant.scope.offline = false;
        grant.project = machine.project;
        grant.resource = machine.resource;
        grant.created_at = now;
        grant.ends_at = minted.ends_at = machine.ends_at;
        const std::int64_t id = grants.add_child(grant, root);
        grants.add_token(minted.secret, id, false, grant.scope, std::nullopt);
        return id;
    });
    parts_.note(LogLevel::info, "a storage token for " + log_word(live->grant.name));
    return minted;
}

Result<std::int64_t> AccountTokens::device_for_keys(const HttpRequest& request) {
    const auto live = caller_of(request);
    if (!live) return tl::unexpected(live.error());
    if (!parts_.limits.admits(Limited::mint_of_account, std::to_string(*live->grant.user)))
        return too_many_tokens();
    parts_.note(LogLevel::info, "keys to the store for " + log_word(live->grant.name));
    return parts_.store.read(
        [&](Database& database) { return TokenGrants(database).root_of(live->grant.id); });
}

Result<MintedToken> AccountTokens::mint_api_key(const HttpRequest& request, std::string_view name) {
    const auto live = caller_of(request);
    if (!live) return tl::unexpected(live.error());
    const TokenGrant& caller = live->grant;
    if (!caller.client || !is_command_line_client(*caller.client)) {
        return fail(Fault::forbidden,
                    "Only bm itself makes keys. Log in with: bm cloud login, and make it there.");
    }
    const std::string_view shown = trim(name);
    if (shown.empty() || shown.size() > kLongestKeyName)
        return fail(Fault::invalid, "A key needs a name of 1 to 100 characters.");
    if (!parts_.limits.admits(Limited::mint_of_account, std::to_string(*caller.user)))
        return too_many_tokens();
    MintedToken minted;
    minted.secret = new_secret(SecretKind::api_key);
    TokenGrant grant;
    grant.name = std::string(shown);
    grant.user = caller.user;
    grant.scope = live->scope;
    grant.scope.offline = false;
    grant.project = caller.project;
    grant.created_at = parts_.now();
    minted.id = parts_.store.write([&](Database& database) {
        TokenGrants grants(database);
        const std::int64_t id = grants.add(grant);
        grants.add_token(minted.secret, id, false, grant.scope, std::nullopt);
        return id;
    });
    parts_.note(LogLevel::info, "an API key " + log_word(shown));
    return minted;
}

}  // namespace bm
