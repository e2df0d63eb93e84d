#include <iostream>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/logged_in_shell.hpp"

namespace bm::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

/// What commands read from standard input meanwhile.
class TypedInput {
public:
    explicit TypedInput(const std::string& text)
        : text_(text), before_(std::cin.rdbuf(text_.rdbuf())) {}
    ~TypedInput() {
        std::cin.rdbuf(before_);
        std::cin.clear();
    }
    TypedInput(const TypedInput&) = delete;
    TypedInput& operator=(const TypedInput&) = delete;

private:
    std::istringstream text_;
    std::streambuf* before_;
};

/// The one object on standard output, which says whether it worked.
template <class AnyShell>
json object_of(AnyShell& shell, Words words) {
    words.emplace_back("--json");
    std::string line;
    for (const auto& word : words) line += word + ' ';
    CAPTURE(line);
    const auto outcome = shell.run(words);
    CAPTURE(outcome.out);
    CAPTURE(outcome.err);
    auto object = json::parse(outcome.out, nullptr, false);
    REQUIRE(object.is_object());
    CHECK(object["ok"] == (outcome.code == 0));
    CHECK(object.contains("error") == (outcome.code != 0));
    return object;
}

struct Change {
    Words words;
    json members;  ///< some of those that the object has
};

void check_changes(auto& shell, const std::vector<Change>& changes) {
    for (const Change& change : changes) {
        const json object = object_of(shell, change.words);
        CHECK(object["ok"] == true);
        for (const auto& member : change.members.items()) {
            CAPTURE(member.key());
            CHECK(object[member.key()] == member.value());
        }
    }
}

TEST_CASE("commands that change something on this machine report it in one object") {
    Shell shell;
    const std::string home = shell.folder().path().string();
    check_changes(
        shell,
        {{{"project", "sync-config"}, {}},
         {{"telemetry", "enable"}, {{"telemetry_enabled", true}, {"collects", false}}},
         {{"telemetry", "disable"}, {{"telemetry_enabled", false}}},
         {{"hook", "install", "--harness", "codex"}, {{"harness", "codex"}, {"changed", true}}},
         {{"hook", "install", "--harness", "codex"}, {{"changed", false}, {"backup", nullptr}}},
         {{"hook", "remove", "--harness", "codex"}, {{"changed", true}}},
         {{"man", "install", "--dir", home + "/man1"},
          {{"files", {home + "/man1/bm.1", home + "/man1/basic-memory.1"}},
           {"found_by_man", false}}},
         {{"cloud", "api-key", "save", "bmc_key"}, {{"host", nullptr}}},
         {{"cloud", "logout", "--keep-token"}, {{"cloud_mode", false}, {"kept_token", true}}}});
    const auto kept = shell.run({"cloud", "api-key", "save", "bmc_other", "--json"});
    CHECK_FALSE(contains(kept.out + kept.err, "bmc_other"));
}

TEST_CASE("commands about users report in one object, and read the password all the same") {
    Shell shell;
    const std::string data = (shell.folder().path() / "host").string();
    const std::string password = "correct horse battery\n";
    const TypedInput typed(password + password + password);
    check_changes(shell, {{{"user", "add", "Ann"}, {{"user", "ann"}}},
                          {{"user", "password", "ann"}, {{"user", "ann"}}},
                          {{"user", "remove", "ann"}, {{"user", "ann"}}},
                          {{"serve", "user", "add", "bob", "--data", data}, {{"user", "bob"}}},
                          {{"serve", "user", "remove", "bob", "--data", data}, {{"user", "bob"}}}});
    for (const Words& words :
         std::vector<Words>{{"user", "remove", "ann"},
                            {"user", "password", "ann"},
                            {"serve", "user", "approve", "WDJB-MJHT", "--data", data}}) {
        CHECK(object_of(shell, words)["ok"] == false);
    }
}

TEST_CASE("commands of the cloud report in one object what they changed here") {
    LoggedInShell shell("/no/rclone");
    shell.device().host.known = {{"p", "id-p", "p", false}};
    check_changes(shell, {{{"cloud", "bisync-reset"},
                           {{"scope", "space"}, {"project", nullptr}, {"had_state", false}}},
                          {{"cloud", "bisync-reset", "--name", "p"},
                           {{"scope", "project"}, {"project", "p"}, {"had_state", false}}},
                          {{"project", "bisync-reset", "p"}, {{"project", "p"}}},
                          {{"cloud", "unmount"}, {{"mounted", false}, {"was_mounted", false}}}});
    const std::string folder = (shell.rig().cloud().parent_path() / "own").string();
    const auto attached = object_of(shell, {"project", "sync-setup", "p", folder});
    CHECK(attached["project"] == "p");
    CHECK(attached["local_sync_path"] == folder);
    for (const Words& words : std::vector<Words>{{"project", "sync-setup", "q", folder},
                                                 {"cloud", "sync-setup", ""},
                                                 {"cloud", "bisync-reset", ""},
                                                 {"cloud", "setup"},
                                                 {"cloud", "bisync-setup"},
                                                 {"cloud", "mount"}}) {
        CHECK(object_of(shell, words)["ok"] == false);
    }
    CHECK(shell.run({"cloud", "mount", "--foreground", "--json"}).code == 2);
}

TEST_CASE("a login that fails is one object, too") {
    Shell shell;
    for (const Words& words :
         std::vector<Words>{{"cloud", "login", "--host", "http://127.0.0.1:1", "--no-browser"},
                            {"cloud", "api-key", "save", "key"},
                            {"cloud", "setup"}}) {
        CHECK(object_of(shell, words)["ok"] == false);
    }
}

TEST_CASE("a read-only project is added and locked, and told once") {
    Shell shell;
    const std::string path = (shell.folder().path() / "vault").string();
    const auto object = object_of(shell, {"project", "add", "v", path, "--read-only"});
    CHECK(object["read_only"] == true);
    CHECK(object["project"] == "v");
    CHECK_FALSE(object_of(shell, {"project", "add", "w", path + "2"}).contains("read_only"));
}

TEST_CASE("a project of the cloud is not made where it cannot be locked") {
    LoggedInShell shell("/no/rclone");
    const auto object = object_of(shell, {"project", "add", "v", "--read-only"});
    CHECK(object["ok"] == false);
    CHECK(contains(object["error"]["message"].get<std::string>(), "works on local projects only"));
}

TEST_CASE("a script that wants JSON is not asked whether files may go") {
    Shell shell;
    const auto path = shell.folder().path() / "work";
    REQUIRE(shell.run({"project", "add", "work", path.string()}).code == 0);
    const auto outcome = shell.run({"project", "remove", "work", "--delete-notes", "--json"});
    CHECK(outcome.code == 2);
    CHECK(json::parse(outcome.out)["error"]["code"] == "usage");
    CHECK(std::filesystem::exists(path));
    LoggedInShell cloud("/no/rclone");
    CHECK(cloud.run({"project", "remove", "p", "--delete-notes", "--json"}).code == 2);
}

TEST_CASE("a reindex whose embeddings fail says so in its report") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n\nroses\n");
    shell.set("BASIC_MEMORY_SEMANTIC_EMBEDDING_API_BASE", "http://127.0.0.1:9/v1");
    for (const Words& words :
         std::vector<Words>{{"reindex", "-e", "--json"}, {"reindex", "--json"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 1);
        const auto report = json::parse(outcome.out);
        REQUIRE(report["main"].is_object());
        CHECK(report["main"]["error"].is_string());
    }
    Shell plain;
    plain.set("BASIC_MEMORY_SEMANTIC_SEARCH_ENABLED", "true");
    CHECK(json::parse(plain.run({"reindex", "-e", "--json"}).out)["main"].is_object());
}

}  // namespace
}  // namespace bm::test
