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

std::string with(const char* client, std::string_view text, const ServerEntry& entry) {
    const auto change = with_entry(*find_client(client), text, entry);
    return change ? change->text : "refused: " + change.error().message;
}

const ServerEntry kHere{"basic-memory", "/opt/bm"};
const ServerEntry kThere{"basic-memory", "/opt/bm", "https://notes.example.com/mcp"};

TEST_CASE("each client gets the entry that it understands") {
    const auto entry_of = [](const char* client, const char* section, const ServerEntry& entry) {
        return json::parse(with(client, "", entry))[section]["basic-memory"];
    };
    const json plain = {{"command", "/opt/bm"}, {"args", {"mcp"}}};
    json typed = plain;
    typed["type"] = "stdio";
    CHECK(entry_of("claude-desktop", "mcpServers", kHere) == plain);
    CHECK(entry_of("claude-code", "mcpServers", kHere) == typed);
    CHECK(entry_of("vscode", "servers", kHere) == typed);
    CHECK(entry_of("cursor", "mcpServers", kHere) == plain);
    CHECK(entry_of("zed", "context_servers", kHere) == plain);
    CHECK(entry_of("windsurf", "mcpServers", kHere) == plain);
    CHECK(entry_of("gemini", "mcpServers", kHere) == plain);
    CHECK(with("codex", "", kHere) ==
          "[mcp_servers.basic-memory]\ncommand = \"/opt/bm\"\nargs = [\"mcp\"]\n");
    const std::string url = *kThere.url;
    CHECK(entry_of("claude-code", "mcpServers", kThere) == json{{"type", "http"}, {"url", url}});
    CHECK(entry_of("vscode", "servers", kThere) == json{{"type", "http"}, {"url", url}});
    CHECK(entry_of("cursor", "mcpServers", kThere) == json{{"url", url}});
    CHECK(entry_of("zed", "context_servers", kThere) == json{{"url", url}});
    CHECK(entry_of("windsurf", "mcpServers", kThere) == json{{"serverUrl", url}});
    CHECK(entry_of("gemini", "mcpServers", kThere) == json{{"httpUrl", url}});
    CHECK(with("codex", "", kThere) ==
          "[mcp_servers.basic-memory]\nurl = \"https://notes.example.com/mcp\"\n");
    CHECK(contains(with("claude-desktop", "", kThere), "refused: Claude Desktop starts programs"));
}

TEST_CASE("an entry of Basic Memory is taken over with its environment and its flags") {
    for (const auto& [command, args] : std::vector<std::pair<std::string, json>>{
             {"uvx", {"basic-memory", "mcp"}},
             {"/usr/bin/uv", {"tool", "run", "basic-memory@latest", "mcp"}},
             {"basic-memory", {"mcp"}},
             {"C:\\x\\basic-memory.exe", {"mcp"}},
             {"/old/bm", {"mcp"}}}) {
        CAPTURE(command);
        json args_with_flags = args;
        args_with_flags.push_back("--project");
        args_with_flags.push_back("work");
        const json before = {
            {"other", {{"command", "x"}}},
            {"basic-memory",
             {{"command", command}, {"args", args_with_flags}, {"env", {{"A", "1"}}}}}};
        const auto after =
            json::parse(with("cursor", json{{"mcpServers", before}}.dump(), kHere))["mcpServers"];
        CHECK(after["other"] == before["other"]);
        CHECK(after["basic-memory"] == json{{"command", "/opt/bm"},
                                            {"args", {"mcp", "--project", "work"}},
                                            {"env", {{"A", "1"}}}});
    }
    const auto toml = with("codex",
                           "[mcp_servers.basic-memory]\ncommand = \"uvx\"\nargs = "
                           "['basic-memory', 'mcp', '--project', 'w']\nenv = { A = \"1\" }\n",
                           kHere);
    CHECK(toml ==
          "[mcp_servers.basic-memory]\ncommand = \"/opt/bm\"\nargs = [\"mcp\", \"--project\", "
          "\"w\"]\nenv = { A = \"1\" }\n");
}

TEST_CASE("an entry that is something else is not touched") {
    const std::string text =
        R"({"mcpServers":{"basic-memory":{"command":"npx","args":["memory","--api-key","k"]}}})";
    const auto refused = with("cursor", text, kHere);
    CHECK(contains(refused, "refused: 'basic-memory' is there already"));
    CHECK(contains(refused, "something else (npx)"));
    CHECK_FALSE(without_entry(*find_client("cursor"), text, kHere));
    CHECK_FALSE(
        with_entry(*find_client("codex"), "[mcp_servers.basic-memory]\ncommand = 'npx'\n", kHere));
}

TEST_CASE("entries of others are not ours because of a path, an address or a name") {
    const auto entry = [](const std::string& name, const std::string& object) {
        return R"({"mcpServers":{")" + name + "\":" + object + "}}";
    };
    const std::string home =
        entry("basic-memory",
              R"({"command":"npx","args":["-y","server-filesystem","/home/u/basic-memory"]})");
    CHECK(contains(with("cursor", home, kHere), "refused: "));
    const std::string github =
        entry("github", R"({"url":"https://h/mcp?token=SECRET","headers":{"Authorization":"B"}})");
    const ServerEntry as_github{"github", "/opt/bm"};
    const auto refused = with("cursor", github, as_github);
    CHECK(contains(refused, "something else (https://h/mcp)"));
    CHECK_FALSE(without_entry(*find_client("cursor"), github, as_github));
    const ServerEntry same{"github", "/opt/bm", "https://h/mcp?token=SECRET"};
    CHECK_FALSE(contains(with("cursor", github, same), "refused: "));
    const std::string remote = entry(
        "basic-memory",
        R"({"command":"npx","args":["mcp-remote","https://u:pw@x/mcp","--header","Authorization: Bearer S2"]})");
    CHECK(contains(with("cursor", remote, kHere), "something else (npx)"));
    // What says nothing is taken for nothing.
    for (const char* nothing : {"null", "{}"}) {
        CHECK(json::parse(with("cursor", entry("basic-memory", nothing),
                               kHere))["mcpServers"]["basic-memory"]["command"] == "/opt/bm");
    }
    CHECK(json::parse(with("cursor", R"({"mcpServers":null,"a":1})",
                           kHere))["mcpServers"]["basic-memory"]["command"] == "/opt/bm");
}

TEST_CASE(
    "an entry that changes from a program to an address, or back, keeps nothing of the other") {
    const std::string typed = R"({"mcpServers":{"basic-memory":
        {"type":"stdio","command":"uvx","args":["basic-memory","mcp"],"env":{"A":"1"}}}})";
    CHECK(json::parse(with("cursor", typed, kThere))["mcpServers"]["basic-memory"] ==
          json{{"url", *kThere.url}});
    const std::string remote =
        R"({"mcpServers":{"basic-memory":{"type":"sse","url":"https://old/mcp","headers":{}}}})";
    CHECK(json::parse(with("cursor", remote, kHere))["mcpServers"]["basic-memory"] ==
          json{{"command", "/opt/bm"}, {"args", {"mcp"}}});
    const std::string codex =
        "[mcp_servers.basic-memory]\ncommand = \"bm\"\nargs = [\"mcp\"]\ncwd = \"/x\"\n\n"
        "[mcp_servers.basic-memory.env]\nA = \"1\"\n\n[other]\nb = 1\n";
    CHECK(
        with("codex", codex, kThere) ==
        "[mcp_servers.basic-memory]\nurl = \"https://notes.example.com/mcp\"\n\n[other]\nb = 1\n");
    const std::string called =
        "[mcp_servers.basic-memory]\nurl = \"https://x/mcp\"\nbearer_token_env_var = \"T\"\n\n"
        "[mcp_servers.basic-memory.http_headers]\nA = \"1\"\n";
    CHECK(with("codex", called, kHere) ==
          "[mcp_servers.basic-memory]\ncommand = \"/opt/bm\"\nargs = [\"mcp\"]\n");
}

TEST_CASE("comments within an entry stay where it only becomes shorter") {
    const std::string toml =
        "[mcp_servers.basic-memory]\ncommand = \"bm\"\nargs = [\n  \"mcp\", # serve\n  "
        "\"--project\", \"w\", # work only\n]\n";
    CHECK(with("codex", toml, kHere) ==
          "[mcp_servers.basic-memory]\ncommand = \"/opt/bm\"\nargs = [\n  \"mcp\", # serve\n  "
          "\"--project\", \"w\", # work only\n]\n");
    const std::string jsonc =
        "{\"servers\":{\"basic-memory\":{\"type\":\"stdio\",\"command\":\"uvx\",\"args\":[\n"
        "  \"basic-memory\",\n  \"mcp\", // serve\n  \"--project\", \"w\" // work only\n]}}}\n";
    const std::string edited = with("vscode", jsonc, kHere);
    CHECK(contains(edited, "\"mcp\", // serve"));
    CHECK(contains(edited, "// work only"));
    CHECK_FALSE(contains(edited, "\"basic-memory\",\n"));
}

TEST_CASE("what stands around the entry stays byte for byte, and comes back when it goes") {
    const std::string zed =
        "// Zed settings\n{\n\t\"theme\": \"One\", // dark\n\t\"tabs\": {\"git\": true,},\n\t/* "
        "end "
        "*/\n}\n";
    const std::string there = with("zed", zed, kHere);
    CHECK(
        there.starts_with("// Zed settings\n{\n\t\"theme\": \"One\", // dark\n\t\"tabs\": "
                          "{\"git\": true,},\n\t/* end */\n\t\"context_servers\": {"));
    CHECK(with("zed", there, kHere) == there);
    const std::string settings = "{\n  \"servers\": {\n    \"a\": {}\n  },\n  \"inputs\": []\n}\n";
    const std::string added = with("vscode", settings, kHere);
    CHECK(added != settings);
    CHECK(without_entry(*find_client("vscode"), added, kHere)->text == settings);
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
