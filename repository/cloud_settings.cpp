#include "repository/cloud_settings.hpp"

#include <algorithm>
#include <utility>

#include "repository/config_document.hpp"

namespace bm {

namespace {

/// The plain values of a Config that nobody else acts on.
class Extra {
public:
    explicit Extra(const Config& config) : config_(config) {}

    [[nodiscard]] std::optional<std::string> text(const std::string& key) const {
        const auto value = find(key);
        const auto* words = std::get_if<std::string>(&value);
        return words == nullptr || words->empty() ? std::nullopt : std::optional(*words);
    }
    [[nodiscard]] int whole(const std::string& key, int fallback) const {
        const auto value = find(key);
        const auto* number = std::get_if<std::int64_t>(&value);
        return number == nullptr ? fallback : static_cast<int>(*number);
    }

private:
    [[nodiscard]] ConfigScalar find(const std::string& key) const {
        const auto found = config_.extra.find(key);
        if (found == config_.extra.end()) return std::monostate{};
        return parse_scalar(found->second).value_or(ConfigScalar{});
    }
    const Config& config_;
};

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

std::optional<std::string> set_variable(const Environment& environment, const char* name) {
    auto value = environment(name);
    if (value && value->empty()) value.reset();
    return value;
}

}  // namespace

const CloudProject* CloudSettings::find(const std::string& name) const noexcept {
    const auto found = std::find_if(projects.begin(), projects.end(),
                                    [&](const auto& project) { return project.name == name; });
    return found == projects.end() ? nullptr : &*found;
}

Result<CloudSettings> load_cloud_settings(const ConfigFile& file, const Environment& environment) {
    auto config = file.load();
    if (!config) return tl::unexpected(config.error());
    auto entries = file.cloud_projects();
    if (!entries) return tl::unexpected(entries.error());
    auto bisync = file.bisync_config();
    if (!bisync) return tl::unexpected(bisync.error());
    const Extra extra(*config);
    CloudSettings settings;
    settings.cloud_mode = config->cloud_mode;
    settings.host = without_slash(extra.text("cloud_host").value_or(""));
    settings.domain = without_slash(extra.text("cloud_domain").value_or(""));
    settings.client_id = extra.text("cloud_client_id").value_or("");
    const auto proxy = set_variable(environment, "BASIC_MEMORY_PROXY_URL");
    settings.api = proxy ? without_slash(*proxy) : settings.host + "/proxy";
    settings.api_key = extra.text("cloud_api_key");
    settings.api_key_host = extra.text("cloud_api_key_host");
    // A key is of one host: another one must not see it.
    if (settings.api_key_host.value_or("*") != "*" && settings.api_key_host != settings.host)
        settings.api_key.reset();
    settings.ca_cert = extra.text("cloud_ca_cert");
    settings.rclone_path = extra.text("rclone_path");
    settings.profile = bisync->profile;
    settings.sync_dir = expanded_path(bisync->sync_dir, environment);
    settings.auto_sync_interval = bisync->auto_sync_interval;
    settings.watch_local = bisync->watch_local;
    settings.sync_history_keep = extra.whole("sync_history_keep", settings.sync_history_keep);
    settings.sync_trash_days = extra.whole("sync_trash_days", settings.sync_trash_days);
    settings.projects = *std::move(entries);
    for (const ConfiguredProject& project : config->projects) {
        if (project.cloud) settings.routed_to_cloud.push_back(project.name);
    }
    if (extra.text("api_url")) settings.obsolete_switch = "api_url";
    return settings;
}

}  // namespace bm
