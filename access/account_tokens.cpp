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

Result<AccountTokens::Caller> AccountTokens::caller_of(const HttpRequest& request) {
    if (foreign_ != nullptr) {
        if (auto caller = foreign_->caller_of(request); caller && caller->user) {
            Caller found;
            found.is_foreign = true;
            found.scope.write = caller->scope == Scope::write;
            found.grant.name = caller->client;
            found.grant.user = caller->user;
            found.grant.client = std::move(caller->client);
            found.grant.ends_at = parts_.now() + kGrantLife;
            return found;
        }
    }
    const auto shown = bearer_token(request);
    const auto* token = std::get_if<std::string>(&shown);
    if (token == nullptr) return fail(Fault::forbidden, "Send a token of this server.");
    const auto live = parts_.store.read(
        [&](Database& database) { return TokenGrants(database).find_live(*token, parts_.now()); });
    if (live && live->grant.user) return Caller{live->grant, live->scope};
    return fail(Fault::forbidden, "Send a token of an account of this server.");
}

std::int64_t AccountTokens::machine_of(TokenGrants& grants, const Caller& caller) const {
    if (!caller.is_foreign) return grants.root_of(caller.grant.id);
    return grants.for_openid_client(*caller.grant.user, *caller.grant.client, caller.scope,
                                    parts_.now(), *caller.grant.ends_at);
}

bool AccountTokens::is_own_command_line(const Caller& caller) const {
    if (!caller.grant.client) return false;
    if (caller.is_foreign) return !own_client_.empty() && *caller.grant.client == own_client_;
    return is_command_line_client(*caller.grant.client);
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
        const std::int64_t root = machine_of(grants, *live);
        const TokenGrant machine =
            live->is_foreign ? live->grant : grants.find(root).value_or(live->grant);
        if (!live->is_foreign) grants.end_children(root, now + kReplacedTokenLife);
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
    const auto machine = [&](Database& database) {
        TokenGrants grants(database);
        return machine_of(grants, *live);
    };
    return live->is_foreign ? parts_.store.write(machine) : parts_.store.read(machine);
}

Result<MintedToken> AccountTokens::mint_api_key(const HttpRequest& request, std::string_view name) {
    const auto live = caller_of(request);
    if (!live) return tl::unexpected(live.error());
    const TokenGrant& caller = live->grant;
    if (!is_own_command_line(*live)) {
        if (live->is_foreign && own_client_.empty()) {
            return fail(Fault::forbidden,
                        "This host does not know which client of its OpenID provider is bm. Its "
                        "administrator says so with: bm serve --openid-client ID");
        }
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
