#include "sync/knowledge_base.hpp"

#include <algorithm>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "repository/indexed_files.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

std::vector<std::string> names(KnowledgeBase& knowledge) {
    std::vector<std::string> result;
    for (const auto& project : knowledge.projects()) result.push_back(project.name.str());
    return result;
}

TEST_CASE("a fresh data directory has one default project") {
    KnowledgeFixture fixture;
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main"});
    CHECK(fixture.project().is_default);
    CHECK(fixture.project().path == fixture.notes());
}

TEST_CASE("projects are found by name and slug and without regard to case") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("CamelCase-Project",
                                            (fixture.folder().path() / "c").string(), false));
    for (const char* name :
         {"CamelCase-Project", "camel-case-project", "camelcase-project", "CAMELCASE-PROJECT"}) {
        CAPTURE(name);
        CHECK(fixture.knowledge().find_project(name));
    }
    CHECK_FALSE(fixture.knowledge().find_project("other"));
    CHECK_FALSE(fixture.knowledge().find_project(""));
    const auto project = *fixture.knowledge().find_project("camel-case-project");
    CHECK(fixture.knowledge().find_project_by_id(project.external_id)->name == project.name);
    CHECK_FALSE(fixture.knowledge().find_project_by_id("not-a-uuid"));
}

TEST_CASE("13.1 item 114: nested projects are refused in both directions") {
    KnowledgeFixture fixture;
    const std::string inside = (fixture.notes() / "sub").string();
    const auto nested = fixture.knowledge().add_project("sub", inside, false);
    REQUIRE_FALSE(nested);
    CHECK(nested.error().message == "Cannot create project at '" + inside +
                                        "': path is nested within existing project 'main' at '" +
                                        fixture.notes().string() +
                                        "'. Projects cannot share directory trees.");
    const auto around =
        fixture.knowledge().add_project("all", fixture.folder().path().string(), false);
    REQUIRE_FALSE(around);
    CHECK(around.error().message.find(
              "is nested within this path. Projects cannot share directory trees.") !=
          std::string::npos);
    // A name that only starts alike is no nesting.
    CHECK(fixture.knowledge().add_project("more", fixture.notes().string() + "-more", false));
}

TEST_CASE("adding a project again is fine at the same path and refused at another") {
    KnowledgeFixture fixture;
    const std::string path = (fixture.folder().path() / "p").string();
    const auto first = fixture.knowledge().add_project("P", path, false);
    REQUIRE(first);
    CHECK_FALSE(first->existed);
    const auto second = fixture.knowledge().add_project("p", path, false);
    REQUIRE(second);
    CHECK(second->existed);
    const auto third = fixture.knowledge().add_project("P", path + "2", false);
    REQUIRE_FALSE(third);
    CHECK(third.error().message == "Project 'P' already exists with different path. Existing: " +
                                       path + ", Requested: " + path + "2");
}

TEST_CASE("13.1 item 59: exactly one project is the default") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("P", (fixture.folder().path() / "p").string(), true));
    const auto count_defaults = [&] {
        const auto projects = fixture.knowledge().projects();
        return std::count_if(projects.begin(), projects.end(),
                             [](const Project& each) { return each.is_default; });
    };
    CHECK(fixture.project().name.str() == "P");
    CHECK(count_defaults() == 1);
    REQUIRE(fixture.knowledge().set_default_project("P"));  // 13.1 item 60
    CHECK(fixture.project().name.str() == "P");
    CHECK(count_defaults() == 1);
}

TEST_CASE("the default project cannot be removed and the sentence says what to do") {
    KnowledgeFixture fixture;
    auto removed = fixture.knowledge().remove_project("main");
    REQUIRE_FALSE(removed);
    CHECK(removed.error().message ==
          "Cannot delete default project 'main'. This is the only project in your configuration.");
    REQUIRE(fixture.knowledge().add_project("P", (fixture.folder().path() / "p").string(), false));
    removed = fixture.knowledge().remove_project("main");
    REQUIRE_FALSE(removed);
    CHECK(
        removed.error().message ==
        "Cannot delete default project 'main'. Set another project as default first. Available: P");
    removed = fixture.knowledge().remove_project("nothing");
    REQUIRE_FALSE(removed);
    CHECK(removed.error().message == "Project 'nothing' not found. Available projects: main, P");
}

TEST_CASE("13.1 item 62: removing a project removes its rows and leaves its files") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("P", (fixture.folder().path() / "p").string(), false));
    fixture.folder().write("p/a.md", "zebra - [fact] x #t");
    const auto project = *fixture.knowledge().find_project("P");
    REQUIRE(reconcile_project(fixture.knowledge(), project));
    REQUIRE(fixture.knowledge().remove_project("p"));
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main"});
    CHECK(fixture.folder().read("p/a.md") == "zebra - [fact] x #t");
    fixture.read_index([&](Tables& tables) { CHECK(tables.entities.count(project.id) == 0); });
    REQUIRE(fixture.knowledge().add_project("P", (fixture.folder().path() / "p").string(), false));
    SearchRequest request;
    request.criterion = SearchRequest::Text{"zebra"};
    const auto again = *fixture.knowledge().find_project("P");
    fixture.read_index(
        [&](Tables& tables) { CHECK(tables.search.search(again.id, request).rows.empty()); });
}

TEST_CASE("13.1 item 106: a changed configuration file is noticed") {
    KnowledgeFixture fixture;
    CHECK(names(fixture.knowledge()).size() == 1);
    const auto other = fixture.folder().path() / "other";
    std::filesystem::create_directories(other);
    fixture.folder().write("data/config.json", R"({"projects": {"main": ")" +
                                                   fixture.notes().string() + R"(", "Neu": ")" +
                                                   other.string() +
                                                   R"("}, "default_project": "Neu"})");
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main", "Neu"});
    CHECK(fixture.project().name.str() == "Neu");
}

TEST_CASE("a configuration that breaks while running keeps the last good settings and is logged") {
    KnowledgeFixture fixture;
    CHECK(names(fixture.knowledge()).size() == 1);
    fixture.folder().write("data/config.json", "{ broken");
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main"});
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main"});
    CHECK(fixture.log().size() == 1);
    CHECK(fixture.folder().read("data/config.json") == "{ broken");
}

TEST_CASE("a configuration that breaks before its projects have rows is good for them") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().check_config());
    fixture.folder().write("data/config.json", "{ broken");
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main"});
}

TEST_CASE("a configuration that is away for a moment costs no project its rows") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("P", (fixture.folder().path() / "p").string(), false));
    fixture.folder().write("p/a.md", "x");
    const auto project = *fixture.knowledge().find_project("P");
    REQUIRE(reconcile_project(fixture.knowledge(), project));
    const auto count = [&] {
        return fixture.read_index([&](Tables& t) { return t.entities.count(project.id); });
    };
    std::filesystem::rename(fixture.data() / "config.json", fixture.data() / "away.json");
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main", "P"});
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main", "P"});
    CHECK(fixture.log().size() == 1);
    CHECK_FALSE(std::filesystem::exists(fixture.data() / "config.json"));
    CHECK(count() == 1);
    std::filesystem::rename(fixture.data() / "away.json", fixture.data() / "config.json");
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"main", "P"});
    CHECK(count() == 1);
}

TEST_CASE("two configured names with one slug are two projects") {
    KnowledgeFixture fixture;
    const auto folder = [&](const char* name) {
        const auto path = fixture.folder().path() / name;
        std::filesystem::create_directories(path);
        return path.string();
    };
    fixture.folder().write("data/config.json", R"({"projects": {"My Notes": ")" + folder("a") +
                                                   R"(", "my-notes": ")" + folder("b") +
                                                   R"("}, "default_project": "my-notes"})");
    CHECK(names(fixture.knowledge()) == std::vector<std::string>{"My Notes", "my-notes"});
    CHECK(fixture.knowledge().find_project("My Notes")->permalink == "my-notes");
    CHECK(fixture.knowledge().find_project("my-notes")->permalink == "my-notes-1");
    CHECK(fixture.project().path == fixture.folder().path() / "b");
}

TEST_CASE("a row that is new is unscanned and wants a scan") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    CHECK_FALSE(fixture.knowledge().was_scanned(fixture.project()));
    CHECK(fixture.knowledge().wishes().take() == std::set<std::string>{"main"});
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(fixture.knowledge().was_scanned(fixture.project()));
    fixture.reopen();
    CHECK(fixture.knowledge().was_scanned(fixture.project()));
    fixture.knowledge().wishes().add("none");
    CHECK(fixture.knowledge().wishes().take() == std::set<std::string>{"none"});
    for (const char* name : {"index.db", "index.db-wal", "index.db-shm"}) {
        std::filesystem::remove(fixture.data() / name);
    }
    CHECK(fixture.knowledge().find_project("main"));  // at the first try
    CHECK_FALSE(fixture.knowledge().was_scanned(fixture.project()));
    CHECK(fixture.knowledge().wishes().take() == std::set<std::string>{"main"});
}

TEST_CASE("projects that are added while others look at the list stay") {
    KnowledgeFixture fixture;
    fixture.knowledge().projects();
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&fixture](const std::stop_token& stop) {
            while (!stop.stop_requested()) fixture.knowledge().projects();
        });
    }
    for (int i = 0; i < 20; ++i) {
        const std::string name = "p" + std::to_string(i);
        CAPTURE(name);
        CHECK(fixture.knowledge().add_project(name, (fixture.folder().path() / name).string(),
                                              false));
    }
    readers.clear();
    CHECK(names(fixture.knowledge()).size() == 21);
}

TEST_CASE("a project's path can be changed and its rows stay") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    const auto id = fixture.project().id;
    const auto moved =
        fixture.knowledge().set_project_path("main", (fixture.folder().path() / "new").string());
    REQUIRE(moved);
    CHECK(moved->id == id);
    CHECK(moved->path == fixture.folder().path() / "new");
    CHECK(std::filesystem::exists(fixture.notes() / "a.md"));
}

TEST_CASE("a configured project without a folder can be removed and can get one") {
    KnowledgeFixture fixture;
    const auto configure = [&] {
        fixture.folder().write(
            "data/config.json",
            R"({"projects": {"main": ")" + fixture.notes().string() +
                R"(", "far": {"path": "", "mode": "cloud"}}, "default_project": )"
                R"("main"})");
    };
    configure();
    const auto named = fixture.knowledge().named_project("Far");
    REQUIRE_FALSE(named);
    CHECK(named.error().message ==
          "Project 'far' has no folder on this computer. Give it one: `bm project move far PATH`");
    const auto removed = fixture.knowledge().remove_project("Far");
    REQUIRE(removed);
    CHECK(removed->name == "far");
    CHECK(removed->path.empty());
    CHECK(find_configured(*fixture.knowledge().config(), "far") == nullptr);
    configure();
    fixture.reopen();
    const auto folder = fixture.folder().path() / "far";
    const auto placed = fixture.knowledge().set_project_path("far", folder.string());
    REQUIRE(placed);
    CHECK(placed->name.str() == "far");
    CHECK(placed->path == folder);
    CHECK(std::filesystem::is_directory(folder));
    CHECK(fixture.knowledge().find_project("far")->id == placed->id);
}

TEST_CASE("the user's ignore file is made with the default list at its first use") {
    KnowledgeFixture fixture;
    fixture.write(".gitignore", "*.pdf\n");
    const auto rules = fixture.knowledge().ignore_rules(fixture.project());
    CHECK(rules.ignores("x.pdf"));
    CHECK(rules.ignores("node_modules/x.md"));
    CHECK(fixture.folder().read("data/.bmignore").find("node_modules") != std::string::npos);
}

TEST_CASE("an ignore file that cannot be read never lets in what it leaves out") {
    KnowledgeFixture fixture;
    const auto ignore_file = fixture.notes() / ".gitignore";
    fixture.write("private/s.md", "secret");
    fixture.write("a.md", "x");
    // A link that leads to itself: nobody can open it, not even root.
    const auto make_unreadable = [](const std::filesystem::path& file) {
        std::filesystem::remove(file);
        std::filesystem::create_symlink(file.filename(), file);
    };
    SUBCASE("the project's own, before it was ever read") {
        make_unreadable(ignore_file);
        const auto refused = reconcile_project(fixture.knowledge(), fixture.project());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().fault == Fault::unavailable);
        CHECK(refused.error().message.find(ignore_file.string()) != std::string::npos);
        CHECK_FALSE(compare_project(fixture.knowledge(), fixture.project()));
        CHECK_FALSE(fixture.entity("private/s.md"));
        CHECK_FALSE(fixture.entity("a.md"));
        const auto text =
            left_out_text(fixture.knowledge().ignore_rules(fixture.project()), "b.md");
        REQUIRE(text);
        CHECK(text->find(ignore_file.string()) != std::string::npos);
    }
    SUBCASE("the user's own, before it was ever read") {
        std::filesystem::create_directories(fixture.data());
        make_unreadable(fixture.data() / ".bmignore");
        CHECK_FALSE(reconcile_project(fixture.knowledge(), fixture.project()));
        CHECK_FALSE(fixture.entity("private/s.md"));
    }
    SUBCASE("one that was read before keeps its rules") {
        fixture.write(".gitignore", "private/\n");
        REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
        CHECK(fixture.entity("a.md"));
        make_unreadable(ignore_file);
        fixture.write("b.md", "x");
        for (int i = 0; i < 2; ++i) {
            REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
            CHECK_FALSE(fixture.entity("private/s.md"));
        }
        CHECK(fixture.entity("b.md"));
        CHECK(fixture.log().size() == 1);
        // A new process does not know them, and takes nothing away either.
        fixture.reopen();
        CHECK_FALSE(reconcile_project(fixture.knowledge(), fixture.project()));
        CHECK(fixture.entity("a.md"));
        CHECK_FALSE(fixture.entity("private/s.md"));
    }
    SUBCASE("nothing is known of a file that could not be read until it can") {
        make_unreadable(ignore_file);
        CHECK(fixture.knowledge().ignore_rules(fixture.project()).ignores("a.md"));
    }
    std::filesystem::remove(ignore_file);
    std::filesystem::remove(fixture.data() / ".bmignore");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(fixture.entity("private/s.md"));
    CHECK(fixture.entity("a.md"));
}

TEST_CASE("what is called an ignore file and is none leaves nothing out") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    const auto ignore_file = fixture.notes() / ".gitignore";
    SUBCASE("a folder") { std::filesystem::create_directory(ignore_file); }
    SUBCASE("a pipe") { REQUIRE(::mkfifo(ignore_file.c_str(), 0600) == 0); }
    SUBCASE("a link to nothing") { std::filesystem::create_symlink("nothing", ignore_file); }
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(fixture.entity("a.md"));
}

TEST_CASE("of nested projects the innermost has the notes") {
    KnowledgeFixture fixture;
    fixture.write("o.md", "outer");
    fixture.write("in/i.md", "inner");
    fixture.write("in/deep/d.md", "deep");
    fixture.write("inner.md", "outer");
    const auto project = [&](const char* name, const std::string& folder) {
        return '"' + std::string(name) + R"(": ")" + (fixture.notes() / folder).string() + '"';
    };
    const auto configure = [&](const std::string& projects) {
        fixture.folder().write("data/config.json",
                               R"({"projects": {)" + projects + R"(}, "default_project": "main"})");
    };
    const auto main = project("main", "");
    configure(main);
    const auto sync_all = [&] {
        for (const auto& each : fixture.knowledge().projects())
            REQUIRE(reconcile_project(fixture.knowledge(), each));
    };
    const auto paths = [&](const char* name) {
        std::vector<std::string> found;
        const auto id = fixture.knowledge().find_project(name)->id;
        fixture.read_index([&](Tables& tables) {
            for (const auto& file : indexed_files_after(tables.database, id, "", 99))
                found.push_back(file.path.str());
        });
        return found;
    };
    using Paths = std::vector<std::string>;
    sync_all();
    CHECK(paths("main") == Paths{"in/deep/d.md", "in/i.md", "inner.md", "o.md"});
    configure(main + ", " + project("deep", "in/deep") + ", " + project("inner", "in/"));
    sync_all();
    CHECK(paths("main") == Paths{"inner.md", "o.md"});
    CHECK(paths("inner") == Paths{"i.md"});
    CHECK(paths("deep") == Paths{"d.md"});
    const auto text = left_out_text(fixture.knowledge().ignore_rules(fixture.project()), "in/x.md");
    REQUIRE(text);
    CHECK(text->find("'inner'") != std::string::npos);
    configure(main);
    sync_all();
    CHECK(paths("main") == Paths{"in/deep/d.md", "in/i.md", "inner.md", "o.md"});
}

TEST_CASE("a caller who is bound to one project sees no other one") {
    KnowledgeFixture fixture;
    KnowledgeBase& all = fixture.knowledge();
    const auto other = all.add_project("Other", (fixture.folder().path() / "o").string(), true);
    REQUIRE(other);
    const auto bound = all.bound_to("main");
    CHECK(names(*bound) == std::vector<std::string>{"main"});
    CHECK(bound->constraint() == "main");
    CHECK(bound->default_project()->name.str() == "main");
    CHECK(bound->find_project("MAIN"));
    for (const char* name : {"Other", "other", "OTHER"}) {
        CAPTURE(name);
        CHECK_FALSE(bound->find_project(name));
        const auto named = bound->named_project(name);
        REQUIRE_FALSE(named);
        CHECK(named.error().message ==
              "Project '" + std::string(name) + "' not found. This caller is bound to 'main'.");
    }
    CHECK_FALSE(bound->find_project_by_id(other->project.external_id));
    CHECK(bound->find_project_by_id(fixture.knowledge().find_project("main")->external_id));
    const auto settings = bound->config();
    CHECK(settings->default_project == "main");
    CHECK(settings->projects.size() == 1);
    CHECK(bound->config() == settings);
    CHECK(bound->masked_config_text().error().fault == Fault::forbidden);
    CHECK(all.masked_config_text()->find("Other") != std::string::npos);
}

TEST_CASE("a caller who is bound to one project changes no projects") {
    KnowledgeFixture fixture;
    KnowledgeBase& all = fixture.knowledge();
    REQUIRE(all.add_project("other", (fixture.folder().path() / "o").string(), false));
    const auto bound = all.bound_to("main");
    const std::string place = (fixture.folder().path() / "new").string();
    CHECK(bound->add_project("new", place, true).error().fault == Fault::forbidden);
    CHECK(bound->remove_project("other").error().fault == Fault::forbidden);
    CHECK(bound->remove_project("main").error().fault == Fault::forbidden);
    CHECK(bound->set_default_project("other").error().fault == Fault::forbidden);
    CHECK(bound->set_project_path("main", place).error().fault == Fault::forbidden);
    CHECK(names(all) == std::vector<std::string>{"main", "other"});
    CHECK_FALSE(std::filesystem::exists(place));
}

TEST_CASE("who is bound to a project that is not there sees none") {
    KnowledgeFixture fixture;
    KnowledgeBase& all = fixture.knowledge();
    REQUIRE(all.add_project("other", (fixture.folder().path() / "o").string(), false));
    // No name stands for another one here: a project that was made later is not the caller's.
    for (const auto& bound :
         {all.bound_to("gone"), all.bound_to("Other"), all.bound_to("main")->bound_to("other")}) {
        CHECK(bound->projects().empty());
        CHECK_FALSE(bound->default_project());
        CHECK_FALSE(bound->find_project("other"));
        CHECK_FALSE(bound->find_project("main"));
    }
    const auto bound = all.bound_to("other");
    CHECK(bound->default_project());
    REQUIRE(all.remove_project("other"));
    CHECK_FALSE(bound->default_project());
    CHECK(bound->projects().empty());
}

TEST_CASE("an inner project has no name for a caller who is bound to the outer one") {
    KnowledgeFixture fixture;
    const auto inner = fixture.notes() / "in";
    std::filesystem::create_directories(inner);
    fixture.folder().write("data/config.json", R"({"projects": {"main": ")" +
                                                   fixture.notes().string() + R"(", "hidden": ")" +
                                                   inner.string() +
                                                   R"("}, "default_project": "main"})");
    const auto bound = fixture.knowledge().bound_to("main");
    const auto rules = bound->ignore_rules(fixture.project());
    CHECK(rules.ignores("in/x.md"));
    CHECK(*left_out_text(rules, "in/x.md") ==
          "'in/x.md' is not written, because that folder is another project, which is not this "
          "caller's. Choose another folder.");
}

}  // namespace
}  // namespace bm
