#include "cli/client_entry.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/shell.hpp"

namespace bm {
namespace {

using nlohmann::json;
using test::contains;

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

}  // namespace
}  // namespace bm
