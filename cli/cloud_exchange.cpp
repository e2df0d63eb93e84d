#include <nlohmann/json.hpp>

#include "cli/application.hpp"
#include "cli/cloud_sync_commands.hpp"
#include "cli/commands.hpp"
#include "cli/sync_session.hpp"
#include "cloud/project_exchange.hpp"
#include "cloud/shell_word.hpp"

namespace bm {

namespace {

OnDifference on_difference(const std::string& word) {
    if (word == "keep-local") return OnDifference::keep_local;
    if (word == "keep-cloud") return OnDifference::keep_cloud;
    return word == "keep-both" ? OnDifference::keep_both : OnDifference::fail;
}

/// What `bm cloud prune` prints besides the names.
class Pruning {
public:
    Pruning(Application& application, const CloudPruneCommand& command)
        : application_(application), command_(command) {}

    int run(SyncContext& context, const HostView& view) {
        const auto found = unwanted_in_cloud(context, view, command_.name);
        if (!found) return tell_failure(application_, found.error(), command_.json);
        files_ = *found;
        if (files_.empty()) {
            return end("No cloud files in " + command_.name + " match .bmignore", false);
        }
        if (!command_.json) list();
        if (command_.dry_run) return end("Nothing was deleted: this was a dry run", false);
        const bool knows_rules = knows_rules_of(context, view, command_.name);
        if (command_.yes && !knows_rules) {
            return tell_failure(application_,
                                {CloudFault::local_missing,
                                 "The own .bmignore of " + command_.name +
                                     ", which may let these files in, is not on this computer.",
                                 "Run this where the project is kept in step, or without --yes."},
                                command_.json);
        }
        if (!command_.yes) {
            if (!context.ask) {
                return tell_failure(
                    application_,
                    {CloudFault::usage, "Nothing was deleted: there is nobody to ask here.",
                     "Delete them: bm cloud prune --name " + shell_word(command_.name) + " --yes"},
                    command_.json);
            }
            const std::string warning =
                knows_rules ? "" : " Its own .bmignore, which may let them in, is not here.";
            if (!context.ask("Delete " + count() + " in the cloud?" + warning))
                return end("Prune cancelled - nothing deleted", false);
        }
        if (const auto done = delete_in_cloud(context, view, command_.name, files_); !done)
            return tell_failure(application_, done.error(), command_.json);
        CloudReport report;
        notify_index(context, {*view.find(command_.name)}, report);
        for (const auto& warning : report.warnings)
            application_.terminal().error("Warning: " + warning);
        return end("Pruned ignored files from " + command_.name + " (" + count() + ")", true);
    }

private:
    [[nodiscard]] std::string count() const {
        return std::to_string(files_.size()) + (files_.size() == 1 ? " file" : " files");
    }

    void list() {
        Terminal& terminal = application_.terminal();
        terminal.line("Files of " + command_.name + " in the cloud that .bmignore leaves out (" +
                      std::to_string(files_.size()) + "):");
        for (const auto& file : files_) terminal.line("  " + printable(file));
    }

    int end(const std::string& sentence, bool deleted) {
        if (!command_.json) {
            application_.terminal().line(sentence);
            return 0;
        }
        const nlohmann::ordered_json object{{"ok", true},
                                            {"project", command_.name},
                                            {"dry_run", command_.dry_run},
                                            {"files", files_},
                                            {"deleted", deleted}};
        application_.terminal().line(
            object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
        return 0;
    }

    Application& application_;
    const CloudPruneCommand& command_;
    std::vector<std::string> files_;
};

}  // namespace

int run_cloud_exchange(Application& application, const CloudExchangeCommand& command) {
    const std::string verb = command.is_push ? "push" : "pull";
    const CloudWork work{"bm cloud " + verb, true, false, command.json, false, command.name};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        ExchangeWish wish;
        wish.way = command.is_push ? ExchangeWay::push : ExchangeWay::pull;
        wish.on_difference = on_difference(command.on_conflict);
        wish.command = work.command + " --name " + shell_word(command.name);
        wish.dry_run = command.dry_run;
        auto report = exchange_project(context, view, command.name, wish);
        if (command.json) {
            application.terminal().line(report_json(report));
        } else {
            // Names that were given aside are told by their lines, in words of their own.
            for (const auto& each : report.actions.conflicts)
                report.notes.push_back("Kept both: " + each.path + " and " + each.kept.front());
            report.actions.conflicts.clear();
            print_report(application, report, command.verbose,
                         report.project + " " + verb + " completed successfully (" +
                             summary_text(report) + ")");
        }
        return exit_code_of(report);
    });
}

int run_cloud_prune(Application& application, const CloudPruneCommand& command) {
    const CloudWork work{"bm cloud prune", !command.dry_run, false, command.json, false,
                         command.name};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        return Pruning(application, command).run(context, view);
    });
}

}  // namespace bm
