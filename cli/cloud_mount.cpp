
#include <nlohmann/json.hpp>

#include "cli/application.hpp"
#include "cli/cloud_file_commands.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"
#include "cli/sync_session.hpp"
#include "cloud/known_tenant.hpp"
#include "cloud/space_mount.hpp"

namespace bm {

namespace {

constexpr std::chrono::seconds kMountPatience{10};

std::string mount_place(const SyncSettings& settings) {
    return with_home_as_tilde(settings.mount_point.string(), settings.home.string());
}

const char* state_text(MountState state) {
    switch (state) {
        case MountState::absent:
            return "Not mounted";
        case MountState::active:
            return "✓ Mounted";
        case MountState::dead:
            break;
    }
    return "Dead: its rclone has ended. Run: bm cloud unmount";
}

/// What waits here goes nowhere until somebody mounts again.
void warn_of_unsent(Application& application, const SyncSettings& settings) {
    const auto unsent = unsent_files(settings);
    if (unsent.empty()) return;
    application.terminal().error("Warning: " + std::to_string(unsent.size()) +
                                 " file(s) have not been sent to the cloud yet, such as " +
                                 unsent.front() +
                                 ". They are kept here and go up with the next 'bm cloud mount'.");
}

std::string numbers_text(const std::vector<int>& numbers) {
    std::string text;
    for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text.empty() ? "none" : text;
}

}  // namespace

int run_cloud_mount(Application& application, const CloudMountCommand& command) {
    if (command.json) application.terminal().reserve_output();
    if (!command.mount_point.empty()) {
        return tell_failure(
            application, {CloudFault::usage, "The mount point is fixed (~/basic-memory-cloud)", ""},
            false);
    }
    const CloudWork work{"bm cloud mount", false, false, false};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const auto means = means_of_mounting(context.settings.search_path);
        MountWish wish;
        wish.profile = command.profile;
        wish.read_only = command.read_only;
        wish.foreground = command.foreground;
        const std::string place = mount_place(context.settings);
        if (command.foreground) {
            application.terminal().line("Mounting at " + place + " (Ctrl+C ends it)");
        }
        const auto mounted = mount_space(context, view.tenant, wish, means, kMountPatience);
        if (!mounted) return tell_failure(application, mounted.error(), false);
        if (*mounted && command.foreground) warn_of_unsent(application, context.settings);
        if (command.json) {
            print_change(application, {{"mount_path", context.settings.mount_point.string()},
                                       {"mounted", true},
                                       {"was_mounted", !*mounted}});
            return 0;
        }
        application.terminal().line(!*mounted            ? "Already mounted at " + place
                                    : command.foreground ? "✓ Unmounted"
                                                         : "✓ Mounted at " + place);
        return 0;
    });
}

int run_cloud_unmount(Application& application, bool json) {
    if (json) application.terminal().reserve_output();
    // Also without a host, and after a logout.
    auto session = application.open_sync_anyway();
    if (!session) return tell_failure(application, session.error(), false);
    SyncContext context{session->settings,    *session->config, *session->host,
                        session->make_filter, system_now,       application.log()};
    context.say = [&application](const std::string& line) { application.terminal().line(line); };
    const auto done = unmount_space(context, means_of_mounting(context.settings.search_path), {});
    if (!done) return tell_failure(application, done.error(), false);
    warn_of_unsent(application, context.settings);
    if (json) {
        print_change(application, {{"mount_path", context.settings.mount_point.string()},
                                   {"mounted", false},
                                   {"was_mounted", *done},
                                   {"unsent", unsent_files(context.settings)}});
        return 0;
    }
    application.terminal().line(*done ? "✓ Unmounted" : "Not mounted");
    return 0;
}

int run_cloud_mount_status(Application& application, bool json) {
    auto session = application.open_sync_anyway();
    if (!session) return tell_failure(application, session.error(), json);
    const SyncContext context{session->settings,    *session->config, *session->host,
                              session->make_filter, system_now,       application.log()};
    const HostTenant tenant = known_tenant(session->settings).value_or(HostTenant{});
    const MountState state = space_mount_state(context);
    const auto processes = mount_processes(context.settings.mount_point);
    const auto unsent = unsent_files(context.settings);
    const std::string remote = std::string(kCloudRemote) + ":" + tenant.bucket;
    if (json) {
        nlohmann::ordered_json object{{"ok", true},
                                      {"tenant_id", tenant.tenant_id},
                                      {"mount_path", context.settings.mount_point.string()},
                                      {"mounted", state != MountState::absent},
                                      {"dead", state == MountState::dead},
                                      {"remote", remote},
                                      {"process_ids", processes},
                                      {"unsent", unsent},
                                      {"profiles", nlohmann::ordered_json::array()}};
        for (const auto& profile : kMountProfiles) object["profiles"].push_back(profile.name);
        application.terminal().line(
            object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
        return 0;
    }
    Terminal::Table table{"Cloud Mount Status", {"Property", "Value"}, {}};
    table.rows = {{"Tenant ID", tenant.tenant_id.empty() ? "unknown" : tenant.tenant_id},
                  {"Mount Path", mount_place(context.settings)},
                  {"Mount Status", state_text(state)},
                  {"Remote", remote},
                  {"Process IDs", numbers_text(processes)}};
    if (!unsent.empty()) table.rows.push_back({"Not sent yet", std::to_string(unsent.size())});
    std::string profiles;
    for (const auto& profile : kMountProfiles)
        profiles += (profiles.empty() ? "" : ", ") + std::string(profile.name);
    table.rows.push_back({"Profiles", profiles});
    application.terminal().table(table);
    return 0;
}

}  // namespace bm
