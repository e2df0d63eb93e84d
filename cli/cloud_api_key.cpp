#include <nlohmann/json.hpp>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"

namespace bm {

namespace {

/// Stores the key in place of the one there was; it is never printed again.
int keep_key(Application& application, const std::string& key, const std::string& done) {
    if (!key.starts_with("bmc_") || key.find_first_of(" \t\r\n") != std::string::npos) {
        return fail_command(application, "An API key starts with bmc_ and has no blanks.");
    }
    ConfigFile file(application.directory(), application.environment());
    if (const auto set = file.set("cloud_api_key", nlohmann::json(key).dump()); !set)
        return fail_command(application, set.error().message);
    application.terminal().line(done);
    return 0;
}

}  // namespace

int run_cloud_api_key_save(Application& application, const std::string& key) {
    return keep_key(application, key, "API key saved");
}

int run_cloud_api_key_create(Application& application, const std::string& name) {
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    HttpCall call;
    call.method = "POST";
    call.url = cloud->session.address().host + "/api/keys";
    call.headers = {{"Content-Type", "application/json"}};
    call.body = nlohmann::json{{"name", name}}.dump();
    const auto answer = cloud->session.send(std::move(call));
    if (!answer) return fail_command(application, answer.error());
    if (answer->status < 200 || answer->status >= 300)
        return fail_command(application, api_failure(*answer));
    const auto body = nlohmann::json::parse(answer->body, nullptr, false);
    const auto key = body.is_object() ? body.value("key", nlohmann::json()) : nlohmann::json();
    if (!key.is_string())
        return fail_command(application, "API request failed: the host has sent no key");
    return keep_key(application, key.get<std::string>(),
                    "API key '" + name + "' created and saved");
}

}  // namespace bm
