#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"
#include "sync/note_history.hpp"
#include "tools/relative_time.hpp"
#include "tools/version_report.hpp"

namespace bm {

namespace {

const char* what_it_said(bool is_kept) {
    return is_kept ? "What it said until now is in its history: restore again to take it back."
                   : "What it said until now is lost, because history_enabled is false.";
}

}  // namespace

int run_restore(Application& application, const RestoreCommand& command) {
    if (const auto refused = refused_on_cloud(application, "restore", command.project))
        return *refused;
    const auto project = chosen_project(application, command.project);
    if (!project) return kExitFailure;
    index_what_is_unscanned(application, project->name.str());
    KnowledgeBase& knowledge = application.knowledge();
    const auto versions =
        versions_of(knowledge, *project, command.project.has_value(), command.note);
    if (!versions) return fail_command(application, versions.error().message);
    const auto restored = restore_version(knowledge, *versions, command.at);
    if (!restored) return fail_command(application, restored.error().message);
    const HistoryRecord& version = restored->version;
    std::string what = restored->note.entity.path.str() + " is version " + version_id(version) +
                       " again (" + version_story(version) + ' ' +
                       relative_time(version.at, knowledge.now()) + ", " +
                       std::to_string(version.size) + " bytes). ";
    if (const auto& lost = restored->lost_permalink) {
        what += "Its permalink is " + restored->note.entity.permalink.value_or("") + ", because " +
                *lost + " is another note's by now. ";
    }
    if (!restored->note.is_text) {
        what += "Its bytes are no UTF-8 text: it is not indexed until somebody mends that. ";
    }
    what += restored->note.created ? "It had been deleted."
                                   : what_it_said(restored->note.replaced_is_kept);
    if (command.json) {
        print_change(application, {{"project", project->name.str()},
                                   {"file_path", restored->note.entity.path.str()},
                                   {"permalink", restored->note.entity.permalink.value_or("")},
                                   {"version", version_id(version)},
                                   {"was_deleted", restored->note.created},
                                   {"message", what}});
    } else {
        application.terminal().line(what);
    }
    for (const auto& sentence : restored->note.not_done) {
        application.terminal().error("Warning: " + sentence);
    }
    return 0;
}

}  // namespace bm
