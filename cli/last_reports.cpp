#include "cli/last_reports.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/application.hpp"
#include "cli/commands.hpp"
#include "cloud/sync_report.hpp"
#include "markdown/permalink.hpp"

namespace bm {

namespace {

using KeptJson = nlohmann::ordered_json;

std::string text_in(const KeptJson& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Names of files; nothing where the file says something else.
std::vector<std::string> texts_in(const KeptJson& object, const char* name) {
    std::vector<std::string> texts;
    const auto found = object.find(name);
    if (found == object.end() || !found->is_array()) return texts;
    for (const auto& each : *found) {
        if (each.is_string()) texts.push_back(each.get<std::string>());
    }
    return texts;
}

FileActions actions_in(const KeptJson& object) {
    FileActions actions{texts_in(object, "uploaded"),      texts_in(object, "downloaded"),
                        texts_in(object, "deleted_local"), texts_in(object, "deleted_remote"),
                        texts_in(object, "renamed"),       {}};
    if (const auto conflicts = object.find("conflicts"); conflicts != object.end()) {
        for (const auto& each : *conflicts) {
            if (each.is_object())
                actions.conflicts.push_back({text_in(each, "path"), texts_in(each, "kept")});
        }
    }
    return actions;
}

/// `2026-11-30 22:00 UTC` of a stamp such as `20261130T220000.123456Z`.
std::string moment_of(const std::string& stamp) {
    constexpr std::size_t through_minute = 13;
    if (stamp.size() < through_minute) return stamp;
    return stamp.substr(0, 4) + '-' + stamp.substr(4, 2) + '-' + stamp.substr(6, 2) + ' ' +
           stamp.substr(9, 2) + ':' + stamp.substr(11, 2) + " UTC";
}

void print_kept(Terminal& terminal, const std::string& stamp, const KeptJson& object) {
    CloudReport report;
    report.actions = actions_in(object);
    const std::string scope = text_in(object, "scope") == "space"
                                  ? std::string("The space")
                                  : "Project '" + text_in(object, "project") + '\'';
    const auto error = object.find("error");
    const bool failed = error != object.end() && error->is_object();
    terminal.line(terminal.bold(scope) + ", " + moment_of(stamp) + ": " +
                  (failed ? "failed: " + text_in(*error, "message") : summary_text(report)));
    if (failed && !text_in(*error, "hint").empty()) terminal.line("  " + text_in(*error, "hint"));
    for (const auto& line : action_lines(report)) terminal.line("  " + printable(line));
    for (const auto& warning : texts_in(object, "warnings")) terminal.line("  Warning: " + warning);
}

bool is_about(const KeptJson& object, const std::optional<std::string>& project) {
    if (!project) return true;
    return text_in(object, "scope") == "project" &&
           slug(text_in(object, "project")) == slug(*project);
}

}  // namespace

int run_last_reports(Application& application, const CloudWork& work) {
    const auto session = application.open_sync(work.project);
    if (!session) return tell_failure(application, session.error(), work);
    Terminal& terminal = application.terminal();
    bool ok = true;
    KeptJson results = KeptJson::array();
    for (const auto& kept : last_reports(session->settings.histories())) {
        const auto object = KeptJson::parse(kept.json, nullptr, false);
        if (!object.is_object() || !is_about(object, work.project)) continue;
        const auto said = object.find("ok");
        ok = ok && said != object.end() && *said == true;
        if (!work.json) print_kept(terminal, kept.stamp, object);
        results.push_back(object);
    }
    if (work.json) {
        const KeptJson all{{"ok", ok}, {"results", std::move(results)}};
        terminal.line(all.dump(2, ' ', true, KeptJson::error_handler_t::replace));
    } else if (results.empty()) {
        terminal.line("No run has changed anything, or failed, yet.");
    }
    return 0;
}

}  // namespace bm
