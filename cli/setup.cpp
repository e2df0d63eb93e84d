#include <algorithm>
#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>

#include "cli/client_entry.hpp"
#include "cli/setup_commands.hpp"
#include "markdown/text.hpp"
#include "repository/foreign_file.hpp"
#include "tools/json.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// What became of one client.
struct ClientOutcome {
    std::string_view action;  ///< added, replaced, unchanged, removed, absent, skipped or failed
    fs::path file;
    std::optional<std::string> before = {};
    std::optional<fs::path> backup = {};
    std::string problem = {};
};

class ClientSetup {
public:
    ClientSetup(Application& application, const SetupCommand& command)
        : application_(application),
          command_(command),
          home_(application.environment()("HOME").value_or("")),
          entry_{command.name, own_command(application), command.url} {}

    int run() {
        if (!home_.starts_with('/')) {
            return fail_command(application_,
                                "HOME is not set, so there is no place to look for clients.");
        }
        if (command_.url && !is_address(*command_.url)) {
            fail_command(application_,
                         "--http takes an address such as https://notes.example.com/mcp, not " +
                             *command_.url);
            return kExitUsage;
        }
        if (!is_name(command_.name)) {
            application_.terminal().error(
                "Error: --name takes letters, digits, '_' and '-', not '" + command_.name + "'.");
            return kExitUsage;
        }
        if (command_.all == command_.client.has_value()) {
            application_.terminal().error(
                "Error: name one client, or give --all. There are: " + names() + ".");
            return kExitUsage;
        }
        if (command_.all) return run_all();
        const Client* client = find_client(*command_.client);
        if (client == nullptr) {
            application_.terminal().error("Error: there is no client '" + *command_.client +
                                          "'. There are: " + names() + ".");
            return kExitUsage;
        }
        tell(*client, command_.print ? print(*client) : change(*client));
        return finish();
    }

private:
    static std::string names() {
        std::vector<std::string> list;
        for (const Client& each : clients()) list.emplace_back(each.name);
        return join(list, ", ");
    }

    static bool is_address(std::string_view text) {
        for (const std::string_view scheme : {"https://", "http://"}) {
            if (!text.starts_with(scheme)) continue;
            const std::string_view rest = text.substr(scheme.size());
            return !rest.empty() && rest.find_first_of("/?#") != 0 &&
                   rest.find_first_of(" \t\r\n\"") == std::string_view::npos;
        }
        return false;
    }

    /// What every client takes for the name of a server.
    static bool is_name(std::string_view name) {
        return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '_' || c == '-';
        });
    }

    int run_all() {
        std::size_t found = 0;
        for (const Client& client : clients()) {
            if (!is_installed(client)) {
                tell(client, {"skipped", file_of(client), {}, {}, "is not installed here"});
                continue;
            }
            ++found;
            if (command_.url && client.url_key.empty() && !command_.remove) {
                tell(client, {"skipped", file_of(client), {}, {}, "calls no addresses"});
                continue;
            }
            tell(client, command_.print ? print(client) : change(client));
        }
        if (found == 0 && !command_.json) {
            application_.terminal().line("No client was found. Name one to set it up: " + names() +
                                         ".");
        }
        return finish();
    }

    [[nodiscard]] fs::path file_of(const Client& client) const {
        return client_file(client, this_system(), home_, application_.environment());
    }

    [[nodiscard]] bool is_installed(const Client& client) const {
        std::error_code ignored;
        return fs::exists(file_of(client), ignored) ||
               fs::exists(client_folder(client, this_system(), home_, application_.environment()),
                          ignored);
    }

    ClientOutcome change(const Client& client) {
        ClientOutcome outcome{"failed", file_of(client)};
        const auto file = read_foreign_file(outcome.file);
        if (!file) return failed(outcome, file.error().message);
        const auto change = command_.remove ? without_entry(client, file->text, entry_)
                                            : with_entry(client, file->text, entry_);
        if (!change) return failed(outcome, explained(client, outcome.file, change.error()));
        outcome.before = change->before;
        if (!change->is_changed) {
            outcome.action = command_.remove ? "absent" : "unchanged";
            return outcome;
        }
        const auto backup = replace_foreign_file(*file, change->text);
        if (!backup) return failed(outcome, backup.error().message);
        outcome.backup = *backup;
        outcome.action = command_.remove ? "removed" : outcome.before ? "replaced" : "added";
        return outcome;
    }

    static ClientOutcome failed(ClientOutcome outcome, std::string problem) {
        outcome.problem = std::move(problem);
        return outcome;
    }

    static std::string explained(const Client& client, const fs::path& file, const Error& error) {
        if (error.fault == Fault::conflict) return file.string() + ": " + error.message;
        if (client.url_key.empty() && error.message.starts_with(client.title)) return error.message;
        const char* language = client.format == ClientFormat::toml ? "TOML" : "JSON";
        return file.string() + " is not valid " + language + " (" + error.message +
               "); fix it and retry.";
    }

    ClientOutcome print(const Client& client) {
        ClientOutcome outcome{"printed", file_of(client)};
        if (entry_.url && client.url_key.empty()) {
            outcome.action = "failed";
            return failed(outcome, with_entry(client, "", entry_).error().message);
        }
        if (command_.json) {
            outcome.before = entry_snippet(client, entry_);
            return outcome;
        }
        application_.terminal().error(std::string(client.title) + ": put this into " +
                                      shown(outcome.file));
        application_.terminal().print(entry_snippet(client, entry_));
        return outcome;
    }

    [[nodiscard]] std::string shown(const fs::path& path) const {
        return with_home_as_tilde(path.string(), home_);
    }

    void tell(const Client& client, const ClientOutcome& outcome) {
        if (outcome.action == "failed") has_failed_ = true;
        if (command_.json) return remember(client, outcome);
        Terminal& terminal = application_.terminal();
        const std::string head = std::string(client.title) + ": ";
        const std::string entry = '\'' + entry_.name + '\'';
        const std::string file = shown(outcome.file);
        if (outcome.action == "failed") return terminal.error("Error: " + outcome.problem);
        if (outcome.action == "printed") return;
        if (outcome.action == "skipped") return terminal.line(terminal.dim(head + outcome.problem));
        if (outcome.action == "unchanged") {
            return terminal.line(head + entry + " is in " + file + " already; nothing to do");
        }
        if (outcome.action == "absent") {
            return terminal.line(head + "there is no " + entry + " in " + file + "; nothing to do");
        }
        if (outcome.action == "added") terminal.line(head + "added " + entry + " to " + file);
        if (outcome.action == "removed") {
            terminal.line(head + "removed " + entry + " (" + outcome.before.value_or("") +
                          ") from " + file);
        }
        if (outcome.action == "replaced") {
            terminal.line(head + "replaced " + entry + " (" + outcome.before.value_or("") +
                          ") in " + file);
        }
        if (outcome.backup) terminal.line("  What it said before: " + shown(*outcome.backup));
        if (outcome.action == "removed") {
            terminal.line("  It is gone when " + std::string(client.title) +
                          " is started the next time.");
        } else {
            terminal.line("  " + std::string(client.next_step));
        }
    }

    void remember(const Client& client, const ClientOutcome& outcome) {
        const auto text = [](const std::string& value) {
            return value.empty() ? Json(nullptr) : Json(value);
        };
        const bool is_print = outcome.action == "printed";
        Json object = {
            {"client", client.name},
            {"file", outcome.file.string()},
            {"action", outcome.action},
            {"entry", entry_.name},
            {"before", is_print ? Json(nullptr) : text(outcome.before.value_or(""))},
            {"backup", outcome.backup ? Json(outcome.backup->string()) : Json(nullptr)},
            {"error", outcome.action == "failed" ? text(outcome.problem) : Json(nullptr)},
            {"note", outcome.action == "failed" ? Json(nullptr) : text(outcome.problem)}};
        if (is_print) object["text"] = outcome.before.value_or("");
        report_.push_back(std::move(object));
    }

    int finish() {
        if (command_.json) {
            application_.terminal().line(
                Json{{"clients", report_}}.dump(2, ' ', true, Json::error_handler_t::replace));
        }
        return has_failed_ ? kExitFailure : 0;
    }

    Application& application_;
    const SetupCommand& command_;
    std::string home_;
    ServerEntry entry_;
    Json report_ = Json::array();
    bool has_failed_ = false;
};

}  // namespace

std::string own_command(const Application& application) {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    if (program.empty()) return "bm";
    return launch_command(program, application.environment()("PATH").value_or(""));
}

int run_setup(Application& application, const SetupCommand& command) {
    return ClientSetup(application, command).run();
}

}  // namespace bm
