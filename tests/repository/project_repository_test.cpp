#include "repository/project_repository.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "repository/project_mounts.hpp"
#include "tests/repository/fixture.hpp"

using bm::test::path;
using bm::test::project_name;
using bm::test::RepositoryFixture;
using bm::test::seconds;

namespace {

std::int64_t defaults(RepositoryFixture& it) {
    const auto all = it.tables.projects.all();
    return std::count_if(all.begin(), all.end(), [](const auto& each) { return each.is_default; });
}

}  // namespace

TEST_CASE("a project is stored with its slug and found by every name") {
    RepositoryFixture it;
    const auto stored =
        it.tables.projects.insert(project_name("My Research"), "/srv/research", seconds(5));
    CHECK(stored.permalink == "my-research");
    CHECK(bm::uuid_bytes(stored.external_id));
    CHECK_FALSE(stored.is_default);
    CHECK(it.tables.projects.by_id(stored.id)->path == "/srv/research");
    CHECK(it.tables.projects.by_external_id(stored.external_id)->id == stored.id);
    for (const char* name : {"My Research", "my-research", "MY RESEARCH", "my_research"}) {
        CAPTURE(name);
        REQUIRE(it.tables.projects.find(name));
        CHECK(it.tables.projects.find(name)->id == stored.id);
    }
    CHECK_FALSE(it.tables.projects.find("research"));
    CHECK_FALSE(it.tables.projects.by_id({99}));
    CHECK_FALSE(it.tables.projects.by_external_id("nonsense"));
    CHECK_FALSE(it.tables.projects.by_external_id(bm::new_uuid()));
}

TEST_CASE("an exact name wins over a slug and a slug over the case") {
    RepositoryFixture it;
    const auto camel = it.tables.projects.insert(project_name("CamelCase"), "/1", seconds(0));
    const auto lower = it.tables.projects.insert(project_name("camelcase"), "/2", seconds(0));
    CHECK(it.tables.projects.find("CamelCase")->id == camel.id);
    CHECK(it.tables.projects.find("camelcase")->id == lower.id);
    CHECK(it.tables.projects.find("camel-case")->id == camel.id);
    CHECK(it.tables.projects.find("CAMELCASE")->id == lower.id);
}

TEST_CASE("two projects cannot share a name and one slug is numbered for the second") {
    RepositoryFixture it;
    CHECK(it.tables.projects.insert(project_name("a b"), "/1", seconds(0)).permalink == "a-b");
    CHECK_THROWS_AS(it.tables.projects.insert(project_name("a b"), "/2", seconds(0)),
                    bm::DatabaseError);
    CHECK(it.tables.projects.insert(project_name("A-B"), "/2", seconds(0)).permalink == "a-b-1");
    CHECK(it.tables.projects.insert(project_name("a_b"), "/3", seconds(0)).permalink == "a-b-2");
    CHECK(it.tables.projects.find("A-B")->path == "/2");
    // A name without a slug has one all the same.
    CHECK_FALSE(it.tables.projects.insert(project_name("🎉"), "/3", seconds(0)).permalink.empty());
}

TEST_CASE("13.1 item 59: exactly one project is the default") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    CHECK(defaults(it) == 0);
    it.tables.projects.set_default(it.project);
    CHECK(defaults(it) == 1);
    it.tables.projects.set_default(other);
    CHECK(defaults(it) == 1);
    CHECK(it.tables.projects.by_id(other)->is_default);
}

TEST_CASE("13.1 item 60: choosing the default again or an unknown one clears nothing") {
    RepositoryFixture it;
    it.tables.projects.set_default(it.project);
    it.tables.projects.set_default(it.project);
    CHECK(it.tables.projects.by_id(it.project)->is_default);
    it.tables.projects.set_default({99});
    CHECK(it.tables.projects.by_id(it.project)->is_default);
}

TEST_CASE("projects come in the order of their creation and keep their ids to themselves") {
    RepositoryFixture it;
    const auto second = it.add_project("a-second");
    CHECK(it.tables.projects.all().back().id == second);
    CHECK(it.tables.projects.erase(second));
    CHECK_FALSE(it.tables.projects.erase(second));
    CHECK(it.add_project("third") > second);
}

TEST_CASE("a project can move") {
    RepositoryFixture it;
    it.tables.projects.set_path(it.project, "/new/place", seconds(9));
    CHECK(it.tables.projects.by_id(it.project)->path == "/new/place");
}

TEST_CASE("another folder has no last scan and no disk that is remembered") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    for (const auto project : {it.project, other}) {
        it.tables.projects.set_last_scan(project, seconds(1), 3);
        bm::set_project_mounts(it.tables.database, project, {{"", 1}, {"disk", 2}});
    }
    it.tables.projects.set_path(it.project, "/new/place", seconds(9));
    CHECK_FALSE(it.tables.projects.last_scan(it.project));
    CHECK(bm::project_mounts(it.tables.database, it.project).empty());
    CHECK(it.tables.projects.last_scan(other));
    CHECK(bm::project_mounts(it.tables.database, other).size() == 2);
}

TEST_CASE("13.1 item 62: deleting a project leaves no row of it and none of others is touched") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    for (const auto project : {it.project, other}) {
        it.add(project, {.path = "a.md",
                         .observations = {{"c", "x", {}, {}}},
                         .relations = {{"t", "b", {}}, {"t", "c", {}}}});
        it.add(project, {.path = "b.md", .relations = {{"t", "a", {}}}});
        it.tables.graph.resolve_exact(project);
        it.tables.projects.record_failure(project, "bad.md", std::nullopt, "why", seconds(1));
    }
    it.tables.text.clear(it.project);
    CHECK(it.tables.projects.erase(it.project));
    CHECK(it.count_rows("entity") == 2);
    CHECK(it.count_rows("observation") == 1);
    CHECK(it.count_rows("relation") == 3);
    CHECK(it.count_rows("failed_file") == 1);
    CHECK(it.tables.graph.waiting(other, {0}, 10).size() == 1);
    auto statement = it.tables.database.prepare("PRAGMA foreign_key_check");
    CHECK_FALSE(statement.run().step());
}

TEST_CASE("13.1 item 90: failures are counted for each file with the state it failed in") {
    RepositoryFixture it;
    auto& projects = it.tables.projects;
    projects.record_failure(it.project, "b.md", bm::checksum_of("1"), "first", seconds(10));
    projects.record_failure(it.project, "b.md", bm::checksum_of("2"), "second", seconds(20));
    projects.record_failure(it.project, "a.md", std::nullopt, "unreadable", seconds(30));
    const auto failures = projects.failures(it.project);
    REQUIRE(failures.size() == 2);
    CHECK(failures[0].path == "a.md");
    CHECK_FALSE(failures[0].checksum);
    CHECK(failures[0].failures == 1);
    CHECK(failures[1].failures == 2);
    CHECK(failures[1].checksum == bm::checksum_of("2"));
    CHECK(failures[1].reason == "second");
    CHECK(failures[1].first_failed == seconds(10));
    CHECK(failures[1].last_failed == seconds(20));
    projects.forget_failure(it.project, "b.md");
    projects.forget_failure(it.project, "never.md");
    CHECK(projects.failures(it.project).size() == 1);
}

TEST_CASE("a hundred failing files are remembered and the oldest go") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.tables.projects.record_failure(other, "x.md", std::nullopt, "", seconds(0));
    for (int i = 0; i < 130; ++i) {
        it.tables.projects.record_failure(it.project, "f" + std::to_string(i), std::nullopt, "",
                                          seconds(i));
    }
    const auto failures = it.tables.projects.failures(it.project);
    CHECK(failures.size() == 100);
    CHECK(std::none_of(failures.begin(), failures.end(),
                       [](const auto& each) { return each.last_failed < seconds(30); }));
    CHECK(it.tables.projects.failures(other).size() == 1);
}

TEST_CASE("a project knows its last scan") {
    RepositoryFixture it;
    CHECK_FALSE(it.tables.projects.last_scan(it.project));
    it.tables.projects.set_last_scan(it.project, seconds(77), 12);
    CHECK(it.tables.projects.last_scan(it.project)->started == seconds(77));
    CHECK(it.tables.projects.last_scan(it.project)->files == 12);
}
