#include <nlohmann/json.hpp>

#include "cli/application.hpp"
#include "cli/cloud_file_commands.hpp"
#include "cli/commands.hpp"
#include "cli/sync_session.hpp"
#include "cloud/space_mount.hpp"

namespace bm {

namespace {

constexpr std::chrono::seconds kMountPatience{10};
constexpr std::chrono::seconds kUnmountPatience{5};

std::string mount_place(const SyncSettings& settings) {
    return with_home_as_tilde(settings.mount_point.string(), settings.home.string());
}

std::string numbers_text(const std::vector<int>& numbers) {
    std::string text;
    for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text.empty() ? "none" : text;
}

}  // namespace

int run_cloud_mount(Application& application, const CloudMountCommand& command) {
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
        application.terminal().line(!*mounted            ? "Already mounted at " + place
                                    : command.foreground ? "✓ Unmounted"
                                                         : "✓ Mounted at " + place);
        return 0;
    });
}

int run_cloud_unmount(Application& application) {
    // Also without a host, and after a logout.
    auto session = application.open_sync_anyway();
    if (!session) return tell_failure(application, session.error(), false);
    const SyncContext context{session->settings,    *session->config, *session->host,
                              session->make_filter, system_now,       application.log()};
    const auto done =
        unmount_space(context, means_of_mounting(context.settings.search_path), kUnmountPatience);
    if (!done) return tell_failure(application, done.error(), false);
    application.terminal().line(*done ? "✓ Unmounted" : "Not mounted");
    return 0;
}

int run_cloud_mount_status(Application& application, bool json) {
    const CloudWork work{"bm cloud mount-status", false, false, json};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const bool is_mounted = is_space_mounted(context);
        const auto processes = mount_processes(context.settings.mount_point);
        const std::string remote = std::string(kCloudRemote) + ":" + view.tenant.bucket;
        if (json) {
            nlohmann::ordered_json object{{"tenant_id", view.tenant.tenant_id},
                                          {"mount_path", context.settings.mount_point.string()},
                                          {"mounted", is_mounted},
                                          {"remote", remote},
                                          {"process_ids", processes},
                                          {"profiles", nlohmann::ordered_json::array()}};
            for (const auto& profile : kMountProfiles) object["profiles"].push_back(profile.name);
            application.terminal().line(
                object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
            return 0;
        }
        Terminal::Table table{"Cloud Mount Status", {"Property", "Value"}, {}};
        table.rows = {{"Tenant ID", view.tenant.tenant_id},
                      {"Mount Path", mount_place(context.settings)},
                      {"Mount Status", is_mounted ? "✓ Mounted" : "Not mounted"},
                      {"Remote", remote},
                      {"Process IDs", numbers_text(processes)}};
        std::string profiles;
        for (const auto& profile : kMountProfiles)
            profiles += (profiles.empty() ? "" : ", ") + std::string(profile.name);
        table.rows.push_back({"Profiles", profiles});
        application.terminal().table(table);
        return 0;
    });
}

}  // namespace bm
