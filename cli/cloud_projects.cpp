#include <array>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/cloud_sync_commands.hpp"
#include "cli/confirmation.hpp"
#include "cli/json_output.hpp"
#include "cli/project_folder.hpp"
#include "cli/relative_time.hpp"
#include "cli/sync_session.hpp"
#include "cloud/attachment.hpp"
#include "cloud/known_tenant.hpp"
#include "cloud/project_removal.hpp"
#include "cloud/scope_state.hpp"
#include "markdown/percent_coding.hpp"
#include "markdown/permalink.hpp"

namespace bm {

namespace {

int fail_project(Application& application, const std::string& doing, const CloudFailure& failure) {
    application.terminal().name_failure(cloud_fault_name(failure.fault));
    application.terminal().error("Error " + doing + ": " + failure.message);
    if (!failure.hint.empty()) application.terminal().error(failure.hint);
    return kExitFailure;
}

/// How projects stand to the cloud, by what their scopes have noted.
class SyncStates {
public:
    SyncStates(const Application& application, const CloudSettings& cloud)
        : environment_(application.environment()), cloud_(cloud) {
        settings_.data_directory = application.directory().root;
        settings_.sync_dir = cloud.sync_dir;
        tenant_ = known_tenant(settings_);
        if (!tenant_) return;
        const auto space = space_scope(settings_, *tenant_);
        has_space_ = is_initialized(space, read_scope_state(space));
    }

    [[nodiscard]] std::string of(const HostProject& project, Timestamp now) const {
        const CloudProject* local = cloud_.find(project.name);
        if (local == nullptr) return has_space_ ? "space" : "off";
        const auto state = state_of(project, *local);
        if (state && state->last_result && !state->last_result->ok) return "error";
        // Whoever knows the account knows its states: the configuration may speak of another one.
        if (!state && (tenant_ || !local->bisync_initialized)) return "not initialised";
        const auto written = last_sync_of(project);
        return "synced " + relative_time(written ? stored_moment(*written) : std::nullopt, now);
    }

    [[nodiscard]] std::optional<std::string> last_sync_of(const HostProject& project) const {
        const CloudProject* local = cloud_.find(project.name);
        if (local == nullptr) return std::nullopt;
        const auto state = state_of(project, *local);
        if (state) return state->last_sync;
        return tenant_ ? std::nullopt : local->last_sync;
    }

private:
    /// Where the configuration says otherwise, this decides.
    [[nodiscard]] std::optional<ScopeState> state_of(const HostProject& project,
                                                     const CloudProject& local) const {
        if (!tenant_) return std::nullopt;
        HostProject there = project;
        there.dir = normalized_dir(project.dir);
        const auto scope = project_scope(settings_, *tenant_, there,
                                         expanded_path(local.local_path, environment_));
        auto state = read_scope_state(scope);
        const bool tells = state && is_state_of(*state, scope) &&
                           (is_initialized(scope, state) || state->last_result);
        return tells ? std::move(state) : std::nullopt;
    }

    const Environment& environment_;
    const CloudSettings& cloud_;
    SyncSettings settings_;
    std::optional<HostTenant> tenant_;
    bool has_space_ = false;
};

Json cloud_project_json(const HostProject& project, const CloudProject* local,
                        const SyncStates& states) {
    const auto last_sync = states.last_sync_of(project);
    return {{"name", project.name},
            {"permalink", slug(project.name)},
            {"external_id", project.external_id},
            {"local_path", local == nullptr ? Json(nullptr) : Json(local->local_path)},
            {"cloud_path", '/' + project.dir},
            {"cli_route", "cloud"},
            {"mcp_stdio", "cloud"},
            {"sync", local != nullptr},
            {"sync_supported", true},
            {"sync_reason", nullptr},
            {"local_usage", nullptr},
            {"is_default", project.is_default},
            {"sync_state", states.of(project, system_now())},
            {"last_sync", last_sync ? Json(*last_sync) : Json(nullptr)}};
}

void print_projects(Application& application, const std::vector<HostProject>& projects,
                    const CloudSettings& settings) {
    const ConfigFile file(application.directory(), application.environment());
    const auto config = file.load();
    const bool shows_default = config && config->default_project_mode;
    const std::string home = application.environment()("HOME").value_or("");
    const SyncStates states(application, settings);
    Terminal::Table table{"Basic Memory Projects", {"Name", "Path", "Local Path", "Sync"}, {}};
    if (shows_default) table.headers.emplace_back("Default");
    for (const HostProject& project : projects) {
        const CloudProject* local = settings.find(project.name);
        std::vector<std::string> row{
            project.name, '/' + project.dir,
            local == nullptr ? "" : with_home_as_tilde(local->local_path, home),
            states.of(project, system_now())};
        if (shows_default) row.emplace_back(project.is_default ? "[X]" : "");
        table.rows.push_back(std::move(row));
    }
    application.terminal().table(table);
}

/// Whether the folder may be one is known before the project is made.
int add_with_folder(Application& application, const ProjectAddCommand& command) {
    application.set_route(Route::cloud);
    const CloudWork work{"bm project add", true, false, command.json, false, command.name};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const auto path = expanded_path(*command.local_path, application.environment());
        const auto fine = check_root(context.settings, path, command.name, context.mounts);
        if (!fine) return fail_project(application, "adding project", fine.error());
        const auto created = context.host.create_project(
            command.name, permalink_for_path(command.name), command.make_default);
        if (!created) return fail_project(application, "adding project", created.error());
        if (!command.json) application.terminal().line(created->message);
        view.projects.push_back(created->project);
        view.projects.back().dir = normalized_dir(created->project.dir);
        const std::string& name = created->project.name;
        const auto done = attach_project(context, view, name, path);
        if (!done) return tell_failure(application, done.error(), work);
        if (command.json) {
            print_change(application, {{"project", name},
                                       {"local_sync_path", path.string()},
                                       {"message", created->message},
                                       {"done", *done}});
        } else {
            tell_attached(application.terminal(), name, path, *done);
            application.terminal().line("Local sync path configured: " + path.string());
        }
        return 0;
    });
}

}  // namespace

int run_cloud_project_list(Application& application, bool json) {
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    const auto projects = cloud->api.projects();
    if (!projects) return fail_project(application, "listing projects", projects.error());
    if (!json) {
        print_projects(application, *projects, cloud->settings);
        return 0;
    }
    const SyncStates states(application, cloud->settings);
    Json list = Json::array();
    for (const HostProject& project : *projects) {
        list.push_back(cloud_project_json(project, cloud->settings.find(project.name), states));
    }
    application.terminal().line(Json{{"projects", std::move(list)}}.dump(2, ' ', true));
    return 0;
}

int run_cloud_project_add(Application& application, const ProjectAddCommand& command) {
    if (command.local_path) return add_with_folder(application, command);
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    const auto created = cloud->api.create_project(command.name, permalink_for_path(command.name),
                                                   command.make_default);
    if (!created) return fail_project(application, "adding project", created.error());
    if (command.json) {
        print_change(application,
                     {{"project", created->project.name}, {"message", created->message}});
    } else {
        application.terminal().line(created->message);
    }
    return 0;
}

int run_cloud_project_remove(Application& application, const ProjectRemoveCommand& command) {
    if (const auto refused = refused_unasked_removal(application, command)) return *refused;
    application.set_route(Route::cloud);  // by the entry of the project it may be here only
    const CloudWork work{"bm project remove", true, false, command.json, false, command.name};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        Terminal& terminal = application.terminal();
        const HostProject* project = view.find(command.name);
        if (project == nullptr) {
            std::string known;
            for (const HostProject& each : view.projects)
                known += (known.empty() ? "" : ", ") + each.name;
            return fail_project(
                application, "removing project",
                {CloudFault::project_not_found, "Project '" + command.name + "' not found",
                 known.empty() ? "" : "The cloud has: " + known});
        }
        const bool has_folder = context.settings.find_attached(project->name) != nullptr;
        const std::string question = "Delete every file of '" + project->name + "' in the cloud" +
                                     (has_folder ? " and in its folder here?" : "?");
        if (command.delete_notes && !command.yes && isatty(STDIN_FILENO) == 1 &&
            !confirmed(terminal, question)) {
            terminal.line("Nothing was removed.");
            return kExitFailure;
        }
        const auto done = remove_project(context, view, *project, command.delete_notes);
        if (!done) return fail_project(application, "removing project", done.error());
        if (command.json) {
            print_change(application, {{"project", project->name},
                                       {"deleted_notes", command.delete_notes},
                                       {"message", done->empty() ? std::string() : done->front()},
                                       {"done", *done}});
            return 0;
        }
        for (const auto& line : *done) terminal.line(line);
        return 0;
    });
}

int run_cloud_project_info(Application& application, const std::string& name, bool json) {
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    const auto answer = cloud->api.get('/' + percent_encoded(slug(name), "/") + "/project/info");
    if (!answer) return fail_project(application, "getting project info", answer.error());
    const Json info = Json::parse(answer->body, nullptr, false);
    if (answer->status != 200 || !info.is_object())
        return fail_project(application, "getting project info", api_failure(*answer));
    Terminal& terminal = application.terminal();
    if (json) {
        terminal.line(info.dump(2, ' ', true, Json::error_handler_t::replace));
        return 0;
    }
    const auto text = [&info](const char* key) {
        const auto found = info.find(key);
        return found != info.end() && found->is_string() ? found->get<std::string>()
                                                         : std::string();
    };
    terminal.line(terminal.bold("Basic Memory Project Info"));
    terminal.line("Project:          " + text("project_name"));
    terminal.line("Path:             " + text("project_path"));
    terminal.line("Default Project:  " + text("default_project"));
    const auto statistics = info.value("statistics", Json::object());
    Terminal::Table table{"Statistics", {"Metric", "Count"}, {}};
    constexpr std::array<std::pair<const char*, const char*>, 5> rows{
        {{"Entities", "total_entities"},
         {"Observations", "total_observations"},
         {"Relations", "total_relations"},
         {"Unresolved Relations", "total_unresolved_relations"},
         {"Isolated Entities", "isolated_entities"}}};
    for (const auto& [label, key] : rows) {
        const auto found = statistics.find(key);
        if (found != statistics.end() && found->is_number())
            table.rows.push_back({label, found->dump()});
    }
    terminal.line("");
    terminal.table(table);
    return 0;
}

}  // namespace bm
