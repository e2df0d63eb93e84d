#include "repository/statistics_repository.hpp"

#include <ctime>

#include <doctest/doctest.h>
#include <stdlib.h>

#include "tests/repository/fixture.hpp"

using bm::test::paths_of;
using bm::test::RepositoryFixture;
using bm::test::seconds;

namespace {

using Counts = std::map<std::string, std::int64_t>;
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an empty project has empty statistics") {
    RepositoryFixture it;
    const auto statistics = it.tables.statistics.of(it.project);
    CHECK(statistics.entities == 0);
    CHECK(statistics.isolated_entities == 0);
    CHECK(statistics.entity_types.empty());
    CHECK(statistics.most_connected.empty());
    CHECK(statistics.notes_by_month.empty());
}

TEST_CASE("statistics count what is there in this project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.add({.path = "hub.md", .type = "note", .created = 10, .updated = 90});
    it.add({.path = "a.md",
            .type = "task",
            .created = 20,
            .updated = 80,
            .observations = {{"tech", "x", {}, {}}, {"idea", "y", {}, {}}, {"tech", "z", {}, {}}},
            .relations = {{"links_to", "hub", {}}, {"needs", "nowhere", {}}}});
    it.add({.path = "b.md",
            .type = "task",
            .created = 30,
            .updated = 70,
            .relations = {{"links_to", "hub", {}}}});
    it.add({.path = "alone.md", .created = 40, .updated = 60});
    it.add(
        {.path = "self.md", .created = 50, .updated = 50, .relations = {{"links_to", "self", {}}}});
    it.add(other, {.path = "z.md",
                   .observations = {{"other", "x", {}, {}}},
                   .relations = {{"other", "x", {}}}});
    it.resolve();
    const auto statistics = it.tables.statistics.of(it.project);
    CHECK(statistics.entities == 5);
    CHECK(statistics.observations == 3);
    CHECK(statistics.relations == 4);
    CHECK(statistics.unresolved_relations == 1);
    CHECK(statistics.isolated_entities == 1);
    CHECK(statistics.entity_types == Counts{{"note", 3}, {"task", 2}});
    CHECK(statistics.observation_categories == Counts{{"idea", 1}, {"tech", 2}});
    CHECK(statistics.relation_types == Counts{{"links_to", 3}, {"needs", 1}});
    REQUIRE(statistics.most_connected.size() == 4);
    CHECK(statistics.most_connected[0].entity.path.str() == "hub.md");
    CHECK(statistics.most_connected[0].relations == 2);
    CHECK(statistics.most_connected[1].entity.path.str() == "a.md");
    CHECK(statistics.most_connected[1].relations == 2);
    CHECK(statistics.most_connected[3].entity.path.str() == "self.md");
    CHECK(statistics.most_connected[3].relations == 1);
    CHECK(paths_of(statistics.recently_created) ==
          Texts{"self.md", "alone.md", "b.md", "a.md", "hub.md"});
    CHECK(paths_of(statistics.recently_updated) ==
          Texts{"hub.md", "a.md", "b.md", "alone.md", "self.md"});
    CHECK(paths_of(it.tables.statistics.isolated(it.project)) == Texts{"alone.md"});
}

TEST_CASE("lists in the statistics end at ten") {
    RepositoryFixture it;
    for (int i = 0; i < 30; ++i) it.link(std::to_string(i) + ".md", {"x"});
    const auto statistics = it.tables.statistics.of(it.project);
    CHECK(statistics.most_connected.size() == 10);
    CHECK(statistics.recently_created.size() == 10);
    CHECK(statistics.recently_updated.size() == 10);
}

TEST_CASE("months are those of the local calendar") {
    ::setenv("TZ", "UTC-14", 1);
    ::tzset();
    RepositoryFixture it;
    it.add({.path = "a.md", .created = 1'772'319'600});  // 2026-02-28 23:00 UTC
    it.add({.path = "b.md", .created = 1'772'236'800});  // a day earlier, also 14 hours ahead
    it.add({.path = "c.md", .created = -86'400 * 60});
    const auto months = it.tables.statistics.of(it.project).notes_by_month;
    ::unsetenv("TZ");
    ::tzset();
    CHECK(months == Counts{{"1969-11", 1}, {"2026-02", 1}, {"2026-03", 1}});
}
