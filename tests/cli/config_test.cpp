#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "repository/settable_keys.hpp"
#include "tests/cli/shell.hpp"

namespace bm {
namespace {

using nlohmann::json;
using test::contains;
using test::Shell;

void put_config(const Shell& shell, std::string_view text) {
    shell.folder().write("data/config.json", text);
}

json file_of(const Shell& shell) { return json::parse(shell.folder().read("data/config.json")); }

json listed(Shell& shell, const std::string& key) {
    const auto outcome = shell.run({"config", "list", "--json"});
    REQUIRE(outcome.code == 0);
    for (const auto& entry : json::parse(outcome.out)) {
        if (entry["key"] == key) return entry;
    }
    return nullptr;
}

TEST_CASE("settings are listed with who says so, and listing makes nothing") {
    Shell shell;
    CHECK(listed(shell, "sync_delay") ==
          json{{"key", "sync_delay"}, {"value", 1000}, {"source", "default"}});
    CHECK_FALSE(std::filesystem::exists(shell.folder().path() / "data"));
    put_config(shell, R"({"sync_delay": 5, "kebab_filenames": "yes"})");
    CHECK(listed(shell, "sync_delay") ==
          json{{"key", "sync_delay"}, {"value", 5}, {"source", "file"}});
    CHECK(listed(shell, "kebab_filenames")["value"] == true);
    shell.set("BASIC_MEMORY_SYNC_DELAY", "7");
    CHECK(listed(shell, "sync_delay") ==
          json{{"key", "sync_delay"}, {"value", 7}, {"source", "env (BASIC_MEMORY_SYNC_DELAY)"}});
    const auto table = shell.run({"config", "list"});
    CHECK(contains(table.out, "Basic Memory Configuration"));
    CHECK(contains(table.out, "Setting"));
    CHECK(contains(table.out, "(not set)"));
}

TEST_CASE("every setting that may be set is listed, and no other") {
    Shell shell;
    std::vector<std::string> names;
    const auto listed = json::parse(shell.run({"config", "list", "--json"}).out);
    for (const auto& entry : listed) {
        names.push_back(entry["key"].get<std::string>());
    }
    CHECK(names == settable_keys());
    for (const auto& key : names) {
        CAPTURE(key);
        CHECK(shell.run({"config", "get", key}).code == 0);
    }
}

TEST_CASE("a setting is set, got and unset, and what else the file says is kept") {
    Shell shell;
    put_config(shell, R"({"zeta": {"x": [1]}, "sync_delay": 5, "projects": {"main": "/n"}})");
    auto outcome = shell.run({"config", "set", "sync_delay", "250"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "sync_delay = 250\n");
    CHECK(file_of(shell) ==
          json::parse(R"({"zeta": {"x": [1]}, "sync_delay": 250, "projects": {"main": "/n"}})"));
    CHECK(shell.run({"config", "get", "sync_delay"}).out == "sync_delay = 250\n");
    CHECK(json::parse(shell.run({"config", "get", "sync_delay", "--json"}).out) ==
          json{{"key", "sync_delay"}, {"value", 250}, {"source", "file"}});
    outcome = shell.run({"config", "unset", "sync_delay"});
    CHECK(outcome.out == "sync_delay reverted to default: 1000\n");
    CHECK(file_of(shell) == json::parse(R"({"zeta": {"x": [1]}, "projects": {"main": "/n"}})"));
    CHECK(shell.run({"config", "set", "kebab_filenames", "ON"}).out == "kebab_filenames = true\n");
    CHECK(file_of(shell)["kebab_filenames"] == true);
    CHECK(shell.run({"config", "set", "project_root", "null"}).out == "project_root = (not set)\n");
    CHECK(shell.run({"config", "set", "bisync_config.profile", "safe"}).code == 0);
    CHECK(file_of(shell)["bisync_config"]["profile"] == "safe");
}

TEST_CASE("a value that the file could not hold is refused, and the file is as it was") {
    Shell shell;
    const std::string before = R"({"sync_delay":5})";
    put_config(shell, before);
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"sync_delay", "soon"},
                                                          {"sync_delay", "0"},
                                                          {"cli_output_style", "baroque"},
                                                          {"database_backend", "postgres"},
                                                          {"kebab_filenames", "perhaps"},
                                                          {"default_project", "nowhere"},
                                                          {"bisync_config.profile", "reckless"}}) {
        CAPTURE(key);
        const auto outcome = shell.run({"config", "set", key, value});
        CHECK(outcome.code == 1);
        CHECK(outcome.err.starts_with("Error: "));
        CHECK(contains(outcome.err, value));
        CHECK(outcome.out.empty());
        CHECK(shell.folder().read("data/config.json") == before);
    }
    const auto outcome = shell.run({"config", "set", "sync_delay", "soon"});
    CHECK(contains(outcome.err, "Error: invalid value for 'sync_delay':\n"));
}

TEST_CASE("a setting that nobody knows is refused with a way out") {
    Shell shell;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"config", "get", "colour"},
          {"config", "set", "colour", "red"},
          {"config", "set", "projects", "{}"},
          {"config", "unset", "colour"}}) {
        CAPTURE(words[1]);
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "' is not a recognized setting."));
        CHECK(contains(outcome.err, "bm config list"));
    }
    CHECK_FALSE(std::filesystem::exists(shell.folder().path() / "data/config.json"));
}

TEST_CASE("what the environment overrides is said") {
    Shell shell;
    shell.set("BASIC_MEMORY_LOG_LEVEL", "DEBUG");
    auto outcome = shell.run({"config", "set", "log_level", "ERROR"});
    CHECK(outcome.out == "log_level = ERROR\n");
    CHECK(contains(outcome.err, "$BASIC_MEMORY_LOG_LEVEL = DEBUG"));
    outcome = shell.run({"config", "get", "log_level"});
    CHECK(outcome.out == "log_level = ERROR\nOverridden by $BASIC_MEMORY_LOG_LEVEL = DEBUG\n");
    // Of the two names of a renamed setting the newer one wins, in the environment too.
    shell.set("BASIC_MEMORY_SYNC_DELAY", "3");
    shell.set("BASIC_MEMORY_INDEX_DELAY", "4");
    CHECK(listed(shell, "sync_delay")["value"] == 4);
}

TEST_CASE("secrets are never printed") {
    Shell shell;
    put_config(shell, R"({"cloud_api_key": "bmc_geheim",
        "database_url": "sqlite://max:geheim@host/x",
        "formatter_command": "fmt --api-key geheim {file}"})");
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"config", "list"},
          {"config", "list", "--json"},
          {"config", "get", "cloud_api_key"},
          {"config", "get", "cloud_api_key", "--json"},
          {"config", "get", "database_url"},
          {"config", "get", "formatter_command"},
          {"config", "set", "cloud_api_key", "bmc_geheim2"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 0);
        CHECK_FALSE(contains(outcome.out + outcome.err, "geheim"));
    }
    CHECK(shell.run({"config", "get", "cloud_api_key"}).out == "cloud_api_key = ********\n");
    CHECK(file_of(shell)["cloud_api_key"] == "bmc_geheim2");
    shell.set("BASIC_MEMORY_CLOUD_API_KEY", "geheim3");
    CHECK_FALSE(contains(shell.run({"config", "get", "cloud_api_key"}).out, "geheim"));
}

TEST_CASE("secrets are found wherever a value may carry them") {
    for (const char* text :
         {"fmt -H \"Authorization: Bearer geheim\" {file}", "fmt -H Authorization: Bearer geheim",
          "fmt --pass geheim {file}", "fmt -u me:geheim {file}", "fmt --pat geheim",
          "fmt --header=X-Api-Key:geheim", "TOKEN=geheim fmt", "curl https://u:geheim@h/x {file}",
          "sync https://a/ https://u:geh/eim@h/x", "https://h/x?user=a&password=geheim"}) {
        Shell shell;
        REQUIRE(shell.run({"config", "set", "formatter_command", text}).code == 0);
        const std::string shown = shell.run({"config", "get", "formatter_command"}).out;
        CAPTURE(shown);
        CHECK_FALSE(contains(shown, "geh"));
        CHECK_FALSE(contains(shown, "eim"));
    }
    Shell shell;
    put_config(shell, R"({"cloud_api_key_host": "https://notes.example.com"})");
    CHECK(contains(shell.run({"config", "get", "cloud_api_key_host"}).out, "notes.example.com"));
}

TEST_CASE("what nobody can have meant is not set") {
    Shell shell;
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"cloud_host", "not a url"},
                                                          {"cloud_domain", ""},
                                                          {"api_url", "https://"},
                                                          {"log_level", "BOGUS"},
                                                          {"project_root", "relative"},
                                                          {"bisync_config.sync_dir", ""},
                                                          {"default_project", "nowhere"}}) {
        CAPTURE(key);
        const auto outcome = shell.run({"config", "set", key, value});
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "Error: invalid value for '" + key + "':"));
    }
    CHECK(shell.run({"config", "set", "default_project", "Main"}).out ==
          "default_project = main\n");
    CHECK(shell.run({"config", "set", "log_level", "debug"}).code == 0);
    CHECK(shell.run({"config", "set", "cloud_host", "http://127.0.0.1:8080"}).code == 0);
}

TEST_CASE("a file that is broken is neither read nor written") {
    Shell shell;
    put_config(shell, "{\"sync_delay\": 5,,}");
    for (const std::vector<std::string>& words : {std::vector<std::string>{"config", "list"},
                                                  {"config", "get", "sync_delay"},
                                                  {"config", "set", "sync_delay", "6"},
                                                  {"config", "unset", "sync_delay"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "config file is not valid JSON"));
    }
    CHECK(shell.folder().read("data/config.json") == "{\"sync_delay\": 5,,}");
    // One bad value does not keep its owner from mending it.
    put_config(shell, R"({"sync_delay": "soon"})");
    CHECK(shell.run({"config", "list"}).code == 1);
    CHECK(shell.run({"config", "set", "sync_delay", "6"}).code == 0);
    CHECK(file_of(shell)["sync_delay"] == 6);
}

}  // namespace
}  // namespace bm
