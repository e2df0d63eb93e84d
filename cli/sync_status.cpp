#include "cli/sync_status.hpp"

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/application.hpp"
#include "cli/cloud_sync_commands.hpp"
#include "cli/commands.hpp"
#include "cli/relative_time.hpp"
#include "cli/sync_session.hpp"
#include "cli/transfer_progress.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/space_sync.hpp"
#include "cloud/sync_lock.hpp"
#include "cloud/sync_profile.hpp"

// What is kept in step, and how it stands. These commands read what this machine has, and work
// without the host.

namespace bm {

namespace {

using StatusJson = nlohmann::ordered_json;

StatusJson state_json(const CloudScope& scope) {
    const auto state = read_scope_state(scope);
    const bool ready = is_initialized(scope, state);
    StatusJson object{{"scope", scope.title()},
                      {"initialized", ready},
                      {"local_root", scope.local_root.string()},
                      {"remote", scope.remote},
                      {"state_directory", scope.state.string()},
                      {"last_sync", nullptr},
                      {"last_error", nullptr}};
    if (state && state->last_sync) object["last_sync"] = *state->last_sync;
    if (state && state->last_result && !state->last_result->ok) {
        object["last_error"] = {{"code", state->last_result->code},
                                {"message", state->last_result->message}};
    }
    return object;
}

std::vector<CloudScope> all_scopes(const SyncContext& context, const HostView& view) {
    std::vector<CloudScope> scopes{space_scope(context.settings, view.tenant)};
    for (const auto& project : view.projects) {
        const auto* attached = context.settings.find_attached(project.name);
        if (attached == nullptr || attached->name != project.name) continue;
        scopes.push_back(
            project_scope(context.settings, view.tenant, project, attached->local_path));
    }
    return scopes;
}

using Rows = std::vector<std::vector<std::string>>;

/// What the tables of a scope say of it, whoever shows them.
Rows rows_of(const CloudScope& scope, const std::string& home) {
    const auto state = read_scope_state(scope);
    const auto last = state && state->last_sync ? stored_moment(*state->last_sync) : std::nullopt;
    std::string remote = scope.remote;
    if (scope.is_space) remote += " (s3://" + scope.bucket + ")";
    return {{"Status", is_initialized(scope, state) ? "✓ Initialized" : "Not initialized"},
            {"Local Directory", with_home_as_tilde(scope.local_root.string(), home)},
            {"Remote", remote},
            {"Last Sync", relative_time(last, system_now())}};
}

std::vector<std::string> row_of_project(const CloudScope& scope) {
    const Rows rows = rows_of(scope, "");
    const auto state = read_scope_state(scope);
    const bool has_failed = state && state->last_result && !state->last_result->ok;
    return {scope.project, rows[0][1], scope.local_root.string(), rows[3][1],
            has_failed ? state->last_result->message : ""};
}

StatusJson profiles_json() {
    StatusJson profiles = StatusJson::array();
    for (const auto& each : kSyncProfiles) {
        profiles.push_back({{"name", each.name},
                            {"conflict", each.keeps_both ? "none" : "newer"},
                            {"deletion_limit", each.deletion_limit}});
    }
    return profiles;
}

void print_profiles(Terminal& terminal) {
    for (const auto& each : kSyncProfiles) {
        terminal.line("Profile " + std::string(each.name) + ": at most " +
                      std::to_string(each.deletion_limit) +
                      " deletions, conflicts: " + (each.keeps_both ? "keep both" : "newer wins"));
    }
}

/// How this machine would run.
struct Readiness {
    CloudResult<ReadyRclone> rclone;
    std::optional<SyncLockHolder> holder;
};

void print_standing(Application& application, const SyncContext& context, const HostView& view,
                    const Readiness& ready) {
    Terminal& terminal = application.terminal();
    const std::string home = context.settings.home.string();
    const auto scopes = all_scopes(context, view);
    const CloudScope& space = scopes.front();
    Rows rows = rows_of(space, home);
    rows.push_back({"Total Projects", std::to_string(view.projects.size())});
    rows.push_back({"Tenant ID", view.tenant.tenant_id});
    rows.push_back({"State Directory", with_home_as_tilde(space.state.string(), home)});
    rows.push_back({"rclone", ready.rclone ? ready.rclone->setup.program.version_text()
                                           : ready.rclone.error().message});
    const auto profile = find_profile(context.settings.profile).value_or(kDefaultProfile);
    rows.push_back({"Profile", std::string(profile.name) + ", at most " +
                                   std::to_string(profile.deletion_limit) + " deletions"});
    rows.push_back({"Lock", ready.holder ? "held by PID " + std::to_string(ready.holder->pid)
                                         : std::string("free")});
    const auto state = read_scope_state(space);
    if (state && state->last_result && !state->last_result->ok)
        rows.push_back({"Last Error", state->last_result->message});
    terminal.table({"Cloud Bisync Status", {"Property", "Value"}, rows});
    if (scopes.size() > 1) {
        Rows projects;
        for (std::size_t i = 1; i < scopes.size(); ++i)
            projects.push_back(row_of_project(scopes[i]));
        terminal.line("");
        terminal.table({"Projects with a folder of their own",
                        {"Project", "Status", "Local Directory", "Last Sync", "Last Error"},
                        projects});
    }
    terminal.line("");
    print_profiles(terminal);
}

}  // namespace

void print_space_status(Application& application, const SyncSettings& settings,
                        const HostView& view) {
    const auto space = space_scope(settings, view.tenant);
    if (const auto state = read_scope_state(space); !state || state->session.empty()) return;
    Rows rows = rows_of(space, settings.home.string());
    rows.push_back({"Total Projects", std::to_string(view.projects.size())});
    if (view.tenant.storage_used_bytes) {
        rows.push_back(
            {"Storage Used", size_text(static_cast<double>(*view.tenant.storage_used_bytes))});
    }
    application.terminal().line("");
    application.terminal().table({"Cloud Bisync Status", {"Property", "Value"}, rows});
}

int run_cloud_conflicts(Application& application, const CloudConflictsCommand& command) {
    const CloudWork work{"bm cloud conflicts", false, false, command.json, true};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        StatusJson list = StatusJson::array();
        Terminal::Table table{"Conflicts", {"Scope", "Path", "Size", "Changed"}, {}};
        for (const auto& scope : all_scopes(context, view)) {
            if (command.name && scope.project != *command.name) continue;
            for (const auto& each : conflict_copies(scope)) {
                list.push_back({{"scope", each.scope},
                                {"path", each.path},
                                {"size", each.size},
                                {"modified", each.modified}});
                table.rows.push_back(
                    {each.scope, each.path, std::to_string(each.size), each.modified});
            }
        }
        if (command.json) {
            application.terminal().line(
                list.dump(2, ' ', true, StatusJson::error_handler_t::replace));
        } else if (table.rows.empty()) {
            application.terminal().line("No conflicts");
        } else {
            application.terminal().table(table);
        }
        return 0;
    });
}

int run_cloud_bisync_status(Application& application, bool json) {
    const CloudWork work{"bm cloud bisync-status", false, false, json, true};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const Readiness ready{ready_rclone(context, RcloneNeed::one_way),
                              sync_lock_holder(context.settings.lock_file())};
        if (!json) {
            print_standing(application, context, view, ready);
            return 0;
        }
        StatusJson scopes = StatusJson::array();
        for (const auto& scope : all_scopes(context, view)) scopes.push_back(state_json(scope));
        const StatusJson all{
            {"tenant_id", view.tenant.tenant_id},
            {"bucket", view.tenant.bucket},
            {"total_projects", view.projects.size()},
            {"rclone",
             ready.rclone ? StatusJson(ready.rclone->setup.program.version_text()) : StatusJson()},
            {"locked_by", ready.holder ? StatusJson(ready.holder->pid) : StatusJson()},
            {"scopes", scopes},
            {"profiles", profiles_json()}};
        application.terminal().line(all.dump(2, ' ', true, StatusJson::error_handler_t::replace));
        return 0;
    });
}

}  // namespace bm
