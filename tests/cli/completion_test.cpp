#include "cli/completion.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/cli/shell.hpp"

namespace bm {
namespace {

using test::contains;
using test::Shell;

std::vector<std::string> offered(Shell& shell, std::vector<std::string> words) {
    words.insert(words.begin(), "--complete-words");
    const auto outcome = shell.run(words);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.empty());
    std::vector<std::string> list;
    std::string line;
    for (const char c : outcome.out) {
        if (c == '\n')
            list.push_back(std::exchange(line, {}));
        else
            line += c;
    }
    return list;
}

bool holds(const std::vector<std::string>& list, const char* word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

using Words = std::vector<std::string>;

TEST_CASE("commands and options complete from what was typed") {
    Shell shell;
    CHECK(holds(offered(shell, {""}), "status"));
    CHECK(offered(shell, {"sta"}) == Words{"status"});
    CHECK(offered(shell, {"project", "mo"}) == Words{"move"});
    CHECK(offered(shell, {"tool", "write"}) == Words{"write-note"});
    CHECK(offered(shell, {"tools", "write"}) == Words{"write-note"});
    CHECK(offered(shell, {"status", "--ver"}) == Words{"--verbose"});
    CHECK(offered(shell, {"tool", "read-note", "x", "--front"}) == Words{"--frontmatter"});
    CHECK(holds(offered(shell, {"status", "-v", "--"}), "--json"));
    // Routing flags work and are not advertised.
    CHECK_FALSE(holds(offered(shell, {"status", "--"}), "--cloud"));
    CHECK(offered(shell, {"nonsense", "x"}).empty());
    CHECK(offered(shell, {}).empty());
    CHECK_FALSE(std::filesystem::exists(shell.folder().path() / "data"));
}

TEST_CASE("names of projects complete where one is wanted") {
    Shell shell;
    shell.run({"project", "add", "My Research", (shell.folder().path() / "r").string()});
    const Words both{"main", "My Research"};
    for (const Words& words : {Words{"status", "--project", ""},
                               {"status", "--project", "=", ""},
                               {"reindex", "-p", ""},
                               {"tool", "read-note", "--project", ""},
                               {"project", "ls", "--name", ""},
                               {"project", "remove", ""},
                               {"project", "rm", ""},
                               {"project", "info", ""}}) {
        CAPTURE(words[1]);
        CHECK(offered(shell, words) == both);
    }
    CHECK(offered(shell, {"status", "--project", "My"}) == Words{"My Research"});
    // Only the user knows a value, a new name or a path.
    CHECK(offered(shell, {"status", "--timeout", ""}).empty());
    CHECK(offered(shell, {"project", "add", ""}).empty());
    CHECK(offered(shell, {"project", "move", "main", ""}).empty());
}

TEST_CASE("every shell has its script and others are told which there are") {
    Shell shell;
    for (const char* name : {"bash", "zsh", "fish"}) {
        CAPTURE(name);
        const auto outcome = shell.run({"--show-completion", name});
        CHECK(outcome.code == 0);
        CHECK(contains(outcome.out, "--complete-words"));
        CHECK(contains(outcome.out, "basic-memory"));
    }
    shell.set("SHELL", "/usr/bin/fish");
    CHECK(contains(shell.run({"--show-completion"}).out, "commandline -ct"));
    const auto outcome = shell.run({"--install-completion", "tcsh"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "'tcsh'"));
    CHECK(contains(shell.run({"--help"}).out, "--install-completion"));
}

TEST_CASE("completion is installed where the shell looks for it") {
    Shell shell;
    for (const auto& [name, path] :
         {std::pair{"bash", ".local/share/bash-completion/completions/bm"},
          {"bash", ".local/share/bash-completion/completions/basic-memory"},
          {"fish", ".config/fish/completions/bm.fish"},
          {"fish", ".config/fish/completions/basic-memory.fish"},
          {"zsh", ".zfunc/_bm"}}) {
        CAPTURE(path);
        const auto outcome = shell.run({"--install-completion", name});
        CHECK(outcome.code == 0);
        CHECK(contains(outcome.out, path));
        CHECK(shell.folder().read(path) == *completion_script(name));
    }
    shell.set("XDG_DATA_HOME", (shell.folder().path() / "xdg").string());
    shell.run({"--install-completion", "bash"});
    CHECK(contains(shell.folder().read("xdg/bash-completion/completions/bm"), "complete -o"));
}

}  // namespace
}  // namespace bm
