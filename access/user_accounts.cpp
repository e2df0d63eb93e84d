#include "access/user_accounts.hpp"

#include <algorithm>

#include "access/token_grants.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

UserAccount user_account(const Query& query) {
    return {query.integer(0), query.string(1), query.string(2), query.integer(3)};
}

constexpr std::string_view kSelectUser = "SELECT id, name, password, created_at FROM user ";

}  // namespace

std::string user_name_fault(std::string_view name) {
    const std::string key = user_name_key(name);
    const bool is_plain = std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-' || c == '@';
    });
    if (key.empty() || key.size() > kLongestUserName || !is_plain)
        return "A user name has 1 to 64 letters, digits and . _ - @.";
    return {};
}

std::string user_name_key(std::string_view name) { return to_lower(trim(name)); }

std::optional<std::int64_t> UserAccounts::add(std::string_view name, std::string_view password,
                                              Seconds now) {
    auto statement = database_.prepare(
        "INSERT INTO user (name, password, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    statement.run().bind(user_name_key(name)).bind(password).bind(now).done();
    if (database_.changes() == 0) return std::nullopt;
    return database_.last_insert_id();
}

std::optional<UserAccount> UserAccounts::find(std::string_view name) {
    auto statement = database_.prepare(std::string(kSelectUser) + "WHERE name = ?");
    auto query = statement.run();
    if (!query.bind(user_name_key(name)).step()) return std::nullopt;
    return user_account(query);
}

std::optional<UserAccount> UserAccounts::find(std::int64_t id) {
    auto statement = database_.prepare(std::string(kSelectUser) + "WHERE id = ?");
    auto query = statement.run();
    if (!query.bind(id).step()) return std::nullopt;
    return user_account(query);
}

std::vector<UserAccount> UserAccounts::all() {
    std::vector<UserAccount> accounts;
    auto statement = database_.prepare(std::string(kSelectUser) + "ORDER BY id");
    auto query = statement.run();
    while (query.step()) accounts.push_back(user_account(query));
    return accounts;
}

bool UserAccounts::is_empty() {
    auto statement = database_.prepare("SELECT 1 FROM user LIMIT 1");
    return !statement.run().step();
}

void UserAccounts::set_password(std::int64_t id, std::string_view password, bool ends_logins) {
    auto update = database_.prepare("UPDATE user SET password = ? WHERE id = ?");
    update.run().bind(password).bind(id).done();
    if (!ends_logins) return;
    auto end = database_.prepare("DELETE FROM login WHERE user_id = ?");
    end.run().bind(id).done();
    TokenGrants(database_).remove_pending(id);
}

bool UserAccounts::remove(std::string_view name) {
    auto statement = database_.prepare("DELETE FROM user WHERE name = ?");
    statement.run().bind(user_name_key(name)).done();
    return database_.changes() > 0;
}

}  // namespace bm
