#include <algorithm>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"
#include "markdown/text.hpp"
#include "repository/cloud_settings.hpp"
#include "repository/config_file.hpp"

namespace bm {

namespace {

/// Where a key came from, and how that is told.
struct KeySource {
    std::string host;  ///< its host, `*` where that is not known yet
    std::string done;
    bool json = false;
};

/// Stores the key in place of the one there was; it is never printed again.
int keep_key(Application& application, const std::string& key, const KeySource& source) {
    const bool is_plain =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!key.starts_with("bmc_") || !is_plain) {
        return fail_command(application, "An API key starts with bmc_ and has no blanks.");
    }
    ConfigFile file(application.directory(), application.environment());
    // First whose it is: a key without that would be sent to whatever host is configured.
    if (const auto set = file.set("cloud_api_key_host", nlohmann::json(source.host).dump()); !set)
        return fail_command(application, set.error().message);
    if (const auto set = file.set("cloud_api_key", nlohmann::json(key).dump()); !set)
        return fail_command(application, set.error().message);
    if (source.json) {
        const bool has_host = source.host != "*";
        print_change(application, {{"message", source.done},
                                   {"host", has_host ? ChangeValue(source.host)
                                                     : ChangeValue(std::monostate())}});
        return 0;
    }
    application.terminal().line(source.done);
    if (!application.works_on_cloud())
        application.terminal().line("Now run: bm cloud login --host URL (it needs no browser)");
    return 0;
}

}  // namespace

int run_cloud_api_key_save(Application& application, const CloudApiKeyCommand& command) {
    std::string host = "*";
    if (application.works_on_cloud()) {
        const auto settings =
            load_cloud_settings(ConfigFile(application.directory(), application.environment()),
                                application.environment());
        if (!settings) return fail_command(application, settings.error().message);
        host = settings->host;
    }
    std::string key = command.word;
    if (key == "-") {
        std::getline(std::cin, key);
        key = std::string(trim(key));
    }
    return keep_key(application, key, {host, "API key saved", command.json});
}

int run_cloud_api_key_create(Application& application, const CloudApiKeyCommand& command) {
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    // Keys are made by whoever has logged in: the key that there may be makes no other one.
    auto address = cloud->session.address();
    address.api_key.reset();
    CloudSession session({.address = std::move(address),
                          .tokens = TokenFile(token_file_of(application.directory())),
                          .http = *cloud->http});
    HttpCall call;
    call.method = "POST";
    call.url = session.address().host + "/api/keys";
    call.headers = {{"Content-Type", "application/json"}};
    call.body = nlohmann::json{{"name", command.word}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto answer = session.send(std::move(call));
    if (!answer) return fail_command(application, answer.error());
    if (answer->status < 200 || answer->status >= 300)
        return fail_command(application, api_failure(*answer));
    const auto body = nlohmann::json::parse(answer->body, nullptr, false);
    if (!body.is_object() || !body.contains("key") || !body["key"].is_string())
        return fail_command(application, "API request failed: the host has sent no key");
    return keep_key(
        application, body["key"].get<std::string>(),
        {session.address().host, "API key '" + command.word + "' created and saved", command.json});
}

}  // namespace bm
