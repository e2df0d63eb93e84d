#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/hook_file.hpp"
#include "markdown/text.hpp"
#include "tests/cli/shell.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::contains;
using test::Shell;

TEST_CASE("hooks are put beside those of others and taken out again") {
    const std::string before =
        "{\n  \"model\": \"x\", // mine\n  \"hooks\": {\n    \"Stop\": [\n      {\"hooks\": "
        "[{\"type\": \"command\", \"command\": \"say done\"}]}\n    ]\n  }\n}\n";
    const auto there = with_hooks(before, "claude", "/opt/my bm");
    REQUIRE(there);
    CHECK(contains(*there, "// mine"));
    CHECK(contains(*there, "say done"));
    const auto found = hooks_in(*there, "claude");
    REQUIRE(found);
    CHECK(found->size() == 3);
    CHECK(found->at("stop") == "'/opt/my bm' hook stop --harness claude");
    CHECK(hooks_in(*there, "codex")->empty());
    CHECK(*with_hooks(*there, "claude", "/opt/my bm") == *there);
    const auto moved = with_hooks(*there, "claude", "/usr/bin/bm");
    REQUIRE(moved);
    CHECK_FALSE(contains(*moved, "/opt/my bm"));
    CHECK(hooks_in(*moved, "claude")->at("stop") == "/usr/bin/bm hook stop --harness claude");
    CHECK(*without_hooks(*moved, "claude") == before);
    CHECK(*without_hooks(*with_hooks("{}\n", "codex", "bm"), "codex") == "{}\n");
    CHECK(*without_hooks("{\"hooks\": {}}", "claude") == "{\"hooks\": {}}");
}

TEST_CASE("a call of ours beside a foreign one in one group goes alone") {
    const std::string text = R"({"hooks":{"Stop":[{"hooks":[
        {"command":"a"}, {"command":"bm hook stop --harness claude"}]}]}})";
    const auto left = without_hooks(text, "claude");
    REQUIRE(left);
    CHECK(json::parse(*left)["hooks"]["Stop"][0]["hooks"] == json::parse(R"([{"command":"a"}])"));
}

TEST_CASE("hooks are installed into the harness's own file, and a malformed one is left") {
    Shell shell;
    for (const auto& [harness, path] : std::vector<std::pair<std::string, std::string>>{
             {"claude", ".claude/settings.json"}, {"codex", ".codex/hooks.json"}}) {
        CAPTURE(harness);
        auto outcome = shell.run({"hook", "install", "--harness", harness});
        CHECK(outcome.code == 0);
        CHECK(json::parse(shell.folder().read(path))["hooks"].size() == 3);
        CHECK(contains(shell.run({"hook", "install", "--harness", harness}).out, "Nothing to do"));
        outcome = shell.run({"hook", "status", "--harness", harness});
        CHECK(contains(outcome.out, "stop: "));
        CHECK_FALSE(contains(outcome.out, "not installed"));
        CHECK(
            json::parse(
                shell.run({"hook", "status", "--harness", harness, "--json"}).out)["hooks"]["stop"]
                .is_string());
        CHECK(shell.run({"hook", "remove", "--harness", harness}).code == 0);
        CHECK(contains(shell.run({"hook", "status", "--harness", harness}).out,
                       "stop: not installed"));
        shell.folder().write(path, "{\"hooks\": ");
        for (const char* verb : {"install", "remove", "status"}) {
            outcome = shell.run({"hook", verb, "--harness", harness});
            CHECK(outcome.code == 1);
            CHECK(contains(outcome.err, path + " is not valid JSON ("));
            CHECK(contains(outcome.err, "; fix it and retry"));
            CHECK(shell.folder().read(path) == "{\"hooks\": ");
        }
    }
    const std::string project = (shell.folder().path() / "work").string();
    CHECK(shell.run({"hook", "install", "--project-dir", project}).code == 0);
    CHECK(fs::exists(shell.folder().path() / "work/.claude/settings.json"));
}

TEST_CASE("of several calls of ours one stays, and a user's own empty list too") {
    const std::string twice = R"({"hooks":{"Stop":[
        {"hooks":[{"command":"/a/bm hook stop --harness claude"}]},
        {"hooks":[{"command":"/b/bm hook stop --harness claude"}]}]}})";
    const auto one = with_hooks(twice, "claude", "/c/bm");
    REQUIRE(one);
    CHECK_FALSE(contains(*one, "/a/bm"));
    CHECK_FALSE(contains(*one, "/b/bm"));
    CHECK(json::parse(*one)["hooks"]["Stop"].size() == 1);
    const std::string empty = R"({"hooks":{"Stop":[],"PreCompact":[
        {"hooks":[{"command":"bm hook pre-compact --harness claude"}]}]}})";
    CHECK(json::parse(*without_hooks(empty, "claude")) == json::parse(R"({"hooks":{"Stop":[]}})"));
    const auto no_list = with_hooks(R"({"hooks":{"Stop":{}}})", "claude", "bm");
    REQUIRE_FALSE(no_list);
    CHECK(contains(no_list.error().message, "is not a list"));
    CHECK(json::parse(*with_hooks(R"({"hooks":null})", "claude", "bm"))["hooks"].size() == 3);
}

TEST_CASE("without a home nobody knows where hooks belong") {
    Shell shell;
    shell.set("HOME", "");
    for (const char* verb : {"install", "remove", "status"}) {
        const auto outcome = shell.run({"hook", verb});
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "HOME is not set"));
    }
}

TEST_CASE("hooks never fail, and say little") {
    Shell shell;
    CHECK(shell.run({"hook", "stop"}).out == "{\"continue\":true}\n");
    CHECK(shell.run({"hook", "stop", "--harness", "gemini", "--new-flag", "extra"}).code == 0);
    CHECK(shell.run({"hook", "session-start", "--bogus"}).code == 0);
    CHECK(shell.run({"hook", "pre-compact", "extra"}).code == 0);
    shell.folder().write("notes/a.md", "---\ntitle: Alpha\n---\n");
    REQUIRE(shell.run({"sync"}).code == 0);
    auto outcome = shell.run({"hook", "session-start"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "project 'main'"));
    CHECK(contains(outcome.out, "Alpha"));
    for (int each = 0; each < 12; ++each) {
        shell.folder().write(
            "notes/" + std::to_string(each) + ".md",
            "---\ntitle: " + std::string(3000, 'x') + std::to_string(each) + "\n---\n");
    }
    REQUIRE(shell.run({"sync"}).code == 0);
    const std::string greeting = shell.run({"hook", "session-start"}).out;
    CHECK(first_code_points(greeting, 10'000) == greeting);
    shell.folder().write("data/config.json", "{broken");
    outcome = shell.run({"hook", "session-start"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("bm: "));
}

TEST_CASE("events are captured and put away") {
    Shell shell;
    CHECK(shell.run({"hook", "pre-compact", "--harness", "codex"}).code == 0);
    CHECK(json::parse(shell.run({"hook", "status", "--json"}).out)["captured_events"] == 1);
    CHECK(shell.run({"hook", "flush"}).out == "Archived 0 events\n");
    CHECK(shell.run({"hook", "flush", "--older-than-days", "0"}).out == "Archived 1 event\n");
    CHECK(json::parse(shell.run({"hook", "status", "--json"}).out)["captured_events"] == 0);
    const fs::path archive = shell.folder().path() / "data/hook-events/archive";
    REQUIRE(fs::exists(archive));
    const std::string name = fs::directory_iterator(archive)->path().filename().string();
    const auto event = json::parse(shell.folder().read("data/hook-events/archive/" + name));
    CHECK(event["event"] == "pre-compact");
    CHECK(event["harness"] == "codex");
}

}  // namespace
}  // namespace bm
