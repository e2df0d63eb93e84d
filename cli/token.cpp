#include <nlohmann/json.hpp>

#include "access/personal_tokens.hpp"
#include "access/user_accounts.hpp"
#include "cli/access_data.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"

namespace bm {

namespace {

std::string holder_of(const TokenGrant& grant, const std::vector<UserAccount>& users) {
    if (!grant.user) return "personal token";
    for (const UserAccount& user : users) {
        if (user.id == grant.user) return user.name;
    }
    return "-";
}

Json grant_json(const TokenGrant& grant, const std::vector<UserAccount>& users) {
    return {{"id", grant.id},
            {"name", grant.name},
            {"kind", grant.client ? "client" : "personal"},
            {"user", grant.user ? Json(holder_of(grant, users)) : Json(nullptr)},
            {"client_id", grant.client ? Json(*grant.client) : Json(nullptr)},
            {"scope", grant.scope.text()},
            {"project", grant.project ? Json(*grant.project) : Json(nullptr)},
            {"created_at", moment_json(grant.created_at)},
            {"last_used_at", moment_json(grant.used_at)},
            {"expires_at", moment_json(grant.ends_at)}};
}

std::optional<std::string> scope_fault(const std::string& text) {
    for (const auto& word : {"notes:read", "notes:write", "notes:read notes:write"}) {
        if (text == word) return std::nullopt;
    }
    return "'" + text + "' is no scope. There are notes:read and notes:write.";
}

}  // namespace

int run_token_create(Application& application, const TokenCreateCommand& command) {
    Terminal& terminal = application.terminal();
    const auto refused = [&](const std::string& message) {
        fail_command(application, message);
        return kExitUsage;
    };
    if (const auto fault = scope_fault(command.scope)) return refused(*fault);
    const auto lifetime = token_lifetime(command.expires);
    if (!lifetime) return refused(lifetime.error().message);
    PersonalTokenWish wish{command.name, *ScopeSet::parse(command.scope), std::nullopt, *lifetime};
    if (command.project) {
        const auto project = chosen_project(application, command.project);
        if (!project) return kExitFailure;
        wish.project = project->name.str();
    }
    AccessStore store(application.directory().access());
    const PersonalToken token = create_personal_token(store, wish, seconds_of(system_now()));
    if (command.json) {
        Json object = grant_json(token.grant, {});
        object["token"] = token.secret;
        terminal.line(object.dump(2, ' ', true));
        return 0;
    }
    terminal.line(token.secret);
    terminal.error("Token " + std::to_string(token.grant.id) + " may " +
                   (wish.scope.write ? "read and change" : "read") + " notes" +
                   (wish.project ? " of project '" + *wish.project + "'" : "") + "; " +
                   (token.grant.ends_at ? "it expires on " + day_of(token.grant.ends_at, "") + "."
                                        : "it never expires."));
    terminal.error("It is shown this once. Clients send it as: Authorization: Bearer TOKEN");
    return 0;
}

int run_token_list(Application& application, const TokenCommand& command) {
    const auto file = access_file(application, command.host_data);
    if (!file) return fail_command(application, file.error().message);
    AccessStore store(*file);
    const auto [grants, users] = store.read([](Database& database) {
        return std::pair(TokenGrants(database).all(), UserAccounts(database).all());
    });
    if (command.json) {
        Json list = Json::array();
        for (const TokenGrant& grant : grants) list.push_back(grant_json(grant, users));
        application.terminal().line(Json{{"tokens", std::move(list)}}.dump(2, ' ', true));
        return 0;
    }
    if (grants.empty()) {
        application.terminal().line(command.host_data
                                        ? "There are no tokens."
                                        : "There are no tokens. Make one: bm token create --name "
                                          "NAME");
        return 0;
    }
    Terminal::Table table{
        "", {"Id", "Name", "Of", "Scope", "Project", "Created", "Last used", "Expires"}, {}};
    for (const TokenGrant& grant : grants) {
        table.rows.push_back({std::to_string(grant.id), grant.name, holder_of(grant, users),
                              grant.scope.write ? "read, write" : "read",
                              grant.project.value_or("all"), day_of(grant.created_at, ""),
                              day_of(grant.used_at, "never"), day_of(grant.ends_at, "never")});
    }
    application.terminal().table(table);
    return 0;
}

int run_token_revoke(Application& application, const TokenCommand& command) {
    const auto file = access_file(application, command.host_data);
    if (!file) return fail_command(application, file.error().message);
    AccessStore store(*file);
    const auto revoked = revoke_grant(store, command.id_or_name);
    if (!revoked) return fail_command(application, revoked.error().message);
    if (command.json) {
        print_change(application, {{"id", static_cast<std::int64_t>(revoked->id)},
                                   {"name", revoked->name},
                                   {"revoked", true}});
        return 0;
    }
    application.terminal().line("Revoked token " + std::to_string(revoked->id) +
                                (revoked->name.empty() ? "" : " '" + revoked->name + "'"));
    return 0;
}

}  // namespace bm
