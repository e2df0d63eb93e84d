#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command_tree.hpp"
#include "cli/commands.hpp"

namespace bm {

namespace {

using RunServeUser = int (*)(Application&, const ServeUserCommand&);

std::shared_ptr<ServeUserCommand> add_user_command(CLI::App& group, const CommandMaker& maker,
                                                   const std::string& name, const std::string& help,
                                                   RunServeUser run) {
    auto* sub = maker.command(group, name, help);
    auto options = std::make_shared<ServeUserCommand>();
    sub->add_option("--data", options->data, "Data directory of the host");
    sub->add_option("--users", options->users, "File of its accounts, where it is another one");
    sub->add_flag("--json", options->json, "Print JSON for scripts");
    on_use(maker, sub, options, run);
    return options;
}

void add_users(CLI::App& group, const CommandMaker& maker) {
    auto* users = maker.command(group, "user", "Accounts of the host, each with a space");
    users->require_subcommand(1);
    const auto last = [&] { return users->get_subcommands({}).back(); };
    auto options = add_user_command(*users, maker, "add", "Add an account", run_serve_user_add);
    last()->add_option("name", options->word, "Name to log in with")->required();
    last()->add_option("--openid-subject", options->openid_subject,
                       "Without a password: for whom the OpenID provider of the host calls so");
    last()->add_option("--openid-issuer", options->openid_issuer,
                       "Of this provider (the one that the host was started with)");
    options = add_user_command(*users, maker, "remove", "Remove an account; its files stay",
                               run_serve_user_remove);
    last()->add_option("name", options->word, "Name of the account")->required();
    options = add_user_command(*users, maker, "list", "List the accounts", run_serve_user_list);
    options = add_user_command(*users, maker, "approve", "Let a device in that shows this code",
                               run_serve_user_approve);
    last()->add_option("code", options->word, "The code, such as WDJB-MJHT")->required();
    last()->add_option("--user", options->user, "For this account (the only one)");
    users->footer("The password is asked for, or read from standard input.");
}

}  // namespace

void add_serve_words(CLI::App& group, const CommandMaker& maker) {
    auto options = std::make_shared<ServeCommand>();
    group.add_option("--host", options->host, "Address to listen on (127.0.0.1)");
    group.add_option("--port", options->port, "Port to listen on (8080)")
        ->check(CLI::Range(1, 65535));
    group.add_option("--data", options->data, "Where everything is kept");
    group.add_option("--users", options->users,
                     "File of accounts and tokens (access.db where everything is kept)");
    group.add_option("--public-url", options->public_url,
                     "How the host is reached from outside, behind a proxy: "
                     "https://cloud.example.com");
    group.add_flag("--insecure", options->is_insecure,
                   "Listen beyond this machine without TLS: tokens and notes travel in the clear");
    add_serving_words(group, *options);
    group.add_option("--openid-client", options->openid_client,
                     "The id that the provider has given to bm: with its tokens API keys are made");
    group.require_subcommand(0, 1);
    add_users(group, maker);
    group.callback([&group, maker, options] {
        if (!group.get_subcommands().empty()) return;
        maker.choose(
            [options](Application& application) { return run_serve(application, *options); });
    });
    group.footer(
        "Example:\n"
        "  basic-memory serve --data /var/lib/basic-memory --public-url https://cloud.example.com");
}

}  // namespace bm
