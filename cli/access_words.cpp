#include <memory>

#include <CLI/CLI.hpp>

#include "cli/client_commands.hpp"
#include "cli/command_tree.hpp"
#include "cli/commands.hpp"

namespace bm {

namespace {

/// A command about one user.
void add_word_of_user(CLI::App& group, const CommandMaker& maker, const std::string& command,
                      const std::string& help, const std::string& meaning,
                      int (*run)(Application&, const UserCommand&)) {
    auto* sub = maker.command(group, command, help);
    auto value = std::make_shared<UserCommand>();
    sub->add_option("name", value->name, meaning)->required();
    sub->add_flag("--json", value->json, "Print JSON for scripts");
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

void add_client_words(CLI::App& group, const CommandMaker& maker) {
    const char* const whose = "Those of the host that keeps its data there, see serve --data";
    auto* add = maker.command(group, "add", "Make an id for a program that asks for one");
    auto options = std::make_shared<ClientAddCommand>();
    add->add_option("name", options->name, "What users are shown when it wants to be let in")
        ->required();
    add->add_option("--redirect", options->redirect_uris,
                    "Where the answer to a login goes, as the program tells it; may be repeated")
        ->allow_extra_args(false);
    add->add_flag("--secret", options->secret, "With a secret, for programs on a server");
    add->add_flag("--device", options->device, "May show a code that is typed elsewhere");
    add->add_option("--data", options->host_data, whose);
    add->add_flag("--json", options->json, "Print JSON for scripts");
    add->footer(
        "The secret is shown once; what is stored is its digest. Example:\n"
        "  basic-memory client add Chat --secret --redirect https://chat.example.com/callback");
    on_use(maker, add, options, run_client_add);
    const auto with_data = [&](CLI::App& sub, int (*run)(Application&, const ClientCommand&)) {
        auto command = std::make_shared<ClientCommand>();
        sub.add_option("--data", command->host_data, whose);
        sub.add_flag("--json", command->json, "Print JSON for scripts");
        on_use(maker, &sub, command, run);
        return command;
    };
    auto* list = maker.command(group, "list", "List the clients, those that registered, too");
    with_data(*list, run_client_list);
    auto* remove = maker.command(group, "remove", "Remove a client, and all that it was given");
    const auto removed = with_data(*remove, run_client_remove);
    remove->add_option("client", removed->id_or_name, "Its id, or its name in the list")
        ->required();
}

void add_serving_words(CLI::App& sub, ServingOptions& options) {
    sub.add_option("--openid-issuer", options.openid_issuer,
                   "Let in who has a token of this OpenID provider, in place of logins here");
    sub.add_option("--openid-audience", options.openid_audience,
                   "The audience that its tokens must name (the URL of the endpoint)");
    sub.add_option("--allow-client-host", options.allowed_client_hosts,
                   "Of clients that a URL describes let in those of this host and of hosts below "
                   "it only; may be repeated")
        ->allow_extra_args(false);
    sub.add_option("--deny-client-host", options.denied_client_hosts,
                   "Fetch no description of a client from this host nor from hosts below it")
        ->allow_extra_args(false);
    sub.add_option("--trusted-proxy", options.trusted_proxies,
                   "Believe this proxy, ADDRESS or ADDRESS/BITS, for whom it calls "
                   "(X-Forwarded-For); limits then count its visitors one by one");
    auto* certificate = sub.add_option(
        "--tls-cert", options.tls_certificate,
        "Speak TLS (https) with the certificate in this PEM file; read anew when it changes");
    auto* key = sub.add_option("--tls-key", options.tls_key, "The PEM file of its private key");
    certificate->needs(key);
    key->needs(certificate);
}

void add_user_words(CLI::App& group, const CommandMaker& maker) {
    add_word_of_user(group, maker, "add", "Add somebody who may log in and connect clients",
                     "Name to log in with", run_user_add);
    add_listing(group, maker, "List the users", run_user_list);
    add_word_of_user(group, maker, "remove", "Remove a user, and what clients may do for them",
                     "Name of the user", run_user_remove);
    add_word_of_user(group, maker, "password", "Set a new password", "Name of the user",
                     run_user_password);
    group.footer("The password is asked for, or read from standard input.");
}

}  // namespace bm
