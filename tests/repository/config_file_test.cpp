#include "repository/config_file.hpp"

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/cloud_settings.hpp"
#include "repository/config_keys.hpp"
#include "repository/secret_text.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/ordinary_user.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;

namespace {

using Variables = std::map<std::string, std::string>;

bm::Environment environment(const Variables& variables) {
    return [variables](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(std::string(name));
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

struct Fixture {
    bm::test::TemporaryFolder folder;
    Variables variables{{"HOME", folder.path().string()}};

    [[nodiscard]] bm::ConfigFile file() const {
        const auto surroundings = environment(variables);
        return {bm::data_directory(surroundings), surroundings};
    }
    void put(std::string_view text) const { folder.write(".basic-memory/config.json", text); }
    [[nodiscard]] std::string text() const { return folder.read(".basic-memory/config.json"); }
    [[nodiscard]] fs::path path() const { return folder.path() / ".basic-memory/config.json"; }
    [[nodiscard]] bm::Config load() const {
        auto loaded = file().load();
        if (!loaded) FAIL(loaded.error().message);
        return *loaded;
    }
    [[nodiscard]] std::string problem() const {
        auto loaded = file().load();
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().fault == bm::Fault::invalid);
        return loaded.error().message;
    }
};

mode_t mode_of(const fs::path& file) {
    struct stat seen {};
    REQUIRE(::stat(file.c_str(), &seen) == 0);
    return seen.st_mode & 0777U;
}

bm::ProjectName name(std::string_view text) { return bm::ProjectName::parse(text).value(); }

}  // namespace

TEST_CASE("the data directory is named by the environment or lies in the home") {
    const bm::test::TemporaryFolder folder;
    const std::string home = folder.path().string();
    const auto root = [](const Variables& variables) {
        return bm::data_directory(environment(variables)).root;
    };
    CHECK(root({{"HOME", home}}) == folder.path() / ".basic-memory");
    CHECK(root({{"HOME", home}, {"BASIC_MEMORY_CONFIG_DIR", "/etc/bm"}}) == "/etc/bm");
    CHECK(root({{"HOME", home}, {"BASIC_MEMORY_CONFIG_DIR", "~/x"}}) == folder.path() / "x");
    const Variables xdg{{"HOME", home}, {"XDG_CONFIG_HOME", home + "/xdg"}};
    CHECK(root(xdg) == folder.path() / ".basic-memory");
    folder.write("xdg/basic-memory/config.json", "{}");
    CHECK(root(xdg) == folder.path() / "xdg/basic-memory");
    folder.write(".basic-memory/anything", "");
    CHECK(root(xdg) == folder.path() / ".basic-memory");
    const auto directory = bm::data_directory(environment({{"HOME", home}}));
    CHECK(directory.config().filename() == "config.json");
    CHECK(directory.index().filename() == "index.db");
}

TEST_CASE("paths of people become absolute") {
    const auto surroundings = environment({{"HOME", "/home/ada"}});
    CHECK(bm::expanded_path("~", surroundings) == "/home/ada");
    CHECK(bm::expanded_path("~/notes/", surroundings) == "/home/ada/notes");
    CHECK(bm::expanded_path("/a/./b/../c/", surroundings) == "/a/c");
    CHECK(bm::expanded_path("x", surroundings) == fs::current_path() / "x");
    CHECK(bm::expanded_path("~x/y", surroundings) == fs::current_path() / "~x/y");
    CHECK(bm::expanded_path("/", surroundings) == "/");
    CHECK(bm::default_project_directory(surroundings) == "/home/ada/basic-memory");
    CHECK(bm::default_project_directory(
              environment({{"HOME", "/h"}, {"BASIC_MEMORY_HOME", "~/kb"}})) == "/h/kb");
}

TEST_CASE("13.1 item 105: loading has no effect on the disk") {
    const Fixture it;
    const auto config = it.load();
    REQUIRE(config.projects.size() == 1);
    CHECK(config.projects.front().name == "main");
    CHECK(config.projects.front().path == it.folder.path() / "basic-memory");
    CHECK(config.default_project == "main");
    CHECK(config.default_project_mode);
    CHECK(fs::is_empty(it.folder.path()));
    it.put(R"({"projects": {"a": "~/a"}})");
    CHECK(it.load().projects.front().path == it.folder.path() / "a");
    CHECK_FALSE(fs::exists(it.folder.path() / "a"));
    CHECK(std::distance(fs::directory_iterator(it.path().parent_path()), {}) == 1);
}

TEST_CASE("defaults are those of the base release but for what must not touch notes") {
    const Fixture it;
    it.put("{}");
    const auto config = it.load();
    CHECK_FALSE(config.default_project_mode);
    CHECK(config.log_level == "INFO");
    CHECK(config.sync_changes);
    CHECK(config.sync_delay_ms == 1'000);
    CHECK(config.sync_max_concurrent_files == 10);
    CHECK_FALSE(config.update_permalinks_on_move);
    CHECK_FALSE(config.kebab_filenames);
    CHECK_FALSE(config.disable_permalinks);
    CHECK_FALSE(config.permalinks_include_project);
    CHECK_FALSE(config.ensure_frontmatter_on_sync);
    CHECK(config.write_note_overwrite_default);
    CHECK_FALSE(config.skip_initialization_sync);
    CHECK_FALSE(config.semantic_search_enabled);
    CHECK_FALSE(config.project_root);
    CHECK_FALSE(config.cloud_mode);
    CHECK(config.cli_output_style == "rich");
    CHECK_FALSE(config.format_on_save);
    CHECK_FALSE(config.formatter_command);
    CHECK(config.formatters.empty());
    CHECK(config.formatter_timeout == 5.0);
    CHECK(config.extra.at("cloud_host") == R"("https://cloud.basicmemory.com")");
    CHECK(config.extra.at("sync_trash_days") == "30");
    CHECK_FALSE(config.extra.contains("rclone_path"));
    CHECK_FALSE(config.extra.contains("sync_delay"));
}

TEST_CASE("both forms of projects are read") {
    Fixture it;
    it.put(R"({"projects": {"b": "/srv/b", "a": {"path": "~/a", "mode": "local"},
        "c": {"path": "c", "mode": "cloud", "local_sync_path": "~/copy"}, "d": {"mode": "cloud"},
        "e": {"path": "x", "mode": "cloud", "cloud_sync_path": "/old"}}, "default_project": "a"})");
    const auto config = it.load();
    REQUIRE(config.projects.size() == 5);
    CHECK(config.projects[0].name == "b");
    CHECK(config.projects[0].path == "/srv/b");
    CHECK_FALSE(config.projects[0].cloud);
    CHECK(config.projects[1].path == it.folder.path() / "a");
    CHECK(config.projects[2].cloud);
    CHECK(config.projects[2].path == it.folder.path() / "copy");
    CHECK(config.projects[3].path.empty());
    CHECK(config.projects[4].path == "/old");
    it.put(R"({"projects": {"b": "/srv/b", "was": {"path": "/was/here", "mode": "cloud"}}})");
    CHECK(it.load().projects[1].path.empty());
    CHECK(config.default_project == "a");
}

TEST_CASE("a default project that is not there gives way to the first one") {
    const struct {
        const char* text;
        const char* expected;
    } cases[] = {
        {R"({"projects": {"b": "/b", "a": "/a"}, "default_project": "a"})", "a"},
        {R"({"projects": {"b": "/b", "a": "/a"}, "default_project": "z"})", "b"},
        {R"({"projects": {"b": "/b", "a": "/a"}, "default_project": null})", "b"},
        {R"({"projects": {"b": "/b", "a": "/a"}, "default_project": ""})", "b"},
        {R"({"projects": {"b": "/b", "a": "/a"}})", "b"},
        {R"({"projects": {"b": "/b", "main": "/a"}})", "main"},
        {R"({"projects": {"b": "/b", "My Notes": "/a"}, "default_project": "my-notes"})",
         "My Notes"},
        {R"({"projects": {}, "default_project": "z"})", "main"},
        {R"({"projects": null})", "main"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.text);
        const Fixture it;
        it.put(each.text);
        CHECK(it.load().default_project == each.expected);
    }
}

TEST_CASE("a file that does not say so uses the default project only in the newer shape") {
    const struct {
        const char* text;
        bool expected;
    } cases[] = {
        {R"({"projects": {"a": "/a"}})", false},
        {R"({"projects": {"a": "/a"}, "sync_delay": 5})", false},
        {R"({"projects": {"a": "/a"}, "unknown": 5})", false},
        {R"({"projects": {"a": {"path": "/a"}}})", true},
        {R"({"projects": {"a": "/a"}, "index_delay": 5})", true},
        {R"({"projects": {"a": "/a"}, "semantic_anything": 5})", true},
        {R"({"projects": {"a": "/a"}, "write_note_overwrite_default": true})", true},
        {R"({"projects": {"a": {"path": "/a"}}, "default_project_mode": false})", false},
        {R"({"projects": {"a": "/a"}, "default_project_mode": true})", true},
        {R"({"projects": {"a": "/a"}, "default_project_mode": null})", false},
    };
    for (const auto& each : cases) {
        CAPTURE(each.text);
        const Fixture it;
        it.put(each.text);
        CHECK(it.load().default_project_mode == each.expected);
    }
}

TEST_CASE("a key of a host is seen with that host alone") {
    struct Case {
        const char* text;
        bool is_seen;
    };
    const Case cases[] = {{R"({"cloud_host": "https://a", "cloud_api_key": "bmc_1"})", true},
                          {R"({"cloud_host": "https://a/", "cloud_api_key": "bmc_1",
             "cloud_api_key_host": "https://a"})",
                           true},
                          {R"({"cloud_host": "https://a", "cloud_api_key": "bmc_1",
             "cloud_api_key_host": "*"})",
                           true},
                          {R"({"cloud_host": "https://b", "cloud_api_key": "bmc_1",
             "cloud_api_key_host": "https://a"})",
                           false}};
    for (const auto& each : cases) {
        CAPTURE(each.text);
        const Fixture it;
        it.put(each.text);
        const auto settings = bm::load_cloud_settings(it.file(), environment(it.variables));
        REQUIRE(settings);
        CHECK(settings->api_key.has_value() == each.is_seen);
    }
    Fixture it;
    it.put(R"({"cloud_host": "https://a", "cloud_api_key": "bmc_1",
               "cloud_api_key_host": "https://a", "cloud_ca_cert": "~/ca.pem"})");
    it.variables["BASIC_MEMORY_CLOUD_HOST"] = "https://b";
    const auto there = bm::load_cloud_settings(it.file(), environment(it.variables));
    REQUIRE(there);
    CHECK(there->host == "https://b");
    CHECK_FALSE(there->api_key);
    CHECK(there->ca_cert == "~/ca.pem");
}

TEST_CASE("renamed settings are known by both names and the newer one wins") {
    Fixture it;
    it.put(R"({"sync_delay": 5, "sync_changes": false})");
    CHECK(it.load().sync_delay_ms == 5);
    CHECK_FALSE(it.load().sync_changes);
    it.put(R"({"index_delay": 7, "index_changes": false})");
    CHECK(it.load().sync_delay_ms == 7);
    CHECK_FALSE(it.load().sync_changes);
    it.put(R"({"index_delay": 7, "sync_delay": 5})");
    CHECK(it.load().sync_delay_ms == 7);
    it.variables["BASIC_MEMORY_SYNC_DELAY"] = "9";
    CHECK(it.load().sync_delay_ms == 9);
    it.variables["BASIC_MEMORY_INDEX_DELAY"] = "11";
    CHECK(it.load().sync_delay_ms == 11);
}

TEST_CASE("the environment wins over the file for every setting and is never saved") {
    Fixture it;
    it.put(R"({"projects": {"a": "/a"}, "kebab_filenames": false, "log_level": "INFO"})");
    it.variables["BASIC_MEMORY_KEBAB_FILENAMES"] = "true";
    it.variables["BASIC_MEMORY_LOG_LEVEL"] = "DEBUG";
    it.variables["BASIC_MEMORY_FORMATTER_TIMEOUT"] = "2.5";
    it.variables["BASIC_MEMORY_DISABLE_PERMALINKS"] = "YES";
    it.variables["BASIC_MEMORY_PROJECT_ROOT"] = "~/root";
    it.variables["BASIC_MEMORY_DEFAULT_PROJECT"] = "z";
    it.variables["BASIC_MEMORY_FORMATTERS"] = R"({"md": "fmt {file}"})";
    it.variables["BASIC_MEMORY_RCLONE_PATH"] = "/opt/rclone";
    it.variables["BASIC_MEMORY_PROJECTS"] = R"({"y": "/y", "z": {"path": "/z"}})";
    const auto config = it.load();
    CHECK(config.kebab_filenames);
    CHECK(config.log_level == "DEBUG");
    CHECK(config.formatter_timeout == 2.5);
    CHECK(config.disable_permalinks);
    CHECK(config.project_root == "~/root");
    CHECK(config.default_project == "z");
    CHECK(config.formatters.at("md") == "fmt {file}");
    CHECK(config.extra.at("rclone_path") == R"("/opt/rclone")");
    REQUIRE(config.projects.size() == 2);
    CHECK(config.projects[1].path == it.folder.path() / "root/z");

    auto file = it.file();
    REQUIRE(file.set("sync_delay", "5"));
    CHECK(it.text().find("DEBUG") == std::string::npos);
    CHECK(it.text().find("\"y\"") == std::string::npos);
    CHECK(it.text().find("\"kebab_filenames\": false") != std::string::npos);
}

TEST_CASE("every known setting can come from the environment") {
    for (const auto& key : bm::config_keys()) {
        CAPTURE(key.name);
        Fixture it;
        it.put("{}");
        const std::string variable = bm::environment_name(key.name);
        const bool is_whole = key.type == bm::ConfigType::optional_whole;
        it.variables[variable] =
            key.fallback == "null" ? (is_whole ? "7" : "text") : std::string(key.fallback);
        CHECK(it.file().load());
        if (key.type == bm::ConfigType::text || key.type == bm::ConfigType::optional_text) continue;
        it.variables[variable] = "nonsense";
        const auto refused = it.file().load();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find(variable) != std::string::npos);
    }
}

TEST_CASE("a lowest similarity may be nothing") {
    for (const char* value : {"0", "0.0", "0.4", "1"}) {
        CAPTURE(value);
        Fixture it;
        it.put(std::string(R"({"semantic_min_similarity": )") + value + "}");
        CHECK(it.file().load());
    }
    for (const char* value : {"-0.1", "1.1", "\"x\""}) {
        CAPTURE(value);
        Fixture it;
        it.put(std::string(R"({"semantic_min_similarity": )") + value + "}");
        const auto refused = it.file().load();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("a number from 0 to 1") != std::string::npos);
    }
}

TEST_CASE("the dimensions of embeddings are a setting that may be left open") {
    Fixture it;
    it.put(R"({"semantic_embedding_dimensions": null})");
    CHECK_FALSE(it.load().extra.contains("semantic_embedding_dimensions"));
    it.variables["BASIC_MEMORY_SEMANTIC_EMBEDDING_DIMENSIONS"] = "256";
    CHECK(it.load().extra.at("semantic_embedding_dimensions") == "256");
    it.variables["BASIC_MEMORY_SEMANTIC_EMBEDDING_DIMENSIONS"] = "0";
    CHECK_FALSE(it.file().load());
}

TEST_CASE("the cloud is on when something says so") {
    Fixture it;
    it.put(R"({"api_url": "https://old.example"})");
    CHECK(it.load().cloud_mode);
    CHECK(it.load().extra.at("cloud_host") == R"("https://old.example")");
    it.put(R"({"api_url": "https://old.example", "cloud_mode": false})");
    CHECK_FALSE(it.load().cloud_mode);
    it.put(R"({"cloud_mode": true})");
    CHECK(it.load().cloud_mode);
    it.variables["BASIC_MEMORY_CLOUD_MODE"] = "no";
    CHECK_FALSE(it.load().cloud_mode);
    it.variables["BASIC_MEMORY_PROXY_URL"] = "http://proxy";
    CHECK(it.load().cloud_mode);
}

TEST_CASE("broken JSON is named with its place and never overwritten") {
    const struct {
        const char* text;
        const char* place;
    } cases[] = {
        {"", "line 1, column 1"},
        {"{", "line 1, column 2"},
        {"{\n  \"a\": 1,\n  \"ü\": ?\n}", "line 3, column 8"},
        {"{\"a\": 1,}", "line 1, column 9"},
        {"{\"a\": \"\xFF\"}", "line 1, column 8"},
        {"[]", "it is not an object"},
        {"7", "it is not an object"},
        {"{\"a\": 1e999}", "a number is out of range"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.text);
        const Fixture it;
        it.put(each.text);
        CHECK(it.problem() == "config file is not valid JSON: " + it.path().string() + " (" +
                                  each.place + "). Fix or delete the file and re-run.");
        auto file = it.file();
        CHECK_FALSE(file.set("sync_delay", "5"));
        CHECK_FALSE(file.add_project(name("x"), "/x", false));
        CHECK_FALSE(file.load_or_create());
        CHECK(it.text() == each.text);
        CHECK(file.masked_text().find("not valid JSON") != std::string::npos);
    }
}

TEST_CASE("JSON that is nested without end is refused and not followed") {
    const Fixture it;
    it.put("{\"a\": " + std::string(200'000, '[') + std::string(200'000, ']') + "}");
    CHECK(it.problem().find("nested more than 64 levels deep") != std::string::npos);
    it.put("{\"a\": \"" + std::string(1'000, '[') + "\\\"[\"}");
    CHECK(it.load().extra.contains("a"));
}

TEST_CASE("a wrong type is named with its key") {
    const struct {
        const char* text;
        const char* expected;
    } cases[] = {
        {R"({"sync_delay": "soon"})",
         "key 'sync_delay' must be a whole number above 0, not \"soon\""},
        {R"({"sync_delay": 0})", "key 'sync_delay' must be a whole number above 0, not 0"},
        {R"({"sync_delay": 1.5})", "key 'sync_delay' must be a whole number above 0, not 1.5"},
        {R"({"sync_delay": [1]})", "key 'sync_delay' must be a plain value"},
        {R"({"sync_delay": 99999999999})",
         "key 'sync_delay' must be a whole number above 0, not 99999999999"},
        {R"({"kebab_filenames": "maybe"})",
         "key 'kebab_filenames' must be true or false, not \"maybe\""},
        {R"({"log_level": 5})", "key 'log_level' must be a text, not 5"},
        {R"({"default_project": 5})", "key 'default_project' must be a text, not 5"},
        {R"({"cli_output_style": "fancy"})",
         "key 'cli_output_style' must be one of rich, plain, not \"fancy\""},
        {R"({"database_backend": "postgres"})",
         "key 'database_backend' must be one of sqlite, not \"postgres\""},
        {R"({"formatter_timeout": -1})",
         "key 'formatter_timeout' must be a number above 0, not -1"},
        {R"({"formatters": {"md": 1}})", "key 'formatters' must be a map of texts"},
        {R"({"projects": ["a"]})", "key 'projects' must be a map of names and paths"},
        {R"({"projects": {"a": 1}})", "key 'projects.a' must be a path or an object with a path"},
        {R"({"projects": {"a": {"mode": "local"}}})", "key 'projects.a' has no path"},
        {R"({"projects": {" ": "/a"}})", "key 'projects': A project name cannot be empty"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.text);
        const Fixture it;
        it.put(each.text);
        CHECK(it.problem() == "config file is not valid: " + it.path().string() + ": " +
                                  each.expected + ". Fix or delete the file and re-run.");
    }
}

TEST_CASE("values that mean the right thing are taken") {
    const Fixture it;
    it.put(
        R"({"sync_delay": "500", "kebab_filenames": 1, "disable_permalinks": "yes", "formatter_timeout": 2,
               "sync_max_concurrent_files": 4.0, "default_project_mode": "on"})");
    const auto config = it.load();
    CHECK(config.sync_delay_ms == 500);
    CHECK(config.kebab_filenames);
    CHECK(config.disable_permalinks);
    CHECK(config.formatter_timeout == 2.0);
    CHECK(config.sync_max_concurrent_files == 4);
    CHECK(config.default_project_mode);
}

TEST_CASE("a first start makes the file and the folder of the project") {
    const Fixture it;
    auto file = it.file();
    REQUIRE(file.load_or_create());
    CHECK(it.load().default_project_mode);
    CHECK(fs::is_directory(it.folder.path() / "basic-memory"));
    CHECK(mode_of(it.path()) == 0600);
    CHECK(mode_of(it.path().parent_path()) == 0700);
    // A second start changes nothing, not even a folder that went.
    fs::remove(it.folder.path() / "basic-memory");
    const auto version = file.version();
    CHECK(file.load_or_create());
    CHECK(file.version() == version);
    CHECK_FALSE(fs::exists(it.folder.path() / "basic-memory"));
}

TEST_CASE("whoever writes the first file makes the folder of the first project") {
    const Fixture set;
    REQUIRE(set.file().set("log_level", "\"DEBUG\""));
    CHECK(fs::is_directory(set.folder.path() / "basic-memory"));
    // One that is elsewhere from the start needs none.
    const Fixture moved;
    REQUIRE(moved.file().set_project_path("main", moved.folder.path() / "notes"));
    CHECK_FALSE(fs::exists(moved.folder.path() / "basic-memory"));
}

TEST_CASE("saving keeps unknown keys and the order and the form of everything") {
    const Fixture it;
    it.put(R"({
  "zebra": {"deep": [1, 2.5, null, {"ü": "ß"}]},
  "projects": {"b": "/b", "a": "/a"},
  "cloud_projects": {"b": {"local_path": "/x", "last_sync": null}},
  "sync_delay": 7,
  "big": 12345678901234567890,
  "aardvark": "last"
})");
    auto file = it.file();
    REQUIRE(file.add_project(name("c"), "/c", true));
    REQUIRE(file.set_project_path("b", "/b2"));
    REQUIRE(file.set("sync_delay", "9"));
    CHECK(it.text() == R"({
  "zebra": {
    "deep": [
      1,
      2.5,
      null,
      {
        "ü": "ß"
      }
    ]
  },
  "projects": {
    "b": "/b2",
    "a": "/a",
    "c": "/c"
  },
  "cloud_projects": {
    "b": {
      "local_path": "/x",
      "last_sync": null
    }
  },
  "sync_delay": 9,
  "big": 12345678901234567890,
  "aardvark": "last",
  "default_project": "c"
}
)");
    CHECK(mode_of(it.path()) == 0600);
}

TEST_CASE("projects that are objects stay objects") {
    const Fixture it;
    it.put(R"({"projects": {"a": {"path": "/a", "mode": "local", "last_sync": "x"}, "b": "/b"}})");
    auto file = it.file();
    REQUIRE(file.add_project(name("c"), "/c", false));
    REQUIRE(file.set_project_path("a", "/a2"));
    REQUIRE(file.set_project_path("b", "/b2"));
    CHECK(it.text() == R"({
  "projects": {
    "a": {
      "path": "/a2",
      "mode": "local",
      "last_sync": "x"
    },
    "b": "/b2",
    "c": {
      "path": "/c"
    }
  }
}
)");
}

TEST_CASE("13.1 item 60: removing the default project makes another one the default") {
    const Fixture it;
    auto file = it.file();
    REQUIRE(file.load_or_create());
    REQUIRE(file.add_project(name("two"), "/two", false));
    CHECK(file.add_project(name("two"), "/other", false).error().fault == bm::Fault::conflict);
    REQUIRE(file.set_default_project("two"));
    CHECK(it.load().default_project == "two");
    CHECK(file.set_default_project("three").error().fault == bm::Fault::not_found);
    CHECK(file.set_project_path("three", "/x").error().fault == bm::Fault::not_found);
    CHECK(file.remove_project("three").error().fault == bm::Fault::not_found);
    REQUIRE(file.remove_project("two"));
    CHECK(it.load().default_project == "main");
    CHECK(it.text().find("\"default_project\": \"main\"") != std::string::npos);
    REQUIRE(file.remove_project("main"));
    CHECK(it.load().projects.front().name == "main");
}

TEST_CASE("a first project of one's own does not hide the usual one") {
    const Fixture it;
    it.put("{}");
    auto file = it.file();
    REQUIRE(file.add_project(name("own"), "/own", false));
    const auto config = it.load();
    REQUIRE(config.projects.size() == 2);
    CHECK(config.projects[0].name == "main");
    CHECK(config.projects[1].name == "own");
}

TEST_CASE("settings are checked before they are saved") {
    const Fixture it;
    it.put(R"({"sync_delay": 5})");
    auto file = it.file();
    const auto before = it.text();
    CHECK(file.set("sync_delay", "\"soon\"").error().message ==
          "invalid value for 'sync_delay': must be a whole number above 0, not \"soon\"");
    CHECK(file.set("nonsense", "1").error().message == "'nonsense' is not a recognized setting.");
    CHECK(file.set("projects", "{}").error().fault == bm::Fault::invalid);
    CHECK(file.set("nonsense", std::nullopt).error().fault == bm::Fault::invalid);
    CHECK(file.set("sync_delay", "[1]").error().fault == bm::Fault::invalid);
    CHECK(file.set("sync_delay", "{").error().fault == bm::Fault::invalid);
    CHECK(it.text() == before);

    REQUIRE(file.set("log_level", "\"DEBUG\""));
    CHECK(it.load().log_level == "DEBUG");
    REQUIRE(file.set("log_level", std::nullopt));
    CHECK(it.load().log_level == "INFO");
    REQUIRE(file.set("project_root", "null"));
    CHECK_FALSE(it.load().project_root);
    REQUIRE(file.set("bisync_config.profile", "\"fast\""));
    CHECK(it.text().find("\"bisync_config\": {\n    \"profile\": \"fast\"\n  }") !=
          std::string::npos);
    REQUIRE(file.set("bisync_config.profile", std::nullopt));
    CHECK(it.text().find("fast") == std::string::npos);
}

TEST_CASE("a renamed setting is saved under the name that the file uses") {
    const Fixture it;
    it.put(R"({"index_delay": 5})");
    auto file = it.file();
    REQUIRE(file.set("sync_delay", "9"));
    CHECK(it.text() == "{\n  \"index_delay\": 9\n}\n");
    it.put(R"({"index_delay": 5, "sync_delay": 5})");
    REQUIRE(file.set("sync_delay", "9"));
    CHECK(it.load().sync_delay_ms == 9);
    REQUIRE(file.set("sync_delay", std::nullopt));
    CHECK(it.load().sync_delay_ms == 1'000);
}

TEST_CASE("what a command is given under a secret name is masked for diagnostics") {
    const Fixture it;
    it.put(R"({"formatters": {"md": "fmt --key s1 -t x --api-token=s2 {file}"},
               "formatter_command": "PASSWORD=s3 fmt --key  s4 --keys --plain {file}"})");
    const auto text = it.file().masked_text();
    for (const char* secret : {"s1", "s2", "s3", "s4"}) {
        CAPTURE(secret);
        CHECK(text.find(secret) == std::string::npos);
    }
    CHECK(text.find("fmt --key ******** -t x --api-token=******** {file}") != std::string::npos);
    CHECK(text.find("--plain {file}") != std::string::npos);
}

TEST_CASE("values of a query that sign or log in are masked") {
    for (const char* name : {"sig", "X-Amz-Signature", "pwd", "jwt", "code", "access_token"}) {
        CAPTURE(name);
        const std::string masked =
            bm::without_credentials("https://h.example/x?sv=1&" + std::string(name) + "=s3cret");
        CHECK(masked.find("s3cret") == std::string::npos);
        CHECK(masked.find("sv=1") != std::string::npos);
    }
}

TEST_CASE("secrets are masked for diagnostics") {
    const Fixture it;
    it.put(
        R"({"cloud_api_key": "k3y", "nested": {"refresh_token": "t0k", "list": ["https://u:p4ss@h/x"]},
               "database_url": "postgresql://bob:s3cret@host:5/db?x=a@b", "cloud_host": "https://h/a@b", "plain": 7})");
    const auto text = it.file().masked_text();
    for (const char* secret : {"k3y", "t0k", "p4ss", "s3cret", "bob"}) {
        CAPTURE(secret);
        CHECK(text.find(secret) == std::string::npos);
    }
    CHECK(text.find("postgresql://host:5/db?x=a@b") != std::string::npos);
    CHECK(text.find("https://h/a@b") != std::string::npos);
    CHECK(text.find("\"plain\": 7") != std::string::npos);
    CHECK(it.text().find("k3y") != std::string::npos);
    CHECK(Fixture().file().masked_text() == "{}\n");
}

TEST_CASE("13.1 item 106: the version changes with the file") {
    const Fixture it;
    auto file = it.file();
    CHECK(file.version() == "none");
    it.put("{}");
    const auto first = file.version();
    CHECK(first != "none");
    CHECK(file.version() == first);
    REQUIRE(file.set("sync_delay", "5"));
    CHECK(file.version() != first);
}

TEST_CASE("saving nothing new writes nothing") {
    const Fixture it;
    auto file = it.file();
    it.put("{\n  \"sync_delay\": 5\n}\n");
    const auto version = file.version();
    REQUIRE(file.set("sync_delay", "5"));
    CHECK(file.version() == version);
}

TEST_CASE("threads and processes that save lose none of each other's changes") {
    const Fixture it;
    REQUIRE(it.file().load_or_create());
    const auto work = [&it](int who) {
        auto file = it.file();
        std::atomic<int> failed = 0;
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 3; ++thread) {
            threads.emplace_back([&, thread] {
                for (int i = 0; i < 10; ++i) {
                    const std::string project = std::to_string(who) + '-' + std::to_string(thread) +
                                                '-' + std::to_string(i);
                    if (!file.add_project(name(project), "/srv/" + project, false) || !file.load())
                        ++failed;
                }
            });
        }
        threads.clear();
        return failed == 0 ? 0 : 1;
    };
    bm::test::ChildProcess first([&] { return work(1); });
    bm::test::ChildProcess second([&] { return work(2); });
    CHECK(work(3) == 0);
    CHECK(first.wait() == 0);
    CHECK(second.wait() == 0);
    CHECK(it.load().projects.size() == 91);
}

TEST_CASE("a save that fails says so and leaves the file") {
    const bm::test::OrdinaryUser user;
    const Fixture it;
    it.put(R"({"sync_delay": 5})");
    REQUIRE(::chmod(it.path().parent_path().c_str(), 0555) == 0);
    auto file = it.file();
    const auto saved = file.set("sync_delay", "9");
    REQUIRE(::chmod(it.path().parent_path().c_str(), 0755) == 0);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().message.starts_with("Failed to save config: "));
    CHECK(it.load().sync_delay_ms == 5);
}

TEST_CASE("the process's own environment is read") {
    ::setenv("BM_TEST_VARIABLE", "value", 1);
    const auto surroundings = bm::process_environment();
    CHECK(surroundings("BM_TEST_VARIABLE") == "value");
    ::unsetenv("BM_TEST_VARIABLE");
    CHECK_FALSE(surroundings("BM_TEST_VARIABLE"));
}
