#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command_tree.hpp"
#include "cli/commands.hpp"

namespace bm {

namespace {

/// A command with one word behind it.
void add_named(CLI::App& group, const CommandMaker& maker, const std::string& command,
               const std::string& help, const std::string& word, const std::string& meaning,
               int (*run)(Application&, const std::string&)) {
    auto* sub = maker.command(group, command, help);
    auto value = std::make_shared<std::string>();
    sub->add_option(word, *value, meaning)->required();
    on_use(maker, sub, value, run);
}

void add_listing(CLI::App& group, const CommandMaker& maker, const std::string& help,
                 int (*run)(Application&, bool)) {
    auto* sub = maker.command(group, "list", help);
    auto json = std::make_shared<bool>(false);
    sub->add_flag("--json", *json, "Print JSON for scripts");
    on_use(maker, sub, json, run);
}

/// A command about tokens that there are.
std::shared_ptr<TokenCommand> token_command(CLI::App& sub, const CommandMaker& maker,
                                            int (*run)(Application&, const TokenCommand&)) {
    auto options = std::make_shared<TokenCommand>();
    sub.add_option("--data", options->host_data,
                   "Those of the host that keeps its data there, see serve --data");
    on_use(maker, &sub, options, run);
    return options;
}

}  // namespace

void add_token_words(CLI::App& group, const CommandMaker& maker) {
    auto* create = maker.command(group, "create", "Make a token for a client or a script");
    auto options = std::make_shared<TokenCreateCommand>();
    create->add_option("--name", options->name, "What it is for, to find it again");
    create->add_option("--scope", options->scope,
                       "notes:read, or notes:write, which may read too (notes:write)");
    create->add_option("--project", options->project, "May touch this project only");
    create->add_option("--expires", options->expires, "12h, 90d, 4w or never (90d)");
    create->add_flag("--json", options->json, "Print JSON for scripts");
    create->footer(
        "The token is shown once; what is stored is its digest. Example:\n"
        "  basic-memory token create --name backup --scope notes:read --expires 30d");
    on_use(maker, create, options, run_token_create);
    auto* list = maker.command(group, "list", "List tokens and connected clients");
    const auto listed = token_command(*list, maker, run_token_list);
    list->add_flag("--json", listed->json, "Print JSON for scripts");
    auto* revoke =
        maker.command(group, "revoke", "End a token or the connection of a client at once");
    const auto revoked = token_command(*revoke, maker, run_token_revoke);
    revoke->add_flag("--json", revoked->json, "Print JSON for scripts");
    revoke->add_option("token", revoked->id_or_name, "Its number or name in the list")->required();
}

void add_user_words(CLI::App& group, const CommandMaker& maker) {
    add_named(group, maker, "add", "Add somebody who may log in and connect clients", "name",
              "Name to log in with", run_user_add);
    add_listing(group, maker, "List the users", run_user_list);
    add_named(group, maker, "remove", "Remove a user, and what clients may do for them", "name",
              "Name of the user", run_user_remove);
    add_named(group, maker, "password", "Set a new password", "name", "Name of the user",
              run_user_password);
    group.footer("The password is asked for, or read from standard input.");
}

}  // namespace bm
