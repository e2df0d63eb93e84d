#include "cli/assistant_sync.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include <unistd.h>

#include "cli/cloud_connection.hpp"
#include "cloud/old_state.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/shell_word.hpp"
#include "cloud/space_sync.hpp"
#include "cloud/sync_lock.hpp"
#include "markdown/text.hpp"
#include "server/file_descriptor.hpp"

namespace bm {

namespace {

constexpr std::chrono::minutes kLookIsGood{15};
constexpr std::size_t kMostLinesTold = 50;
/// A client that has cancelled a call does not wait for it.
constexpr std::chrono::seconds kGraceOfCall{10};

/// Asks a running program to stop when a call is cancelled.
class CallStop {
public:
    explicit CallStop(const std::stop_token& cancelled)
        : callback_(cancelled, [this] {
              const char once = 1;
              static_cast<void>(!::write(pipe_.write_end.number(), &once, 1));
          }) {}
    [[nodiscard]] StopRequest request() const { return {pipe_.read_end.number()}; }

private:
    WakePipe pipe_ = make_wake_pipe();
    std::stop_callback<std::function<void()>> callback_;
};

CloudSyncAnswer failed_answer(const CloudFailure& failure) {
    std::string text = "# Not Synced\n\n" + failure.message;
    if (!failure.hint.empty()) text += "\n\nFor the user, in a terminal:\n" + failure.hint;
    return {text,
            {{"ok", false},
             {"error",
              {{"code", cloud_fault_name(failure.fault)},
               {"message", failure.message},
               {"hint", failure.hint}}}},
            true};
}

std::string list_of(const std::vector<std::string>& lines) {
    std::string text;
    for (std::size_t i = 0; i < std::min(lines.size(), kMostLinesTold); ++i)
        text += "- " + lines[i] + '\n';
    if (lines.size() > kMostLinesTold)
        text += "- … and " + std::to_string(lines.size() - kMostLinesTold) + " more\n";
    return text;
}

CloudSyncAnswer answer_of(const CloudReport& report, const std::vector<std::string>& said) {
    CloudSyncAnswer answer{{}, Json::parse(report_json(report), nullptr, false), !report.ok()};
    if (report.failure) {
        answer.text = failed_answer(*report.failure).text;
        return answer;
    }
    answer.text = (report.dry_run ? "# Would Sync: " : "# Synced: ") + report.title() + "\n\n" +
                  summary_text(report) + '\n';
    answer.text += list_of(action_lines(report));
    for (const auto& each : report.actions.conflicts) {
        if (!report.dry_run)
            answer.text +=
                "Both sides changed " + each.path + "; also kept: " + join(each.kept, ", ") + '\n';
    }
    for (const auto& line : said) answer.text += line + '\n';
    for (const auto& note : report.notes) answer.text += note + '\n';
    for (const auto& warning : report.warnings) answer.text += "Warning: " + warning + '\n';
    return answer;
}

std::vector<CloudScope> asked_scopes(const SyncContext& context, const HostView& view,
                                     const std::string& project) {
    std::vector<CloudScope> scopes;
    if (project.empty()) scopes.push_back(space_scope(context.settings, view.tenant));
    for (const auto& each : view.projects) {
        const auto* attached = context.settings.find_attached(each.name);
        if (attached == nullptr || attached->name != each.name) continue;
        if (!project.empty() && view.find(project) != &each) continue;
        scopes.push_back(project_scope(context.settings, view.tenant, each, attached->local_path));
    }
    return scopes;
}

std::string resync_command(const CloudScope& scope) {
    return scope.is_space ? "bm cloud bisync --resync"
                          : "bm project bisync --name " + shell_word(scope.project) + " --resync";
}

void tell_scope(CloudSyncAnswer& answer, const CloudScope& scope) {
    const auto state = read_scope_state(scope);
    const bool is_ready = is_initialized(scope, state);
    const auto conflicts = conflict_copies(scope);
    Json object{{"scope", scope.title()},    {"is_space", scope.is_space},
                {"initialized", is_ready},   {"local_root", scope.local_root.string()},
                {"last_sync", nullptr},      {"last_error", nullptr},
                {"conflicts", Json::array()}};
    std::string line = "- " + (scope.is_space ? std::string("all projects") : scope.project) +
                       " in " + scope.local_root.string() + ": ";
    line += is_ready ? "last synced " + state->last_sync.value_or("never")
                     : "never synced; the user begins with `" + resync_command(scope) + "`";
    if (state && state->last_sync) object["last_sync"] = *state->last_sync;
    if (state && state->last_result && !state->last_result->ok) {
        object["last_error"] =
            Json{{"code", state->last_result->code}, {"message", state->last_result->message}};
        line += ". The last run failed: " + state->last_result->message;
    }
    for (const auto& each : conflicts) object["conflicts"].push_back(each.path);
    if (!conflicts.empty()) {
        line += ". Copies of conflicts: " + std::to_string(conflicts.size()) + ", such as " +
                conflicts.front().path;
    }
    answer.text += line + '\n';
    answer.object["scopes"].push_back(std::move(object));
}

}  // namespace

SyncContext AssistantSync::context_of(SyncSession& session) const {
    SyncContext context{session.settings,    *session.config, *session.host,
                        session.make_filter, parts_.clock,    parts_.log};
    context.mounts = parts_.mounts;
    context.stop_grace = kGraceOfCall;
    return context;
}

bool AssistantSync::take_look(const std::string& project) {
    const std::scoped_lock lock(mutex_);
    const auto found = looks_.find(project);
    if (found == looks_.end()) return false;
    const auto age = parts_.clock() - found->second;
    looks_.erase(found);
    return age >= age.zero() && age <= kLookIsGood;
}

CloudSyncAnswer AssistantSync::status(const std::string& project) try {
    auto session = parts_.open();
    if (!session) return failed_answer(session.error());
    auto context = context_of(*session);
    const auto view = look_at_host(context);
    if (!view) return failed_answer(view.error());
    if (!project.empty() && view->find(project) == nullptr) {
        return failed_answer({CloudFault::project_not_found,
                              "Project '" + project + "' not found on cloud", "bm project list"});
    }
    CloudSyncAnswer answer{"# Sync Status\n\n", {{"ok", true}, {"scopes", Json::array()}}, false};
    const auto scopes = asked_scopes(context, *view, project);
    for (const auto& scope : scopes) tell_scope(answer, scope);
    if (scopes.empty()) {
        answer.text +=
            "- " + project + " has no folder of its own here; it is synced with all projects.\n";
    }
    const auto holder = sync_lock_holder(context.settings.lock_file());
    answer.object["running"] = holder ? Json(holder->command) : Json(nullptr);
    if (holder) answer.text += "\nRunning now: " + holder->command + '\n';
    return answer;
} catch (const std::exception& problem) {
    parts_.log(LogLevel::error, problem.what());
    return failed_answer({CloudFault::internal, "The state could not be read.", ""});
}

CloudSyncAnswer AssistantSync::sync(const CallContext& call, const std::string& project,
                                    bool dry_run) try {
    if (!dry_run && !take_look(project)) {
        return failed_answer(
            {CloudFault::usage,
             "Look first: call sync_project with dry_run=true, show the user what would be done, "
             "and call again within a quarter of an hour.",
             ""});
    }
    return run(call, project, dry_run);
} catch (const std::exception& problem) {
    parts_.log(LogLevel::error, problem.what());
    return failed_answer({CloudFault::internal, "The run could not be made.", ""});
}

CloudSyncAnswer AssistantSync::run(const CallContext& call, const std::string& project,
                                   bool dry_run) {
    auto session = parts_.open();
    if (!session) return failed_answer(session.error());
    const CallStop stop(call.cancelled);
    auto context = context_of(*session);
    std::vector<std::string> said;
    context.stop = stop.request();
    context.say = [&said](const std::string& line) { said.push_back(line); };
    context.progress = [&call](const RcloneStats& stats) {
        if (!call.progress) return;
        call.progress(static_cast<double>(stats.transfers),
                      static_cast<double>(stats.total_transfers),
                      stats.current.empty() ? "Syncing" : "Syncing " + stats.current);
    };
    const auto lock = SyncLock::take(context.settings.lock_file(), "sync_project of an assistant",
                                     context.now_text());
    if (!lock) return failed_answer(lock.error());
    // Whoever held it may have changed them.
    auto settings = session->config->load();
    if (!settings) return failed_answer(settings.error());
    context.settings = *std::move(settings);
    const auto view = look_at_host(context);
    if (!view) return failed_answer(view.error());
    if (const auto done = adopt_old_states(context, *view); !done)
        return failed_answer(done.error());
    SyncWish wish;
    wish.profile = context.settings.profile;
    wish.command =
        project.empty() ? "bm cloud bisync" : "bm project bisync --name " + shell_word(project);
    wish.dry_run = dry_run;
    const auto report = project.empty() ? sync_space(context, *view, wish)
                                        : bisync_project(context, *view, project, wish);
    auto answer = answer_of(report, said);
    if (!report.dry_run || !report.ok()) return answer;
    const auto scopes = asked_scopes(context, *view, project);
    const bool may_go_on =
        !scopes.empty() && is_initialized(scopes.front(), read_scope_state(scopes.front()));
    if (may_go_on) {
        const std::scoped_lock looking(mutex_);
        looks_[project] = parts_.clock();
    }
    answer.text +=
        may_go_on
            ? "\nNothing was changed. To do this, once the user agrees, call "
              "sync_project again with dry_run=false."
            : "\nNothing was changed. The first run is the user's, in a terminal: " + wish.command +
                  " --resync";
    return answer;
}

bool is_cloud_set_up(const DataDirectory& directory, const Environment& environment) {
    // What is wrong with a file that cannot be used is said by whoever needs the settings.
    const auto config = ConfigFile(directory, environment).load();
    if (!config) return false;
    const bool is_meant =
        config->cloud_mode || std::any_of(config->projects.begin(), config->projects.end(),
                                          [](const auto& project) { return project.cloud; });
    return is_meant && read_remote_section(rclone_config_file(environment)).has_value();
}

}  // namespace bm
