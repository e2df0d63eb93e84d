#include <memory>

#include <CLI/CLI.hpp>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_file_words.hpp"
#include "cli/cloud_sync_words.hpp"
#include "cli/command_tree.hpp"

namespace bm {

namespace {

void add_ca_cert(CLI::App* sub, std::optional<std::string>& file) {
    sub->add_option("--ca-cert", file,
                    "Also trust the certificates in this file (PEM), now and later; for a host "
                    "with one of its own");
}

void add_install_words(CLI::App* sub, CloudSetupCommand& wanted) {
    auto* yes = sub->add_flag("--yes", wanted.yes, "Install rclone where it is needed, unasked");
    sub->add_flag("--no-install", wanted.no_install, "Install nothing, only say what is missing")
        ->excludes(yes);
    sub->add_flag("--json", wanted.json, "Print JSON for scripts");
}

void add_api_key_words(CLI::App& group, const CommandMaker& maker) {
    auto* keys = maker.command(group, "api-key", "Use a key instead of a login");
    keys->require_subcommand(1);
    auto* save = maker.command(*keys, "save", "Keep a key that the host has made");
    auto key = std::make_shared<CloudApiKeyCommand>();
    save->add_option("key", key->word,
                     "The key; it starts with bmc_. A - reads it from the standard input")
        ->required();
    save->add_flag("--json", key->json, "Print JSON for scripts");
    on_use(maker, save, key, run_cloud_api_key_save);
    auto* create = maker.command(*keys, "create", "Let the host make a key, and keep it");
    auto name = std::make_shared<CloudApiKeyCommand>();
    create->add_option("name", name->word, "What the key is for, such as a machine")->required();
    create->add_flag("--json", name->json, "Print JSON for scripts");
    on_use(maker, create, name, run_cloud_api_key_create);
}

}  // namespace

void add_cloud_words(CLI::App& group, const CommandMaker& maker) {
    auto* login = maker.command(group, "login", "Log in, and let commands work on the cloud");
    auto options = std::make_shared<CloudLoginCommand>();
    login->add_option("--host", options->host,
                      "Address of your host, such as https://notes.example.com");
    login->add_option("--domain", options->domain,
                      "Address of its authorization server, if it is another one");
    login->add_option("--client-id", options->client_id, "Client to log in as");
    add_ca_cert(login, options->ca_cert);
    login->add_flag("--force", options->force, "Log in again, also with a token that is good");
    login->add_flag("--no-browser", options->no_browser, "Open no browser");
    login->add_flag("--json", options->json, "Print JSON for scripts");
    login->footer("Example:  basic-memory cloud login --host https://notes.example.com");
    on_use(maker, login, options, run_cloud_login);

    auto* logout = maker.command(group, "logout", "Let commands work on this machine again");
    auto left = std::make_shared<CloudLogoutCommand>();
    logout->add_flag("--keep-token", left->keeps_token, "Stay logged in for the next time");
    logout->add_flag("--json", left->json, "Print JSON for scripts");
    on_use(maker, logout, left, run_cloud_logout);

    auto* status = maker.command(group, "status", "Show the mode, the host and whether it is well");
    auto json = std::make_shared<bool>(false);
    status->add_flag("--json", *json, "Print JSON for scripts");
    on_use(maker, status, json, run_cloud_account_status);

    auto* setup = maker.command(group, "setup", "Get the keys for your files, for rclone");
    auto wanted = std::make_shared<CloudSetupCommand>();
    setup->add_option("--dir", wanted->dir, "Folder for all projects; implies --bisync");
    setup->add_flag("--bisync", wanted->bisync, "Also keep all projects in one folder");
    setup->add_flag("--mount", wanted->mount, "Also show all projects as a folder");
    add_install_words(setup, *wanted);
    add_ca_cert(setup, wanted->ca_cert);
    on_use(maker, setup, wanted, run_cloud_setup);

    auto* space =
        maker.command(group, "bisync-setup", "The same, and keep all projects in a folder");
    auto folder = std::make_shared<CloudSetupCommand>();
    folder->bisync = true;
    space->add_option("--dir", folder->dir, "That folder (~/basic-memory-cloud-sync)");
    add_install_words(space, *folder);
    add_ca_cert(space, folder->ca_cert);
    on_use(maker, space, folder, run_cloud_setup);

    add_api_key_words(group, maker);
    add_cloud_file_words(group, maker);
    add_cloud_sync_words(group, maker);
}

}  // namespace bm
