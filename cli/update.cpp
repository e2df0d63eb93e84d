#include <system_error>

#include <nlohmann/json.hpp>

#include "cli/upkeep_commands.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

struct InstallationWords {
    const char* name;
    const char* how;
    const char* advice;
};

InstallationWords words_of(Installation installation) {
    switch (installation) {
        case Installation::debian:
            return {"package", "a package of the system",
                    "Install the newer .deb over it: sudo apt install ./PACKAGE.deb"};
        case Installation::nix:
            return {"nix", "Nix", "Update the flake that names it, and build again."};
        case Installation::homebrew:
            return {"homebrew", "Homebrew", "brew upgrade basic-memory"};
        case Installation::bundle:
            return {"bundle", "a bundle of Claude Desktop",
                    "Open the newer bundle in Claude Desktop: it takes the place of this one."};
        case Installation::source:
            return {"source", "built from source here", "git pull, and: scripts/run"};
        case Installation::unpacked:
            break;
    }
    return {
        "unpacked", "a copy unpacked by hand",
        "Unpack the newer release over it, or build the newer source and install that. Then run: "
        "bm doctor"};
}

/// A program in the folder where it was built.
bool is_built_here(const fs::path& program) {
    std::error_code ignored;
    return fs::exists(program.parent_path().parent_path() / "CMakeCache.txt", ignored);
}

}  // namespace

Installation installation_of(const fs::path& program) {
    const std::string path = program.string();
    const auto has = [&path](std::string_view part) {
        return path.find(part) != std::string::npos;
    };
    if (path.starts_with("/nix/store/")) return Installation::nix;
    if (has("/Cellar/") || has("/homebrew/") || has("/linuxbrew/")) return Installation::homebrew;
    if (has("/Claude Extensions/") || has("/Claude/extensions/")) return Installation::bundle;
    if (path.starts_with("/usr/bin/") || path.starts_with("/usr/lib/")) return Installation::debian;
    return is_built_here(program) ? Installation::source : Installation::unpacked;
}

int run_update(Application& application, const UpdateCommand& command) {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    const InstallationWords words = words_of(installation_of(program));
    Terminal& terminal = application.terminal();
    if (command.json) {
        const Json object = {{"version", kVersion},
                             {"program", program.string()},
                             {"installation", words.name},
                             {"how_to_update", words.advice},
                             {"checked_online", false}};
        terminal.line(object.dump(2, ' ', true, Json::error_handler_t::replace));
        return 0;
    }
    terminal.line(std::string("Basic Memory version: ") + kVersion);
    terminal.line("Installed as:         " + std::string(words.how) + " (" + program.string() +
                  ")");
    terminal.line("To update:            " + std::string(words.advice));
    if (command.check) {
        terminal.line("Newer versions are not looked for: this program calls nobody unasked.");
    }
    return 0;
}

int run_workspace(Application& application) {
    return fail_command(application,
                        "there are no commands for workspaces: a host has one space for each "
                        "account. Yours is shown by: bm cloud status");
}

}  // namespace bm
