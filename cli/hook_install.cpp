#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>

#include "cli/hook_commands.hpp"
#include "cli/hook_file.hpp"
#include "cli/json_output.hpp"
#include "cli/setup_commands.hpp"
#include "repository/foreign_file.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// The file in which the harness is told what to call; Fault::unavailable where nobody knows it.
Result<fs::path> hook_file_of(const Application& application, const HookCommand& command) {
    const Environment& environment = application.environment();
    const bool is_codex = command.harness == kHarnesses[1];
    const char* name = is_codex ? "hooks.json" : "settings.json";
    if (command.project_dir) {
        return expanded_path(*command.project_dir, environment) /
               (is_codex ? ".codex" : ".claude") / name;
    }
    const auto moved = environment(is_codex ? "CODEX_HOME" : "CLAUDE_CONFIG_DIR");
    if (moved && !moved->empty()) return fs::absolute(*moved) / name;
    const std::string home = environment("HOME").value_or("");
    if (!home.starts_with('/')) {
        return fail(Fault::unavailable,
                    "HOME is not set, so there is no place to look. Say --project-dir.");
    }
    return fs::path(home) / (is_codex ? ".codex" : ".claude") / name;
}

int refuse_malformed(Application& application, const fs::path& file, const Error& error) {
    if (error.fault == Fault::conflict) {
        application.terminal().error("error: " + file.string() + ": " + error.message);
        return kExitFailure;
    }
    application.terminal().error("error: " + file.string() + " is not valid JSON (" +
                                 error.message + "); fix it and retry");
    return kExitFailure;
}

/// Writes what `edit` makes of the file, and says so.
int change_hooks(Application& application, const HookCommand& command, const std::string& done,
                 const std::function<Result<std::string>(const std::string&)>& edit) {
    const auto place = hook_file_of(application, command);
    if (!place) return fail_command(application, place.error().message);
    const fs::path& path = *place;
    const auto file = read_foreign_file(path);
    if (!file) return fail_command(application, file.error().message);
    const auto text = edit(file->text);
    if (!text) return refuse_malformed(application, path, text.error());
    Terminal& terminal = application.terminal();
    const std::string home = application.environment()("HOME").value_or("");
    const auto report = [&](bool changed, const std::optional<fs::path>& backup) {
        print_change(application, {{"harness", command.harness},
                                   {"file", path.string()},
                                   {"changed", changed},
                                   {"backup", backup ? ChangeValue(backup->string())
                                                     : ChangeValue(std::monostate())}});
        return 0;
    };
    if (*text == file->text) {
        if (command.json) return report(false, {});
        terminal.line("Nothing to do in " + with_home_as_tilde(path.string(), home));
        return 0;
    }
    const auto backup = replace_foreign_file(*file, *text);
    if (!backup) return fail_command(application, backup.error().message);
    if (command.json) return report(true, *backup);
    terminal.line(done + ' ' + with_home_as_tilde(path.string(), home));
    if (*backup) {
        terminal.line("  What it said before: " + with_home_as_tilde((*backup)->string(), home));
    }
    return 0;
}

std::size_t captured_events(const Application& application) {
    std::size_t count = 0;
    std::error_code problem;
    for (fs::directory_iterator at(application.directory().root / "hook-events", problem), end;
         !problem && at != end; at.increment(problem)) {
        if (at->path().extension() == ".json") ++count;
    }
    return count;
}

}  // namespace

int run_hook_install(Application& application, const HookCommand& command) {
    return change_hooks(application, command, "Hooks are installed in", [&](const auto& text) {
        return with_hooks(text, command.harness, own_command(application));
    });
}

int run_hook_remove(Application& application, const HookCommand& command) {
    return change_hooks(application, command, "Hooks are removed from",
                        [&](const auto& text) { return without_hooks(text, command.harness); });
}

int run_hook_status(Application& application, const HookCommand& command) {
    const auto place = hook_file_of(application, command);
    if (!place) return fail_command(application, place.error().message);
    const fs::path& path = *place;
    const auto file = read_foreign_file(path);
    if (!file) return fail_command(application, file.error().message);
    const auto hooks = hooks_in(file->text, command.harness);
    if (!hooks) return refuse_malformed(application, path, hooks.error());
    const std::size_t events = captured_events(application);
    Terminal& terminal = application.terminal();
    if (command.json) {
        Json installed = Json::object();
        for (const HookVerb& each : kHookVerbs) {
            const auto found = hooks->find(std::string(each.verb));
            installed[std::string(each.verb)] =
                found == hooks->end() ? Json(nullptr) : Json(found->second);
        }
        const Json report = {{"harness", command.harness},
                             {"file", path.string()},
                             {"hooks", installed},
                             {"captured_events", events}};
        terminal.line(report.dump(2, ' ', true, Json::error_handler_t::replace));
        return 0;
    }
    const std::string home = application.environment()("HOME").value_or("");
    terminal.line("harness: " + command.harness);
    terminal.line("file: " + with_home_as_tilde(path.string(), home));
    for (const HookVerb& each : kHookVerbs) {
        const auto found = hooks->find(std::string(each.verb));
        terminal.line(std::string(each.verb) + ": " +
                      (found == hooks->end() ? "not installed" : found->second));
    }
    terminal.line("captured events: " + std::to_string(events));
    return 0;
}

}  // namespace bm
