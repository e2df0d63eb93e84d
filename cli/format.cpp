#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/cloud_connection.hpp"
#include "cli/upkeep_commands.hpp"
#include "cloud/program_run.hpp"
#include "markdown/file_naming.hpp"
#include "markdown/text.hpp"
#include "repository/folder_walk.hpp"
#include "sync/note_store.hpp"
#include "sync/read_only.hpp"
#include "sync/reconcile.hpp"
#include "sync/scan.hpp"
#include "tools/path_guard.hpp"

extern char** environ;

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 3> kFormattedEndings{".md", ".json", ".canvas"};

/// Words as a shell would cut them, as far as quotes go; nothing is expanded.
std::vector<std::string> command_words(std::string_view command) {
    std::vector<std::string> words;
    std::string word;
    bool is_word = false;
    char quote = '\0';
    for (const char c : command) {
        if (quote != '\0') {
            if (c == quote)
                quote = '\0';
            else
                word += c;
        } else if (c == '"' || c == '\'') {
            quote = c;
            is_word = true;
        } else if (c == ' ' || c == '\t') {
            if (is_word) words.push_back(std::exchange(word, {}));
            is_word = false;
        } else {
            word += c;
            is_word = true;
        }
    }
    if (is_word) words.push_back(std::move(word));
    return words;
}

std::vector<std::string> process_variables() {
    std::vector<std::string> variables;
    for (char** at = environ; *at != nullptr; ++at) variables.emplace_back(*at);
    return variables;
}

struct FormatReport {
    std::size_t formatted = 0;
    std::size_t skipped = 0;
    std::vector<std::pair<std::string, std::string>> errors = {};  ///< path and reason
};

class Formatter {
public:
    Formatter(const Config& config, const Environment& environment)
        : config_(config), search_path_(environment("PATH").value_or("/usr/bin:/bin")) {}

    [[nodiscard]] bool is_configured() const {
        return config_.formatter_command.has_value() || !config_.formatters.empty();
    }

    void format(NoteStore& store, const RelativePath& path, FormatReport& report) const {
        const auto command = command_for(fs::path(path.str()).extension().string());
        if (!command) {
            ++report.skipped;
            return;
        }
        const auto done = store.let_change(path, [&]() -> Result<void> {
            const std::string problem = run(*command, store.project().path / path.str());
            return problem.empty() ? Result<void>{} : fail(Fault::unavailable, problem);
        });
        if (done) {
            ++report.formatted;
        } else {
            report.errors.emplace_back(path.str(), done.error().message);
        }
    }

private:
    /// The formatter of an ending, written with or without its dot, else the one for all.
    [[nodiscard]] std::optional<std::string> command_for(std::string ending) const {
        for (const std::string& name : {ending, ending.empty() ? ending : ending.substr(1)}) {
            const auto found = config_.formatters.find(name);
            if (found != config_.formatters.end()) return found->second;
        }
        return config_.formatter_command;
    }

    /// What went wrong; empty when nothing did.
    [[nodiscard]] std::string run(const std::string& command, const fs::path& file) const {
        auto words = command_words(command);
        if (words.empty()) return "the formatter is an empty command";
        bool has_place = false;
        for (auto& word : words) {
            const std::string filled = replace_all(word, "{file}", file.string());
            has_place = has_place || filled != word;
            word = filled;
        }
        if (!has_place) words.push_back(file.string());
        const auto program = found_program(words.front());
        if (!program) return "there is no program " + words.front();
        ProgramLimits limits;
        limits.longest =
            std::chrono::milliseconds(static_cast<std::int64_t>(config_.formatter_timeout * 1000));
        std::string last_words;
        const ProgramEnd end = run_program(
            {*program, {words.begin() + 1, words.end()}, process_variables()},
            [](std::string_view) {}, [&](std::string_view line) { last_words = line; }, limits);
        if (end.succeeded()) return "";
        if (end.start_error != 0) return reason_of(end.start_error);
        if (end.was_stopped) return "the formatter took longer than formatter_timeout allows";
        if (!last_words.empty()) return last_words;
        return "the formatter ended with code " + std::to_string(end.exit_code);
    }

    [[nodiscard]] std::optional<fs::path> found_program(const std::string& name) const {
        if (name.find('/') != std::string::npos) return fs::path(name);
        std::error_code ignored;
        for (const std::string_view folder : split(search_path_, ':')) {
            fs::path candidate = fs::path(folder) / name;
            if (fs::is_regular_file(candidate, ignored)) return candidate;
        }
        return std::nullopt;
    }

    const Config& config_;
    std::string search_path_;
};

bool is_formatted(const std::string& path) {
    const std::string ending = to_lower(fs::path(path).extension().string());
    return std::find(kFormattedEndings.begin(), kFormattedEndings.end(), ending) !=
           kFormattedEndings.end();
}

/// The files to be formatted, below `folder` or all.
Result<std::vector<RelativePath>> formatted_files(KnowledgeBase& knowledge, const Project& project,
                                                  const std::string& folder) {
    const IgnoreRules rules = knowledge.ignore_rules(project);
    if (const auto& why = rules.unknown_because()) return fail(Fault::unavailable, *why);
    std::vector<RelativePath> paths;
    const auto take = [&paths](const SeenFile& file) {
        if (is_formatted(file.path.str())) paths.push_back(file.path);
    };
    return (folder.empty() ? scan_folder(project.path, rules, take)
                           : scan_paths(project.path, rules, {folder}, take))
        .map([&paths](const ScanResult&) { return std::move(paths); });
}

void print_format_report(Application& application, const FormatReport& report, bool json) {
    Terminal& terminal = application.terminal();
    if (json) {
        Json errors = Json::array();
        for (const auto& [path, reason] : report.errors) {
            errors.push_back({{"path", path}, {"reason", reason}});
        }
        const Json object = {
            {"formatted", report.formatted}, {"skipped", report.skipped}, {"errors", errors}};
        terminal.line(object.dump(2, ' ', true, Json::error_handler_t::replace));
        return;
    }
    const auto files = [](std::size_t count) { return std::to_string(count) + " file(s)"; };
    terminal.line("Formatted: " + files(report.formatted));
    if (report.skipped > 0) {
        terminal.line("Skipped: " + files(report.skipped) + " (no formatter for extension)");
    }
    if (!report.errors.empty()) terminal.line("Errors: " + files(report.errors.size()));
    for (const auto& [path, reason] : report.errors) terminal.error("  " + path + ": " + reason);
}

}  // namespace

int run_format(Application& application, const FormatCommand& command) {
    if (const auto refused = refused_on_cloud(application, "format", command.project))
        return *refused;
    KnowledgeBase& knowledge = application.knowledge();
    const auto config = knowledge.config();
    const Formatter formatter(*config, application.environment());
    if (!formatter.is_configured()) {
        return fail_command(application,
                            "no formatter is configured. Name one, for example:\n"
                            "  bm config set formatter_command \"prettier --write {file}\"");
    }
    const auto project = chosen_project(application, command.project);
    if (!project) return kExitFailure;
    if (const auto refusal = why_read_only(knowledge, *project)) {
        return fail_command(application, refusal->message);
    }
    const std::string typed = command.path.value_or("");
    if (!stays_inside(*project, typed)) {
        return fail_command(application, "Path must stay within the project root: " + typed);
    }
    const auto paths = formatted_files(knowledge, *project, normalized_path(typed));
    if (!paths) return fail_command(application, paths.error().message);
    if (paths->empty() && command.path) {
        return fail_command(application, "there are no files to format at " + typed +
                                             " in project '" + project->name.str() + "'");
    }
    FormatReport report;
    NoteStore store(knowledge, *project);
    for (const RelativePath& path : *paths) formatter.format(store, path, report);
    if (report.formatted > 0) {
        if (const auto synced = reconcile_project(knowledge, *project, {}); !synced) {
            application.terminal().error("Warning: " + synced.error().message);
        }
    }
    print_format_report(application, report, command.json);
    return report.errors.empty() ? 0 : kExitFailure;
}

}  // namespace bm
