#include <nlohmann/json.hpp>

#include "access/configured_clients.hpp"
#include "cli/access_data.hpp"
#include "cli/client_commands.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"

namespace bm {

namespace {

Json client_json(const OAuthClient& client) {
    return {{"client_id", client.id},
            {"name", client.name},
            {"redirect_uris", client.redirect_uris},
            {"grant_types", client.grant_types},
            {"confidential", client.auth != ClientAuth::none}};
}

std::string in_one_cell(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
    return all.empty() ? "(none)" : all;
}

}  // namespace

int run_client_add(Application& application, const ClientAddCommand& command) {
    Terminal& terminal = application.terminal();
    const auto file = access_file(application, command.host_data);
    if (!file) return fail_command(application, file.error().message);
    AccessStore store(*file);
    const auto made = add_configured_client(
        store, {command.name, command.redirect_uris, command.secret, command.device},
        seconds_of(system_now()));
    if (!made) return fail_command(application, made.error().message);
    if (command.json) {
        Json object = client_json(made->client);
        if (made->secret) object["client_secret"] = *made->secret;
        terminal.line(object.dump(2, ' ', true));
        return 0;
    }
    terminal.line("Client id: " + made->client.id);
    if (!made->secret) {
        terminal.error(
            "It has no secret: the program proves itself by what it began the login "
            "with.");
        return 0;
    }
    terminal.line("Secret:    " + *made->secret);
    terminal.error("The secret is shown this once; what is stored is its digest.");
    return 0;
}

int run_client_list(Application& application, const ClientCommand& command) {
    const auto file = access_file(application, command.host_data);
    if (!file) return fail_command(application, file.error().message);
    AccessStore store(*file);
    const auto clients = all_clients(store);
    if (command.json) {
        Json list = Json::array();
        for (const RegisteredClient& each : clients) {
            Json object = client_json(each.client);
            object["kind"] = each.is_configured ? "configured" : "registered";
            object["created_at"] = moment_json(each.created_at);
            object["last_used_at"] = moment_json(each.used_at);
            list.push_back(std::move(object));
        }
        application.terminal().line(Json{{"clients", std::move(list)}}.dump(2, ' ', true));
        return 0;
    }
    if (clients.empty()) {
        application.terminal().line(
            "There are no clients. Most register themselves; for one that asks for an id: bm "
            "client add NAME --redirect URI");
        return 0;
    }
    Terminal::Table table{
        "", {"Id", "Name", "Made by", "Secret", "Redirects", "Created", "Last login"}, {}};
    for (const RegisteredClient& each : clients) {
        table.rows.push_back({each.client.id, each.client.name,
                              each.is_configured ? "you" : "itself",
                              each.client.auth == ClientAuth::none ? "none" : "yes",
                              in_one_cell(each.client.redirect_uris), day_of(each.created_at, ""),
                              day_of(each.used_at, "never")});
    }
    application.terminal().table(table);
    return 0;
}

int run_client_remove(Application& application, const ClientCommand& command) {
    const auto file = access_file(application, command.host_data);
    if (!file) return fail_command(application, file.error().message);
    AccessStore store(*file);
    const auto removed = remove_client(store, command.id_or_name);
    if (!removed) return fail_command(application, removed.error().message);
    if (command.json) {
        print_change(application,
                     {{"client_id", removed->id}, {"name", removed->name}, {"removed", true}});
        return 0;
    }
    application.terminal().line(
        "Removed client " + printable(removed->id) +
        (removed->name.empty() ? "" : " '" + printable(removed->name) + "'") +
        "; its tokens open nothing any more");
    return 0;
}

}  // namespace bm
