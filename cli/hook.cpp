#include <filesystem>
#include <iostream>
#include <system_error>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/hook_commands.hpp"
#include "markdown/text.hpp"
#include "repository/checksum.hpp"
#include "repository/clock.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostHookCharacters = 10'000;
constexpr std::size_t kMostHookInput = 1U << 20;

fs::path events_folder(const Application& application) {
    return application.directory().root / "hook-events";
}

/// What the harness says of the moment; an empty object where nothing usable comes.
Json hook_input() {
    if (::isatty(STDIN_FILENO) == 1) return Json::object();
    std::string text;
    std::string piece(64U << 10, '\0');
    while (text.size() < kMostHookInput &&
           (std::cin.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
            std::cin.gcount() > 0)) {
        text.append(piece, 0, static_cast<std::size_t>(std::cin.gcount()));
    }
    Json input = Json::parse(text, nullptr, false);
    return input.is_object() ? input : Json::object();
}

std::string text_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// A hook that failed would stop its harness: what is wrong is said, and that is all.
int never_fail(Application& application, const std::function<Result<void>()>& run) try {
    if (const auto done = run(); !done) application.terminal().error("bm: " + done.error().message);
    return 0;
} catch (const std::exception& problem) {
    application.terminal().error(std::string("bm: ") + problem.what());
    return 0;
}

bool is_below(const fs::path& path, const fs::path& folder) {
    const auto relative = path.lexically_relative(folder);
    return !relative.empty() && *relative.begin() != "..";
}

/// The project that the session works in, by its folder; else the default one.
std::optional<Project> project_of_session(Application& application, const fs::path& folder) {
    std::optional<Project> found;
    for (const Project& project : application.knowledge().projects()) {
        const bool is_closer = !found || project.path.string().size() > found->path.string().size();
        if (!folder.empty() && is_below(folder, project.path) && is_closer) found = project;
    }
    return found ? found : application.knowledge().default_project();
}

std::string recent_notes(Application& application, const Project& project) {
    const Tool* tool = application.catalog().find_tool("recent_activity");
    if (tool == nullptr) return "";
    const ToolReply reply =
        tool->run({}, {{"project", project.name.str()}, {"timeframe", "7d"}, {"page_size", 10}});
    return !reply.failed && reply.value.is_string() ? reply.value.get<std::string>() : "";
}

Result<void> greet_session(Application& application, const HookCommand& command) {
    const Json input = hook_input();
    if (application.works_on_cloud()) return {};
    const std::string folder = command.project_dir.value_or(text_at(input, "cwd"));
    const auto project = project_of_session(application, folder);
    if (!project) return fail(Fault::not_found, "there is no project");
    std::string text = "Basic Memory keeps notes in project '" + project->name.str() +
                       "'. Look there before you ask what was decided: search_notes, read_note, "
                       "build_context. Keep what is worth it: write_note.\n\n" +
                       recent_notes(application, *project);
    application.terminal().line(first_code_points(text, kMostHookCharacters - 1));
    return {};
}

Result<void> capture_event(Application& application, const HookCommand& command) {
    const Json input = hook_input();
    Json event = {{"event", "pre-compact"},
                  {"harness", command.harness},
                  {"captured_at", iso8601_utc(system_now())}};
    for (const char* name : {"session_id", "transcript_path", "cwd", "trigger"}) {
        if (const std::string text = text_at(input, name); !text.empty()) event[name] = text;
    }
    const auto written = write_file_atomically(
        events_folder(application) / (new_uuid() + ".json"),
        event.dump(2, ' ', true, Json::error_handler_t::replace) + '\n', 0600);
    if (!written) return written;
    application.terminal().line(
        "The conversation is about to be shortened. What of it is worth keeping goes into a note "
        "now: write_note.");
    return {};
}

}  // namespace

int run_hook_session_start(Application& application, const HookCommand& command) {
    return never_fail(application, [&] { return greet_session(application, command); });
}

int run_hook_pre_compact(Application& application, const HookCommand& command) {
    return never_fail(application, [&] { return capture_event(application, command); });
}

int run_hook_stop(Application& application, const HookCommand& /*command*/) {
    application.terminal().line(R"({"continue":true})");
    return 0;
}

int run_hook_flush(Application& application, const HookCommand& command) {
    const fs::path folder = events_folder(application);
    const fs::path archive = folder / "archive";
    const auto limit =
        fs::file_time_type::clock::now() - std::chrono::hours(24) * command.older_than_days;
    std::vector<fs::path> old;
    std::error_code problem;
    for (fs::directory_iterator at(folder, problem), end; !problem && at != end;
         at.increment(problem)) {
        std::error_code gone;
        const auto written = fs::last_write_time(at->path(), gone);
        if (!gone && at->path().extension() == ".json" && written <= limit) {
            old.push_back(at->path());
        }
    }
    std::error_code refused;
    if (!old.empty()) fs::create_directories(archive, refused);
    for (const fs::path& file : old) {
        if (!refused) fs::rename(file, archive / file.filename(), refused);
        if (refused) {
            return fail_command(application,
                                "cannot move " + file.string() + ": " + refused.message());
        }
    }
    if (command.json) {
        application.terminal().line(Json{{"archived", old.size()}}.dump(2, ' ', true));
    } else {
        application.terminal().line("Archived " + std::to_string(old.size()) +
                                    (old.size() == 1 ? " event" : " events"));
    }
    return 0;
}

}  // namespace bm
