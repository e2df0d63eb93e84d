#include <array>
#include <map>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "cli/client_entry.hpp"
#include "tests/cli/shell.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::contains;
using test::Shell;

Environment variables(std::map<std::string, std::string> values) {
    return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(std::string(name));
        if (found == values.end()) return std::nullopt;
        return found->second;
    };
}

std::string place(const char* client, OperatingSystem system, const std::string& home,
                  const Environment& environment = variables({})) {
    return client_file(*find_client(client), system, home, environment).generic_string();
}

TEST_CASE("each client's file is found on each system") {
    using enum OperatingSystem;
    const std::string home = "/home/ada";
    CHECK(place("claude-desktop", linux_system, home) ==
          "/home/ada/.config/Claude/claude_desktop_config.json");
    CHECK(place("claude-code", linux_system, home) == "/home/ada/.claude.json");
    CHECK(place("vscode", linux_system, home) == "/home/ada/.config/Code/User/mcp.json");
    CHECK(place("cursor", linux_system, home) == "/home/ada/.cursor/mcp.json");
    CHECK(place("codex", linux_system, home) == "/home/ada/.codex/config.toml");
    CHECK(place("zed", linux_system, home) == "/home/ada/.config/zed/settings.json");
    CHECK(place("windsurf", linux_system, home) == "/home/ada/.codeium/windsurf/mcp_config.json");
    CHECK(place("gemini", linux_system, home) == "/home/ada/.gemini/settings.json");

    const std::string mac_home = "/Users/ada";
    CHECK(place("claude-desktop", mac, mac_home) ==
          "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json");
    CHECK(place("vscode", mac, mac_home) ==
          "/Users/ada/Library/Application Support/Code/User/mcp.json");
    CHECK(place("zed", mac, mac_home) == "/Users/ada/.config/zed/settings.json");
    CHECK(place("claude-code", mac, mac_home) == "/Users/ada/.claude.json");

    const std::string windows_home = "C:/Users/ada";
    const auto roaming = variables({{"APPDATA", "D:/Roaming"}});
    CHECK(place("claude-desktop", windows, windows_home, roaming) ==
          "D:/Roaming/Claude/claude_desktop_config.json");
    CHECK(place("claude-desktop", windows, windows_home) ==
          "C:/Users/ada/AppData/Roaming/Claude/claude_desktop_config.json");
    CHECK(place("vscode", windows, windows_home, roaming) == "D:/Roaming/Code/User/mcp.json");
    CHECK(place("zed", windows, windows_home, roaming) == "D:/Roaming/Zed/settings.json");
    CHECK(place("cursor", windows, windows_home, roaming) == "C:/Users/ada/.cursor/mcp.json");
    CHECK(place("codex", windows, windows_home) == "C:/Users/ada/.codex/config.toml");

    // Variables that move a client's folder.
    const auto moved =
        variables({{"XDG_CONFIG_HOME", "/x"}, {"CODEX_HOME", "/c"}, {"CLAUDE_CONFIG_DIR", "/d"}});
    CHECK(place("vscode", linux_system, home, moved) == "/x/Code/User/mcp.json");
    CHECK(place("codex", linux_system, home, moved) == "/c/config.toml");
    CHECK(place("claude-code", linux_system, home, moved) == "/d/.claude.json");
    const auto relative = variables({{"XDG_CONFIG_HOME", "x"}, {"CODEX_HOME", "c"}});
    CHECK(place("vscode", linux_system, home, relative) == "/home/ada/.config/Code/User/mcp.json");
    CHECK(place("codex", linux_system, home, relative) ==
          (fs::current_path() / "c/config.toml").string());
    CHECK(find_client("emacs") == nullptr);
}

TEST_CASE("a program is started by the name that stays when it is updated") {
    const test::TemporaryFolder folder;
    folder.write("cellar/1.0/bm", "x");
    folder.write("other/bm", "y");
    fs::create_directories(folder.path() / "bin");
    fs::create_symlink(folder.path() / "cellar/1.0/bm", folder.path() / "bin/bm");
    const std::string top = folder.path().string();
    CHECK(launch_command(top + "/cellar/1.0/bm", top + "/other:" + top + "/bin") ==
          top + "/bin/bm");
    CHECK(launch_command(top + "/cellar/1.0/bm", top + "/other") == top + "/cellar/1.0/bm");
}

TEST_CASE("a client is set up once, with a copy of its file, and taken out again") {
    Shell shell;
    const std::string before = "{\n  \"mcpServers\": {}, // none\n  \"x\": 1,\n}\n";
    shell.folder().write(".cursor/mcp.json", before);
    const fs::path file = shell.folder().path() / ".cursor/mcp.json";
    ::chmod(file.c_str(), 0640);
    auto outcome = shell.run({"setup", "cursor"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "Cursor: added 'basic-memory' to ~/.cursor/mcp.json"));
    CHECK(contains(outcome.out, "~/.cursor/mcp.json.bm-backup"));
    const std::string after = shell.folder().read(".cursor/mcp.json");
    CHECK(contains(after, "\"args\": ["));
    CHECK(contains(after, "// none"));
    CHECK(shell.folder().read(".cursor/mcp.json.bm-backup") == before);
    struct stat seen {};
    REQUIRE(::stat(file.c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0777U) == 0640U);

    outcome = shell.run({"setup", "cursor"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "nothing to do"));
    CHECK(shell.folder().read(".cursor/mcp.json") == after);
    CHECK_FALSE(fs::exists(file.string() + ".bm-backup-2"));

    outcome = shell.run({"setup", "cursor", "--remove"});
    CHECK(contains(outcome.out, "Cursor: removed 'basic-memory'"));
    CHECK(shell.folder().read(".cursor/mcp.json") == before);
    CHECK(contains(shell.run({"setup", "cursor", "--remove"}).out, "nothing to do"));
}

TEST_CASE("a replaced entry is said, and in JSON for scripts") {
    Shell shell;
    shell.folder().write(
        ".gemini/settings.json",
        R"({"mcpServers":{"basic-memory":{"command":"uvx","args":["basic-memory","mcp"]}}})");
    const auto outcome = shell.run({"setup", "gemini", "--json"});
    CHECK(outcome.code == 0);
    const auto client = json::parse(outcome.out)["clients"][0];
    CHECK(client["client"] == "gemini");
    CHECK(client["action"] == "replaced");
    CHECK(client["before"] == "uvx basic-memory mcp");
    CHECK(client["error"] == nullptr);
}

TEST_CASE("a malformed file of a client is one sentence and stays as it is") {
    Shell shell;
    for (const auto& [client, path, text] :
         std::vector<std::array<std::string, 3>>{{"cursor", ".cursor/mcp.json", "{\"a\": }"},
                                                 {"codex", ".codex/config.toml", "[a\n"}}) {
        CAPTURE(client);
        shell.folder().write(path, text);
        for (const std::vector<std::string>& words :
             {std::vector<std::string>{"setup", client}, {"setup", client, "--remove"}}) {
            const auto outcome = shell.run(words);
            CHECK(outcome.code == 1);
            CHECK(contains(outcome.err, path + " is not valid "));
            CHECK(contains(outcome.err, "line 1"));
            CHECK(shell.folder().read(path) == text);
            CHECK_FALSE(fs::exists(shell.folder().path() / (path + ".bm-backup")));
        }
    }
}

TEST_CASE("names and addresses that no client takes are refused") {
    Shell shell;
    for (const char* name : {"", "a.b \"c", "a b"}) {
        const auto outcome = shell.run({"setup", "cursor", "--name", name});
        CHECK(outcome.code == 2);
        CHECK(contains(outcome.err, "--name takes letters"));
    }
    for (const char* url : {"https://", "ftp://x/", "https:// x"}) {
        CHECK(
            contains(shell.run({"setup", "cursor", "--http", url}).err, "--http takes an address"));
    }
    CHECK_FALSE(fs::exists(shell.folder().path() / ".cursor"));
}

TEST_CASE("a file of another shape is told from one that is malformed") {
    Shell shell;
    shell.folder().write(".cursor/mcp.json", "[]");
    auto outcome = shell.run({"setup", "cursor"});
    CHECK(outcome.code == 1);
    CHECK_FALSE(contains(outcome.err, "is not valid"));
    CHECK(contains(outcome.err, "mcp.json: it holds a list"));
    shell.folder().write(".codex/config.toml", "[mcp_servers]\nbasic-memory = {command = 'x'}\n");
    outcome = shell.run({"setup", "codex"});
    CHECK_FALSE(contains(outcome.err, "is not valid"));
    CHECK(contains(outcome.err, "write it as [mcp_servers.basic-memory]"));
}

TEST_CASE(
    "a link whose file is not there yet leads to a new file, and equal copies are kept once") {
    Shell shell;
    fs::create_directories(shell.folder().path() / ".cursor");
    fs::create_symlink("../dotfiles/mcp.json", shell.folder().path() / ".cursor/mcp.json");
    CHECK(shell.run({"setup", "cursor"}).code == 0);
    CHECK(fs::is_symlink(shell.folder().path() / ".cursor/mcp.json"));
    CHECK(contains(shell.folder().read("dotfiles/mcp.json"), "basic-memory"));
    shell.folder().write(".gemini/settings.json", "{\"a\": 1}\n");
    for (int each = 0; each < 3; ++each) {
        CHECK(shell.run({"setup", "gemini"}).code == 0);
        CHECK(shell.run({"setup", "gemini", "--remove"}).code == 0);
    }
    CHECK(fs::exists(shell.folder().path() / ".gemini/settings.json.bm-backup-2"));
    CHECK_FALSE(fs::exists(shell.folder().path() / ".gemini/settings.json.bm-backup-7"));
    fs::remove(shell.folder().path() / ".cursor/mcp.json");
    fs::create_symlink("mcp.json", shell.folder().path() / ".cursor/mcp.json");
    CHECK(contains(shell.run({"setup", "cursor"}).err, "Cannot read"));
}

TEST_CASE("printing writes nothing") {
    Shell shell;
    const auto outcome =
        shell.run({"setup", "codex", "--print", "--http", "https://n.example/mcp"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "[mcp_servers.basic-memory]\nurl = \"https://n.example/mcp\"\n");
    CHECK(contains(outcome.err, "~/.codex/config.toml"));
    CHECK_FALSE(fs::exists(shell.folder().path() / ".codex"));
}

TEST_CASE("all clients that are installed are set up, and no other") {
    Shell shell;
    CHECK(contains(shell.run({"setup", "--all"}).out, "No client was found"));
    fs::create_directories(shell.folder().path() / ".codeium/windsurf");
    fs::create_directories(shell.folder().path() / ".claude");
    fs::create_directories(shell.folder().path() / ".config/Claude");
    auto outcome = shell.run({"setup", "--all", "--http", "https://n.example/mcp", "--json"});
    CHECK(outcome.code == 0);
    std::map<std::string, std::string> actions;
    const auto report = json::parse(outcome.out);
    for (const auto& each : report["clients"]) {
        actions[each["client"].get<std::string>()] = each["action"].get<std::string>();
    }
    CHECK(actions["windsurf"] == "added");
    CHECK(actions["claude-code"] == "added");
    CHECK(actions["claude-desktop"] == "skipped");
    CHECK(actions["zed"] == "skipped");
    CHECK(fs::exists(shell.folder().path() / ".claude.json"));
    CHECK_FALSE(fs::exists(shell.folder().path() / ".config/zed"));
    outcome = shell.run({"setup", "--all"});
    CHECK(contains(outcome.out, "Claude Desktop: added"));
    CHECK(contains(outcome.out, "Windsurf: replaced 'basic-memory' (https://n.example/mcp)"));
}

TEST_CASE("mistakes of setup name what there is") {
    Shell shell;
    for (const std::vector<std::string>& words : {std::vector<std::string>{"setup"},
                                                  {"setup", "emacs"},
                                                  {"setup", "zed", "--all"},
                                                  {"setup", "zed", "--print", "--remove"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 2);
        CHECK(outcome.err.starts_with("Error: "));
    }
    CHECK(contains(shell.run({"setup", "emacs"}).err, "claude-desktop, claude-code, vscode"));
    CHECK(shell.run({"setup", "zed", "--http", "notes.example"}).code == 2);
}

}  // namespace
}  // namespace bm
