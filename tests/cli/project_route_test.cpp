#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/shell.hpp"

using namespace bm::test;

namespace {

using Json = nlohmann::json;

Json config_of(const Shell& shell) { return Json::parse(shell.folder().read("data/config.json")); }

/// One project here and `cl`, which is used on the cloud; a host that nobody reaches.
void put_projects(Shell& shell, const std::string& cl, const std::string& more = "") {
    const std::string notes = (shell.folder().path() / "notes").string();
    shell.folder().write("data/config.json", R"({"projects": {"main": ")" + notes + R"(", "cl": )" +
                                                 cl + "}" + more + "}");
    shell.set("BASIC_MEMORY_CLOUD_HOST", "http://127.0.0.1:9");
}

}  // namespace

TEST_CASE("set-local leaves a file that can be read, whatever the entry said before") {
    Shell shell;
    const std::string other = (shell.folder().path() / "other").string();
    put_projects(shell, R"({"mode": "cloud"})");
    const auto outcome = shell.run({"project", "set-local", "cl", "--local-path", other});
    CHECK(outcome.code == 0);
    CHECK(config_of(shell)["projects"]["cl"] == Json{{"mode", "local"}, {"path", other}});
    CHECK(shell.run({"project", "list"}).code == 0);
}

TEST_CASE("set-local warns of folders that are kept in step, and of cloud mode") {
    Shell shell;
    const std::string home = shell.folder().path().string();
    put_projects(shell, R"({"mode": "cloud"})",
                 R"(, "cloud_projects": {"r": {"local_path": ")" + home + R"(/r"}})");
    auto outcome = shell.run({"project", "set-local", "cl", "--local-path", home + "/r/in"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.err, "overlaps the local path of project 'r'"));
    std::filesystem::create_directories(home + "/basic-memory-cloud-sync");
    outcome = shell.run(
        {"project", "set-local", "cl", "--local-path", home + "/basic-memory-cloud-sync/x"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.err, "overlaps the cloud sync directory"));
    CHECK_FALSE(contains(outcome.err, "cloud mode is on"));
    shell.set("BASIC_MEMORY_CLOUD_MODE", "true");
    outcome = shell.run({"project", "set-local", "cl", "--local-path", home + "/free"});
    CHECK(contains(outcome.err, "cloud mode is on"));
    CHECK_FALSE(contains(outcome.err, "overlaps"));
}

TEST_CASE("moving a project of the cloud changes where it would be here, and attaches nothing") {
    Shell shell;
    const std::string home = shell.folder().path().string();
    put_projects(shell, R"({"path": "/a", "mode": "cloud"})");
    const auto outcome = shell.run({"project", "move", "cl", home + "/b"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "bm project set-local cl"));
    CHECK(config_of(shell)["projects"]["cl"] == Json{{"path", home + "/b"}, {"mode", "cloud"}});
    CHECK(shell.run({"project", "set-local", "cl"}).code == 0);
    CHECK(config_of(shell)["projects"]["cl"]["path"] == home + "/b");

    put_projects(shell, R"({"path": "/a", "mode": "cloud", "local_sync_path": "/c"})");
    const auto refused = shell.run({"project", "move", "cl", home + "/b"});
    CHECK(refused.code == 1);
    CHECK(contains(refused.err, "Run: bm project sync-setup cl " + home + "/b"));
    CHECK(config_of(shell)["projects"]["cl"]["local_sync_path"] == "/c");
    CHECK(config_of(shell)["projects"]["cl"]["path"] == "/a");
    CHECK(shell.run({"project", "add", "cl", home + "/b"}).code == 1);
}

TEST_CASE("what commands of projects write is no setting") {
    Shell shell;
    put_projects(shell, R"("/cl")");
    const std::string before = shell.folder().read("data/config.json");
    for (const char* key : {"projects.cl.mode", "projects.cl.path"}) {
        CAPTURE(key);
        const auto outcome = shell.run({"config", "set", key, "cloud"});
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "is not a recognized setting"));
        CHECK(shell.run({"config", "unset", key}).code == 1);
        CHECK(shell.folder().read("data/config.json") == before);
    }
}

TEST_CASE("a project that alone is used on the cloud is synced and listed there") {
    Shell shell;
    put_projects(shell, R"({"mode": "cloud"})");
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"sync", "--project", "cl"},
                                               {"project", "ls", "--name", "cl"},
                                               {"project", "bisync", "--name", "cl"},
                                               {"project", "check", "--name", "cl"},
                                               {"project", "sync-setup", "cl", "/tmp/cl"},
                                               {"project", "bisync-reset", "cl"},
                                               {"cloud", "pull", "--name", "cl"},
                                               {"project", "remove", "cl"}}) {
        CAPTURE(words[0]);
        CAPTURE(words[1]);
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "Not authenticated"));
    }
    CHECK(contains(shell.run({"project", "bisync", "--name", "main"}).err,
                   "only available in cloud"));
    CHECK(contains(shell.run({"project", "bisync", "--name", "cl", "--local"}).err,
                   "only available in cloud"));
}

TEST_CASE("commands about files here say that the project is used on the cloud") {
    Shell shell;
    put_projects(shell, R"({"mode": "cloud"})");
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"orphans"},
                                               {"inspect", "note", "x"},
                                               {"inspect", "query", "x"},
                                               {"schema", "validate"},
                                               {"history", "x"},
                                               {"restore", "x"},
                                               {"reindex"},
                                               {"format"}}) {
        CAPTURE(words[0]);
        auto named = words;
        named.insert(named.end(), {"--project", "cl"});
        const auto outcome = shell.run(named);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "works on local projects only, and 'cl' is used on the cloud"));
        CHECK(contains(outcome.err, "bm project set-local cl"));
    }
    CHECK(shell.run({"orphans"}).code == 0);
}

TEST_CASE("a default project that is used on the cloud is meant by commands without a name") {
    Shell shell;
    put_projects(shell, R"({"mode": "cloud"})", R"(, "default_project": "cl")");
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"status"}, {"sync"}, {"tool", "recent-activity"}, {"tool", "search-notes", "x"}}) {
        CAPTURE(words[0]);
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "Not authenticated"));
    }
    CHECK(contains(shell.run({"orphans"}).err, "'cl' is used on the cloud"));
    CHECK(shell.run({"tool", "list-projects"}).code == 0);
    CHECK(shell.run({"status", "--project", "main"}).code == 0);
    CHECK(contains(shell.run({"status", "--local"}).err, "No project found named: cl"));
}

TEST_CASE("a key that is no host's yet is shown to none before a login") {
    Shell shell;
    put_projects(shell, R"("/cl")");
    REQUIRE(shell.run({"cloud", "api-key", "save", "bmc_key"}).code == 0);
    const auto outcome = shell.run({"project", "set-cloud", "cl"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "bm cloud login --host URL"));
    // By another program's hand: without the key there is nothing to call with.
    auto config = config_of(shell);
    config["projects"]["cl"] = Json{{"path", "/cl"}, {"mode", "cloud"}};
    shell.folder().write("data/config.json", config.dump());
    CHECK(contains(shell.run({"status", "--project", "cl"}).err, "Not authenticated"));
    config["cloud_api_key_host"] = "http://127.0.0.1:9";
    shell.folder().write("data/config.json", config.dump());
    CHECK_FALSE(contains(shell.run({"status", "--project", "cl"}).err, "Not authenticated"));
}

TEST_CASE("addresses that only begin like this machine are warned of") {
    for (const char* host : {"http://localhost.evil.example", "http://127.0.0.1.evil.example:80/x",
                             "http://localhost@evil.example"}) {
        CAPTURE(host);
        Shell shell;
        shell.set("BASIC_MEMORY_CLOUD_HOST", host);
        CHECK(contains(shell.run({"cloud", "api-key", "create", "x"}).err, "is not encrypted"));
    }
    Shell shell;
    shell.set("BASIC_MEMORY_CLOUD_HOST", "http://localhost:9");
    shell.set("BASIC_MEMORY_CLOUD_DOMAIN", "http://[::1]:9/x");
    CHECK_FALSE(contains(shell.run({"cloud", "api-key", "create", "x"}).err, "is not encrypted"));
    shell.set("BASIC_MEMORY_CLOUD_DOMAIN", "http://login.example");
    CHECK(
        contains(shell.run({"cloud", "api-key", "create", "x"}).err,
                 "http://login.example is not encrypted: anybody on the way can take your login."));
}

TEST_CASE("a private key is no certificate") {
    Shell shell;
    shell.folder().write("key.pem", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n");
    const auto outcome =
        shell.run({"cloud", "login", "--host", "http://127.0.0.1:9", "--no-browser", "--ca-cert",
                   (shell.folder().path() / "key.pem").string()});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "there are no certificates (PEM)"));
}
