#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/json_output.hpp"
#include "cli/sync_session.hpp"
#include "cli/sync_status.hpp"
#include "cloud/device_login.hpp"
#include "cloud/known_tenant.hpp"
#include "cloud/sync_settings.hpp"
#include "repository/clock.hpp"
#include "repository/cloud_settings.hpp"
#include "repository/config_file.hpp"
#include "repository/config_keys.hpp"
#include "repository/folder_walk.hpp"
#include "repository/started_program.hpp"

namespace bm {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::seconds;

constexpr const char* kClientOfOurHost = "bm-cli";

std::string quoted(const std::string& text) { return Json(text).dump(); }

/// What the flags say about the host.
HostChoice choice_of(const CloudLoginCommand& command) {
    const auto without_slash = [](std::optional<std::string> url) {
        while (url && url->ends_with('/')) url->pop_back();
        return url;
    };
    HostChoice choice{without_slash(command.host), without_slash(command.domain),
                      command.client_id};
    choice.ca_cert = command.ca_cert;
    if (!choice.host) return choice;
    // A host of one's own does both.
    if (!choice.domain) choice.domain = choice.host;
    if (!choice.client_id) choice.client_id = kClientOfOurHost;
    return choice;
}

Result<void> save_host(Application& application, const HostChoice& choice) {
    ConfigFile file(application.directory(), application.environment());
    const std::array<std::pair<const char*, const std::optional<std::string>*>, 4> keys{
        {{"cloud_host", &choice.host},
         {"cloud_domain", &choice.domain},
         {"cloud_client_id", &choice.client_id},
         {"cloud_ca_cert", &choice.ca_cert}}};
    for (const auto& [key, value] : keys) {
        if (!*value) continue;
        if (auto set = file.set(key, quoted(**value)); !set) return set;
    }
    return {};
}

void show_prompt(Application& application, const DevicePrompt& prompt, bool opens_browser) {
    Terminal& terminal = application.terminal();
    terminal.line(terminal.bold("Authentication Required"));
    terminal.line("To authenticate, please visit: " + prompt.address);
    terminal.line("And enter this code: " + terminal.bold(prompt.user_code));
    if (prompt.complete_address.empty()) return;
    terminal.line("Or open this, where the code is filled in: " + prompt.complete_address);
    const auto& environment = application.environment();
    const bool has_display = environment("DISPLAY") || environment("WAYLAND_DISPLAY");
    const bool is_web = prompt.complete_address.starts_with("https://") ||
                        prompt.complete_address.starts_with("http://");
    if (opens_browser && is_web && has_display && terminal.is_interactive())
        start_program({"xdg-open", prompt.complete_address});
}

/// The provider that logs users in to the host; none where the host does so itself, or where the
/// user says who does. The built-in host is no matter of discovery.
CloudResult<std::optional<OpenIdProvider>> provider_of(CloudConnection& cloud,
                                                       const Environment& environment,
                                                       const CloudLoginCommand& command) {
    const ConfigScalar built_in = default_setting(*find_config_key("cloud_host"));
    // The variable goes before what a login saves.
    const bool is_said = command.domain || environment(environment_name("cloud_domain"));
    if (is_said || ConfigScalar(cloud.settings.host) == built_in) return std::nullopt;
    return find_openid_provider(*cloud.http, cloud.settings.host);
}

/// Which client bm is at the provider: as the user says, or as it was said at the login before at
/// this very host. Another host may name the same provider, to get a token that is good for ours.
CloudResult<std::string> client_at(const OpenIdProvider& provider, Application& application,
                                   const CloudLoginCommand& command, const std::string& host) {
    if (command.client_id) return *command.client_id;
    const auto known = load_cloud_settings(
        ConfigFile(application.directory(), application.environment()), application.environment());
    if (known && known->host == host && known->domain == provider.issuer &&
        !known->client_id.empty())
        return known->client_id;
    return cloud_fail(CloudFault::usage,
                      "This host lets in who logs in at the OpenID provider " + provider.issuer +
                          ". Say with --client-id ID as which client: the provider registers bm as "
                          "a public one that may use device codes.");
}

CloudResult<CloudTokens> log_in(Application& application, CloudConnection& cloud,
                                const std::optional<OpenIdProvider>& provider, bool opens_browser) {
    return DeviceLogin({.address = cloud.session.address(),
                        .http = *cloud.http,
                        .sleep = [](seconds time) { std::this_thread::sleep_for(time); },
                        .show =
                            [&](const DevicePrompt& prompt) {
                                show_prompt(application, prompt, opens_browser);
                            },
                        .provider = provider})
        .run();
}

bool has_valid_token(const TokenFile& file, const CloudAddress& address) {
    const auto tokens = file.load();
    const auto now = std::chrono::duration_cast<seconds>(system_now().time_since_epoch()).count();
    return tokens && tokens->is_valid(now) && tokens->are_for(address.domain, address.host);
}

int finish_login(Application& application, CloudConnection& cloud) {
    Terminal& terminal = application.terminal();
    terminal.line("Verifying subscription access...");
    const auto health = cloud.api.health();
    if (!health) {
        if (health.error().fault == CloudFault::subscription_required) {
            terminal.error("Subscription Required");
            terminal.error(health.error().message);
            terminal.error(health.error().hint);
        } else {
            terminal.error("Logged in, but the cloud service could not be reached: " +
                           health.error().message);
        }
        return kExitFailure;
    }
    ConfigFile file(application.directory(), application.environment());
    if (cloud.settings.api_key) {
        if (const auto set = file.set("cloud_api_key_host", Json(cloud.settings.host).dump()); !set)
            return fail_command(application, set.error().message);
    }
    if (const auto set = file.set("cloud_mode", "true"); !set)
        return fail_command(application, set.error().message);
    terminal.line("Cloud mode enabled");
    terminal.line("All CLI commands now work against " + cloud.settings.host);
    return 0;
}

/// The space as it stands, where there is one on this machine. What cannot be asked is left out.
void print_space(Application& application) {
    const auto session = application.open_sync();
    if (!session || !known_tenant(session->settings)) return;
    const auto tenant = session->host->tenant();
    const auto projects = session->host->projects();
    if (!tenant || !projects) return;
    print_space_status(application, session->settings, {*tenant, *projects});
}

}  // namespace

namespace {

int log_in_and_enable(Application& application, const CloudLoginCommand& command) {
    Terminal& terminal = application.terminal();
    HostChoice choice = choice_of(command);
    choice.logs_in = true;
    if (choice.ca_cert) {
        choice.ca_cert = usable_ca_cert(application, *choice.ca_cert);
        if (!choice.ca_cert) return kExitFailure;
    }
    auto cloud = connect_to_cloud(application, choice);
    if (!cloud) return kExitFailure;
    const TokenFile tokens(token_file_of(application.directory()));
    const bool is_same_host = !command.host && !command.domain;
    const bool needs_no_login = cloud->settings.api_key ||
                                (is_same_host && has_valid_token(tokens, cloud->session.address()));
    if (needs_no_login && !command.force) {
        const int code = finish_login(application, *cloud);
        if (code != 0) return code;
        const auto saved = save_host(application, choice);
        return saved ? 0 : fail_command(application, saved.error().message);
    }
    const auto provider = provider_of(*cloud, application.environment(), command);
    if (!provider) return fail_command(application, provider.error());
    if (*provider) {
        const auto client = client_at(**provider, application, command, cloud->settings.host);
        if (!client) return fail_command(application, client.error());
        choice.domain = (*provider)->issuer;
        choice.client_id = *client;
        cloud = connect_to_cloud(application, choice);
        if (!cloud) return kExitFailure;
    }
    auto got = log_in(application, *cloud, *provider, !command.no_browser);
    if (!got) {
        terminal.error("Login failed");
        return fail_command(application, got.error());
    }
    // Not before: until then the tokens of the host before would go to the new one.
    got->issuer = cloud->settings.domain;
    got->host = cloud->settings.host;
    if (*provider) got->token_endpoint = (*provider)->token_endpoint;
    if (const auto saved = tokens.save(*got); !saved)
        return fail_command(application, saved.error());
    if (const auto saved = save_host(application, choice); !saved)
        return fail_command(application, saved.error().message);
    if (cloud->settings.api_key) {
        // It would go before the login, and whoever logs in all the same wants that no more.
        ConfigFile file(application.directory(), application.environment());
        if (const auto gone = file.set("cloud_api_key", std::nullopt); !gone)
            return fail_command(application, gone.error().message);
        terminal.line("The stored API key is not used any more");
    }
    terminal.line("Successfully authenticated with Basic Memory Cloud!");
    terminal.line(
        "Tokens saved to " +
        with_home_as_tilde(tokens.path().string(), application.environment()("HOME").value_or("")));
    // The session has not seen them yet.
    const auto again = connect_to_cloud(application, choice);
    return again ? finish_login(application, *again) : kExitFailure;
}

}  // namespace

int run_cloud_login(Application& application, const CloudLoginCommand& command) {
    if (!command.json) return log_in_and_enable(application, command);
    application.terminal().reserve_output();
    if (const int code = log_in_and_enable(application, command); code != 0) return code;
    const auto settings = load_cloud_settings(
        ConfigFile(application.directory(), application.environment()), application.environment());
    if (!settings) return fail_command(application, settings.error().message);
    print_change(application, {{"cloud_mode", true}, {"host", settings->host}});
    return 0;
}

int run_cloud_logout(Application& application, const CloudLogoutCommand& command) {
    if (command.json) application.terminal().reserve_output();
    ConfigFile file(application.directory(), application.environment());
    if (const auto set = file.set("cloud_mode", "false"); !set)
        return fail_command(application, set.error().message);
    if (!command.keeps_token) {
        const auto removed = TokenFile(token_file_of(application.directory())).remove();
        if (!removed) return fail_command(application, removed.error());
    }
    const auto point = expanded_path("~/basic-memory-cloud", application.environment());
    const auto mounts = rclone_mounts();
    if (std::find(mounts.begin(), mounts.end(), point) != mounts.end()) {
        application.terminal().error(
            "Warning: the space stays mounted at ~/basic-memory-cloud. Run 'bm cloud unmount' to "
            "take it away.");
    }
    application.terminal().line("Cloud mode disabled");
    application.terminal().line("All CLI commands now work locally");
    if (command.json)
        print_change(application, {{"cloud_mode", false}, {"kept_token", command.keeps_token}});
    return 0;
}

int run_cloud_account_status(Application& application, bool json) {
    Terminal& terminal = application.terminal();
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    const bool is_on = cloud->settings.cloud_mode;
    Json object = {{"cloud_mode", is_on},
                   {"host", is_on ? Json(cloud->settings.host) : Json(nullptr)}};
    if (!json) {
        terminal.line(terminal.bold("Cloud Mode Status"));
        terminal.line(is_on ? "Mode: Cloud (enabled)" : "Mode: Local (disabled)");
        terminal.line(is_on ? "Host: " + cloud->settings.host
                            : "To work on the cloud, run: bm cloud login");
    }
    if (!is_on) {
        if (json) terminal.line(object.dump(2, ' ', true, Json::error_handler_t::replace));
        return 0;
    }
    if (!cloud->settings.api_key && !TokenFile(token_file_of(application.directory())).load()) {
        return fail_command(
            application, "Cloud mode enabled but not authenticated. Run 'bm cloud login' first.");
    }
    if (!json) terminal.line("Checking cloud instance health...");
    const auto health = cloud->api.health();
    if (!health) {
        terminal.error("Error checking cloud health: " + health.error().message);
        return kExitFailure;
    }
    if (json) {
        object["health"] = {{"status", health->status},
                            {"version", health->version},
                            {"timestamp", health->timestamp}};
        terminal.line(object.dump(2, ' ', true, Json::error_handler_t::replace));
        return 0;
    }
    terminal.line("Cloud instance is healthy");
    terminal.line("  Status:    " + health->status);
    terminal.line("  Version:   " + health->version);
    terminal.line("  Timestamp: " + health->timestamp);
    print_space(application);
    return 0;
}

}  // namespace bm
