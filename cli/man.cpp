#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "cli/command_help.hpp"
#include "cli/json_output.hpp"
#include "cli/man_page.hpp"
#include "cli/upkeep_commands.hpp"
#include "markdown/text.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// Whether man(1) looks there without being told: it knows the manual of each folder of programs.
bool is_on_man_path(const fs::path& section, const Environment& environment) {
    const fs::path manual = section.parent_path();
    const std::string manuals = environment("MANPATH").value_or("");
    const std::string programs = environment("PATH").value_or("");
    for (const std::string_view folder : split(manuals, ':')) {
        if (fs::path(folder) == manual) return true;
    }
    for (const std::string_view folder : split(programs, ':')) {
        const fs::path above = fs::path(folder).parent_path();
        if (above / "share/man" == manual || above / "man" == manual) return true;
    }
    return false;
}

}  // namespace

int run_man_show(Application& application) {
    application.terminal().print(man_page(whole_command_help(), kVersion));
    return 0;
}

int run_man_install(Application& application, const ManCommand& command) {
    const std::string home = application.environment()("HOME").value_or("");
    if (!command.directory && home.empty()) {
        return fail_command(application,
                            "HOME is not set, so there is no place for the page. Give --dir.");
    }
    const fs::path section = command.directory
                                 ? expanded_path(*command.directory, application.environment())
                                 : fs::path(home) / ".local/share/man/man1";
    const std::string page = man_page(whole_command_help(), kVersion);
    if (command.json) application.terminal().reserve_output();
    std::vector<std::string> files;
    for (const char* name : {"bm.1", "basic-memory.1"}) {
        const fs::path file = section / name;
        if (const auto written = write_file_atomically(file, page, 0644); !written) {
            return fail_command(application, written.error().message);
        }
        files.push_back(file.string());
        application.terminal().line("Written: " + with_home_as_tilde(file.string(), home));
    }
    if (!is_on_man_path(section, application.environment())) {
        application.terminal().line("Not where man looks by itself; read it with: man " +
                                    (section / "bm.1").string());
    }
    if (command.json) {
        const bool is_found = is_on_man_path(section, application.environment());
        print_change(application, {{"files", std::move(files)}, {"found_by_man", is_found}});
    }
    return 0;
}

}  // namespace bm
