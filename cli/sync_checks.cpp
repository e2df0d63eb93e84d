#include "cli/sync_checks.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "cli/application.hpp"
#include "cli/sync_session.hpp"
#include "cloud/host_view.hpp"
#include "cloud/known_tenant.hpp"
#include "cloud/remote_listing.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/shell_word.hpp"
#include "cloud/sync_lock.hpp"

namespace bm {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPartsNamed = 10;

std::string resync_words(const CloudScope& scope) {
    return scope.is_space ? "bm cloud bisync --resync"
                          : "bm project bisync --name " + shell_word(scope.project) + " --resync";
}

class SyncChecks {
public:
    explicit SyncChecks(SyncContext& context) : context_(context) {}

    std::vector<SyncCheck> run() {
        const auto rclone = check_program();
        const auto view = check_host();
        if (rclone && view) check_storage(*rclone, *view);
        check_lock();
        for (const auto& scope : scopes_of(view)) {
            check_folder(scope);
            check_state(scope);
            check_parts(scope);
        }
        return std::move(found_);
    }

private:
    void fine(std::string text) { found_.push_back({true, std::move(text)}); }
    void wrong(std::string text, std::string fix) {
        found_.push_back({false, std::move(text), std::move(fix)});
    }
    void wrong(const std::string& what, const CloudFailure& failure) {
        wrong(what + ": " + failure.message, failure.hint);
    }

    std::optional<ReadyRclone> check_program() {
        const auto rclone = ready_rclone(context_, RcloneNeed::one_way);
        if (!rclone) {
            wrong("rclone", rclone.error());
            return std::nullopt;
        }
        const auto& program = rclone->setup.program;
        const std::string name =
            "rclone " + program.version_text() + " (" + program.file.string() + ")";
        if (const auto enough = check_rclone(program, RcloneNeed::two_way); !enough) {
            wrong(name, enough.error());
        } else {
            fine(name);
        }
        return *rclone;
    }

    std::optional<HostView> check_host() {
        auto view = look_at_host(context_);
        if (view) {
            fine("The host answers, and has " + std::to_string(view->projects.size()) +
                 " project(s)");
            return *std::move(view);
        }
        wrong("The host", view.error());
        return std::nullopt;
    }

    void check_storage(const ReadyRclone& rclone, const HostView& view) {
        ListingWish wish;
        wish.side = space_scope(context_.settings, view.tenant).remote;
        wish.only_top = true;
        const auto listed = list_side(rclone.setup, wish);
        if (listed.files) {
            fine("The storage at " + rclone.remote.endpoint + " can be read");
        } else {
            wrong("The storage", failure_of(listed.outcome, rclone.remote.endpoint));
        }
    }

    void check_lock() {
        const auto holder = sync_lock_holder(context_.settings.lock_file());
        if (holder) {
            fine("A sync is running (PID " + std::to_string(holder->pid) + ", " + holder->command +
                 ")");
        }
    }

    /// Also without the host: by what was noted.
    [[nodiscard]] std::vector<CloudScope> scopes_of(const std::optional<HostView>& seen) const {
        const auto view = seen ? seen : remembered_view(context_.settings);
        std::vector<CloudScope> scopes;
        if (!view) return scopes;
        const auto space = space_scope(context_.settings, view->tenant);
        if (const auto state = read_scope_state(space); state && !state->session.empty())
            scopes.push_back(space);
        for (const auto& attached : context_.settings.attached) {
            const auto* project = view->find(attached.name);
            HostProject unknown{attached.name, "", attached.name, false};
            scopes.push_back(project_scope(context_.settings, view->tenant,
                                           project != nullptr ? *project : unknown,
                                           attached.local_path));
        }
        return scopes;
    }

    void check_folder(const CloudScope& scope) {
        // The settings may spell it otherwise than the host, and nothing overlaps itself.
        const auto* attached =
            scope.is_space ? nullptr : context_.settings.find_attached(scope.project);
        const auto root =
            check_root(context_.settings, scope.local_root,
                       attached != nullptr ? attached->name : scope.project, context_.mounts);
        if (!root) return wrong(scope.title(), root.error());
        for (const auto& warning : *root) wrong(scope.title() + ": " + warning, "");
        std::error_code ignored;
        if (fs::is_directory(scope.local_root, ignored)) {
            return fine(scope.title() + ": the folder " + scope.local_root.string() +
                        " overlaps no other one");
        }
        wrong(scope.title() + ": the folder " + scope.local_root.string() + " does not exist",
              scope.is_space ? "Make it, or name another one: bm cloud bisync --dir DIR --resync"
                             : "If you moved it: bm project sync-setup " +
                                   shell_word(scope.project) + " NEWPATH");
    }

    void check_state(const CloudScope& scope) {
        std::error_code ignored;
        const auto state = read_scope_state(scope);
        if (!state && fs::exists(scope.state_file(), ignored)) {
            return wrong(scope.title() + ": " + scope.state_file().string() + " cannot be read",
                         "Run: " + resync_words(scope));
        }
        if (state && state->in_progress && !sync_lock_holder(context_.settings.lock_file())) {
            wrong(scope.title() + ": a sync that began at " + state->in_progress->started_at +
                      " did not end",
                  "The next sync goes on from there.");
        }
        if (state && state->last_result && !state->last_result->ok) {
            wrong(scope.title() + ": the last sync failed: " + state->last_result->message,
                  "Sync again, and see what it says.");
        }
        if (!is_initialized(scope, state)) {
            return wrong(scope.title() + ": both sides have not agreed on anything yet",
                         "Run: " + resync_words(scope));
        }
        fine(scope.title() + ": the state in " + scope.state.string() + " is whole");
    }

    /// Halves of files that a killed rclone has left. They are never synced.
    void check_parts(const CloudScope& scope) {
        std::vector<std::string> parts;
        std::error_code problem;
        fs::recursive_directory_iterator entry(
            scope.local_root, fs::directory_options::skip_permission_denied, problem);
        for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
            std::error_code ignored;
            if (entry->path().extension() == ".partial" && entry->is_regular_file(ignored))
                parts.push_back(entry->path().string());
        }
        if (parts.empty()) return;
        std::sort(parts.begin(), parts.end());
        std::string text = scope.title() + ": a sync that was killed has left " +
                           std::to_string(parts.size()) + " unfinished file(s):";
        for (std::size_t i = 0; i < std::min(parts.size(), kPartsNamed); ++i)
            text += "\n  " + parts[i];
        wrong(std::move(text), "They are never synced. Delete them when no sync runs.");
    }

    SyncContext& context_;
    std::vector<SyncCheck> found_;
};

}  // namespace

std::vector<SyncCheck> sync_checks(Application& application) {
    auto session = application.open_sync_anyway();
    if (!session) return {{false, session.error().message, session.error().hint}};
    SyncContext context{session->settings,    *session->config, *session->host,
                        session->make_filter, system_now,       application.log()};
    return SyncChecks(context).run();
}

}  // namespace bm
