#include <algorithm>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>

#include <nlohmann/json.hpp>
#include <poll.h>

#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "cli/sync_checks.hpp"
#include "repository/trouble.hpp"
#include "server/stop_signals.hpp"
#include "sync/index_check.hpp"
#include "sync/round_trip.hpp"
#include "sync/watch_status.hpp"

namespace bm {

namespace {

// More is told by --json.
constexpr std::size_t kMostDifferencesTold = 50;

Json lines_of(const std::vector<IndexDifference>& differences) {
    Json list = Json::array();
    for (const auto& each : differences) {
        list.push_back({{"kind", name_of(each.flaw)}, {"path", each.path}, {"text", each.text}});
    }
    return list;
}

Json lines_of(const std::vector<SkippedFile>& files) {
    Json list = Json::array();
    for (const auto& each : files) list.push_back({{"path", each.path}, {"reason", each.reason}});
    return list;
}

std::string counted(std::size_t count, const char* noun) {
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

/// One run of `bm doctor`. Every step gives an Error for what it could not put right.
class Doctor {
public:
    Doctor(Application& application, const DoctorCommand& command)
        : application_(application), terminal_(application.terminal()), command_(command) {}

    int run() {
        const StopSignals signals;
        const std::jthread listener(
            [this, fd = signals.fd()](const std::stop_token& end) { listen(fd, end); });
        auto done = check_all();
        if (stop_.stop_requested()) {
            terminal_.error("Interrupted.");
            return kExitInterrupted;
        }
        if (command_.json) {
            report_["healthy"] = done.has_value();
            report_["error"] = done ? Json(nullptr) : Json(done.error().message);
            terminal_.line(report_.dump(2, ' ', true, Json::error_handler_t::replace));
        } else if (done) {
            terminal_.line("Doctor checks passed.");
        }
        if (!done) terminal_.error("Doctor failed: " + with_way_out(done.error().message));
        return done ? 0 : kExitFailure;
    }

private:
    KnowledgeBase& knowledge() { return application_.knowledge(); }

    void listen(int fd, const std::stop_token& end) {
        constexpr int patience_ms = 50;
        while (!end.stop_requested()) {
            pollfd source{fd, POLLIN, 0};
            if (::poll(&source, 1, patience_ms) > 0) {
                stop_.request_stop();
                return;
            }
        }
    }

    void ok(std::string_view text) {
        if (!command_.json) terminal_.line(terminal_.green("OK") + ' ' + std::string(text));
    }
    void tell(const std::string& text) {
        if (!command_.json) terminal_.line(text);
    }

    Result<void> check_all() try {
        // There the notes are the host's business.
        if (application_.works_on_cloud()) return check_sync();
        if (const auto usable = knowledge().check_config(); !usable) return usable;
        auto done = check_index().and_then([&] { return check_projects(); }).and_then([&] {
            return round_trip();
        });
        return done && command_.sync ? check_sync() : done;
    } catch (const std::exception& problem) {
        auto trouble = trouble_of(problem, application_.directory().index());
        if (!trouble) throw;
        return tl::unexpected(*std::move(trouble));
    }

    Result<void> check_sync() {
        Json list = Json::array();
        std::size_t problems = 0;
        for (const auto& check : sync_checks(application_)) {
            list.push_back({{"ok", check.is_fine}, {"text", check.text}, {"fix", check.fix}});
            if (check.is_fine) {
                ok(check.text);
                continue;
            }
            ++problems;
            tell(terminal_.yellow("!") + ' ' + check.text);
            if (!check.fix.empty()) tell("  " + check.fix);
        }
        report_["sync"] = std::move(list);
        if (problems == 0) return {};
        return fail(Fault::conflict, counted(problems, "problem") + " with syncing");
    }

    Result<void> check_index() {
        const std::string file = application_.directory().index().string();
        std::error_code ignored;
        const bool was_there = std::filesystem::exists(file, ignored);
        DatabaseFindings found;
        try {
            found = check_database(knowledge());
        } catch (const DatabaseError& problem) {
            // Whoever holds it may go on with it, and a full disk takes no other one.
            if (problem.is_busy() || problem.is_full() || !problem.is_trouble()) throw;
            found.damage = {problem.what()};
        }
        const auto& damage = found.damage;
        if (damage.empty() && was_there && knowledge().index().was_rebuilt()) {
            tell("The index " + file +
                 " could not be used, and is made anew; what it was is kept beside it.");
        }
        report_["index"] = {{"file", file}, {"damage", damage}, {"orphans", found.orphans}};
        if (damage.empty() && found.orphans > 0) {
            tell("! The index " + file + ": " +
                 counted(static_cast<std::size_t>(found.orphans), "row") + " without a note");
            if (command_.check) {
                return fail(Fault::conflict, "the index " + file +
                                                 " has rows without notes. `bm doctor` without "
                                                 "--check removes them.");
            }
            remove_orphans(knowledge());
            tell("They are removed.");
        }
        if (damage.empty()) {
            ok("The index " + file + " is sound");
            return {};
        }
        for (const auto& line : damage) tell("! The index " + file + ": " + line);
        if (command_.check) {
            return fail(Fault::conflict, "the index " + file + " is damaged. `bm doctor` without " +
                                             "--check makes it anew from your files.");
        }
        replace_database(knowledge());
        tell("The index is made anew from the files; what it was is kept beside it.");
        report_["index"]["replaced"] = true;
        return {};
    }

    Result<void> check_projects() {
        report_["projects"] = Json::array();
        std::error_code unknown;
        const auto temporary = std::filesystem::temp_directory_path(unknown);
        if (can_make_projects() && !unknown) remove_dead_round_trips(knowledge(), temporary);
        std::optional<Project> only;
        if (command_.project) {
            only = knowledge().find_project(*command_.project);
            if (!only)
                return fail(Fault::not_found, "No project found named: " + *command_.project);
        }
        std::size_t differences = 0;
        for (const auto& project : knowledge().projects()) {
            if (stop_.stop_requested()) return {};
            if (only && only->id != project.id) continue;
            // Another doctor's, and gone in a moment.
            if (!only && is_of_round_trip(project, temporary)) continue;
            const auto found = check_one(project);
            if (!found) return tl::unexpected(found.error());
            differences += *found;
        }
        if (differences == 0) return {};
        return fail(Fault::conflict,
                    counted(differences, "difference") +
                        (command_.check ? ". Run `bm doctor` without --check to put them right."
                                        : " could not be put right. Run `bm reindex`."));
    }

    /// How many differences are left; none are known of when it is stopped.
    Result<std::size_t> check_one(const Project& project) {
        auto findings = look_at(project);
        if (!findings) return tl::unexpected(findings.error());
        // Who was stopped has not seen everything.
        if (stop_.stop_requested()) return 0U;
        Json entry = {{"project", project.name.str()},
                      {"files", findings->files},
                      {"differences", lines_of(findings->differences)},
                      {"unusable", lines_of(findings->unusable)},
                      {"unreadable_folders", findings->unreadable_folders},
                      {"repaired", 0}};
        const auto watching = who_watches(knowledge(), project);
        entry["watched_by_process"] = watching ? Json(watching->process) : Json(nullptr);
        print(project, *findings);
        const std::size_t found = findings->differences.size();
        std::size_t left = found;
        if (found > 0 && !command_.check) {
            const auto repaired = repair_project(knowledge(), project, *findings,
                                                 progress("Repairing ", project), stop());
            terminal_.end_progress();
            if (!repaired) return tl::unexpected(repaired.error());
            findings = look_at(project);
            if (!findings) return tl::unexpected(findings.error());
            if (stop_.stop_requested()) return 0U;
            left = std::min(found, findings->differences.size());
            entry["repaired"] = found - left;
            entry["left"] = lines_of(findings->differences);
            tell(project.name.str() + ": repaired " + counted(found - left, "difference"));
            for (const auto& each : findings->differences) print_difference(project, each);
        }
        report_["projects"].push_back(std::move(entry));
        return left;
    }

    Result<ProjectFindings> look_at(const Project& project) {
        auto findings = check_project(knowledge(), project, progress("Checking ", project), stop());
        terminal_.end_progress();
        return findings;
    }

    void print(const Project& project, const ProjectFindings& findings) {
        for (const auto& file : findings.unusable) {
            terminal_.error("Warning: " + project.name.str() + ": " + file.path +
                            " is not indexed: " + file.reason);
        }
        for (const auto& folder : findings.unreadable_folders) {
            terminal_.error("Warning: " + project.name.str() + ": " +
                            unreadable_sentence(folder, findings.hindrances));
        }
        if (findings.differences.empty()) {
            ok(project.name.str() + ": the index agrees with " + agreed(findings));
            return;
        }
        std::size_t lines = 0;
        for (const auto& each : findings.differences) {
            if (++lines > kMostDifferencesTold) break;
            print_difference(project, each);
        }
        if (findings.differences.size() > kMostDifferencesTold) {
            tell("! " + project.name.str() + ": and " +
                 std::to_string(findings.differences.size() - kMostDifferencesTold) + " more");
        }
    }

    static std::string agreed(const ProjectFindings& findings) {
        std::string text = counted(static_cast<std::size_t>(findings.usable_files), "file");
        if (!findings.unusable.empty()) {
            text += ", and " + std::to_string(findings.unusable.size()) + " cannot be indexed";
        }
        return text;
    }

    void print_difference(const Project& project, const IndexDifference& difference) {
        const std::string subject = difference.path.empty() ? "" : difference.path + ' ';
        tell(terminal_.yellow("!") + ' ' + project.name.str() + ": " + subject + difference.text);
    }

    bool can_make_projects() {
        return !application_.environment()("BASIC_MEMORY_PROJECTS").has_value();
    }

    Result<void> round_trip() {
        if (stop_.stop_requested()) return {};
        if (!can_make_projects()) {
            tell(
                "The round trip is left out: BASIC_MEMORY_PROJECTS names the projects, so none "
                "can be made.");
            return {};
        }
        Json steps = Json::array();
        auto done = try_round_trip(
            knowledge(), std::filesystem::temp_directory_path(),
            [&](std::string_view step) {
                steps.push_back(step);
                ok(step);
            },
            [this] { return stop_.stop_requested(); });
        report_["round_trip"] = std::move(steps);
        return done;
    }

    [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }
    SyncProgress progress(const std::string& doing, const Project& project) {
        return [this, text = doing + project.name.str()](std::size_t done, std::size_t total) {
            terminal_.progress(text, done, total);
        };
    }

    Application& application_;
    Terminal& terminal_;
    const DoctorCommand& command_;
    std::stop_source stop_;
    Json report_ = Json::object();
};

}  // namespace

int run_doctor(Application& application, const DoctorCommand& command) {
    if (!command.sync) {
        if (const auto refused = refused_on_cloud(application, "doctor")) return *refused;
    }
    return Doctor(application, command).run();
}

}  // namespace bm
