#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"

namespace bm {

struct ConfigCommand {
    std::string key;
    std::string value;
    bool json = false;
};
int run_config_list(Application& application, bool json);
int run_config_get(Application& application, const ConfigCommand& command);
int run_config_set(Application& application, const ConfigCommand& command);
int run_config_unset(Application& application, const ConfigCommand& command);

struct OrphansCommand {
    std::optional<std::string> project;
    bool json = false;
};
/// Lists the notes that no relation leads to or from.
int run_orphans(Application& application, const OrphansCommand& command);

struct ResetCommand {
    bool reindex = false;
    bool force = false;
    bool yes = false;
    bool json = false;
};
/// Puts an empty index in the place of the one that is there; files and projects stay.
int run_reset(Application& application, const ResetCommand& command);

/// As run_reindex of commands.hpp, but with a report for scripts.
int run_reindex_reported(Application& application, const ReindexCommand& command);

/// The processes, other than this one, that hold the index open; empty where the system does not
/// tell.
std::vector<int> processes_using(const std::filesystem::path& index);

struct FormatCommand {
    std::optional<std::string> path;
    std::optional<std::string> project;
    bool json = false;
};
/// Runs the user's own formatter over files of a project.
int run_format(Application& application, const FormatCommand& command);

struct TelemetryCommand {
    bool enabled = false;
    bool json = false;
};
int run_telemetry_set(Application& application, const TelemetryCommand& command);
int run_telemetry_status(Application& application, bool json);

struct UpdateCommand {
    bool check = false;
    bool json = false;
};
/// Says which version this is and how this copy is brought up to date; loads nothing.
int run_update(Application& application, const UpdateCommand& command);

/// How a copy of the program came to where it is, told by its path and what lies beside it.
enum class Installation { unpacked, debian, nix, homebrew, bundle, source };
Installation installation_of(const std::filesystem::path& program);

int run_workspace(Application& application);

struct ManCommand {
    std::optional<std::string> directory;
    bool json = false;
};
int run_man_install(Application& application, const ManCommand& command);
int run_man_show(Application& application);

struct InspectNoteCommand {
    std::string note;
    std::optional<std::string> project;
    bool json = false;
    std::optional<std::string> project_id = {};  ///< instead of a name
};
/// Shows what the index holds for a note.
int run_inspect_note(Application& application, const InspectNoteCommand& command);

struct InspectQueryCommand {
    std::string query;
    std::string mode = "text";
    std::optional<std::string> project;
    std::size_t page = 1;
    std::size_t page_size = 10;
    bool json = false;
    bool show_ids = false;
    std::optional<std::string> project_id = {};  ///< instead of a name
};
/// Shows how the results of a query were ranked, and which of its words each of them has.
int run_inspect_query(Application& application, const InspectQueryCommand& command);

}  // namespace bm
