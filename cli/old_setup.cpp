#include "cli/old_setup.hpp"

#include <nlohmann/json.hpp>

#include "cli/application.hpp"
#include "cli/commands.hpp"
#include "cloud/old_state.hpp"
#include "cloud/sync_lock.hpp"

namespace bm {

namespace {

/// A file that knows the space and nothing of projects with folders of their own.
bool is_config_of_space_only(const Application& application) {
    const ConfigFile file(application.directory(), application.environment());
    const auto config = nlohmann::json::parse(file.masked_text(), nullptr, false);
    return config.is_object() && config.contains("bisync_config") &&
           !config.contains("cloud_projects");
}

}  // namespace

std::vector<std::string> old_setup_notes(const Application& application,
                                         const SyncSettings& settings, const HostTenant& tenant) {
    std::vector<std::string> notes;
    if (has_rclone_section(settings.rclone_config, kCloudRemote)) return notes;
    const std::string old = old_remote_name(tenant.tenant_id);
    const bool has_old_remote = has_rclone_section(settings.rclone_config, old);
    if (has_old_remote) notes.push_back("Old remote '" + old + "' is no longer used");
    // Whoever had that remote had the space, in the folder of the settings or the usual one.
    if (has_old_remote || is_config_of_space_only(application)) {
        notes.push_back("The remote is called '" + std::string(kCloudRemote) +
                        "' now; the folder of all projects is still " +
                        with_home_as_tilde(settings.sync_dir.string(), settings.home.string()));
    }
    return notes;
}

CloudResult<void> take_over_old_setup(Application& application, SyncSession& session) {
    SyncContext context{session.settings,    *session.config, *session.host,
                        session.make_filter, system_now,      application.log()};
    context.say = [&application](const std::string& line) { application.terminal().line(line); };
    const auto lock =
        SyncLock::take(context.settings.lock_file(), "bm cloud setup", context.now_text());
    if (!lock) return {};
    const auto view = look_at_host(context);
    // Setting up has succeeded; the next command asks again.
    if (!view) return {};
    return adopt_old_states(context, *view);
}

}  // namespace bm
