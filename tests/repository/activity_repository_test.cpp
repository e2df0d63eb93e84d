#include "repository/activity_repository.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/repository/fixture.hpp"

using bm::ItemKind;
using bm::test::RepositoryFixture;
using bm::test::seconds;

namespace {

using Texts = std::vector<std::string>;

constexpr bm::KindSet kNotes = 0b001;
constexpr bm::KindSet kObservations = 0b010;
constexpr bm::KindSet kRelations = 0b100;

Texts outline(const bm::ActivityPage& page) {
    Texts lines;
    for (const auto& row : page.rows) {
        std::string line = row.entity.title;
        if (row.observation) line += " [" + row.observation->content + ']';
        if (row.edge) line += " -> " + row.edge->relation.to_name;
        CHECK(row.observation.has_value() == (row.kind == ItemKind::observation));
        CHECK(row.edge.has_value() == (row.kind == ItemKind::relation));
        lines.push_back(line);
    }
    return lines;
}

void fill(RepositoryFixture& it) {
    it.add(
        {.path = "old.md", .created = 100, .updated = 100, .observations = {{"c", "o", {}, {}}}});
    it.add({.path = "new.md",
            .created = 100,
            .updated = 900,
            .observations = {{"c", "n1", {}, {}}, {"c", "n2", {}, {}}},
            .relations = {{"t", "old", {}}}});
    it.add({.path = "middle.md", .created = 500, .updated = 200});
}

}  // namespace

TEST_CASE("recent rows come newest note first and follow their note") {
    RepositoryFixture it;
    fill(it);
    const auto page = it.tables.activity.recent(it.project, bm::kAllKinds, std::nullopt, 10, 0);
    CHECK(outline(page) ==
          Texts{"new", "new [n1]", "new [n2]", "new -> old", "middle", "old", "old [o]"});
    CHECK(page.total == 7);
}

TEST_CASE("13.1 item 75: the time of the last change decides and the limit itself is inside") {
    RepositoryFixture it;
    fill(it);
    const auto since = [&](std::int64_t at) {
        const auto page = it.tables.activity.recent(it.project, kNotes, seconds(at), 10, 0);
        CHECK(page.total == static_cast<std::int64_t>(page.rows.size()));
        return outline(page);
    };
    CHECK(since(901).empty());
    CHECK(since(900) == Texts{"new"});
    CHECK(since(500) == Texts{"new", "middle"});
    CHECK(since(501) == Texts{"new"});
    CHECK(since(100) == Texts{"new", "middle", "old"});
}

TEST_CASE("kinds are wanted one by one and counted alike") {
    RepositoryFixture it;
    fill(it);
    const auto of = [&](bm::KindSet kinds) {
        return it.tables.activity.recent(it.project, kinds, std::nullopt, 10, 0);
    };
    CHECK(outline(of(kObservations)) == Texts{"new [n1]", "new [n2]", "old [o]"});
    CHECK(of(kObservations).total == 3);
    CHECK(outline(of(kRelations)) == Texts{"new -> old"});
    CHECK(outline(of(kNotes | kRelations)) == Texts{"new", "new -> old", "middle", "old"});
    CHECK(of(0).rows.empty());
    CHECK(of(0).total == 0);
}

TEST_CASE("pages of recent rows fit together whatever their size") {
    RepositoryFixture it;
    fill(it);
    for (const bm::KindSet kinds : {bm::kAllKinds, kObservations, kNotes | kObservations}) {
        const auto all =
            outline(it.tables.activity.recent(it.project, kinds, std::nullopt, 100, 0));
        for (std::size_t size = 1; size <= all.size() + 1; ++size) {
            Texts joined;
            for (std::size_t at = 0; at < all.size() + size; at += size) {
                const auto page =
                    it.tables.activity.recent(it.project, kinds, std::nullopt, size, at);
                CHECK(page.total == static_cast<std::int64_t>(all.size()));
                for (auto& line : outline(page)) joined.push_back(std::move(line));
            }
            CAPTURE(size);
            CHECK(joined == all);
        }
    }
    CHECK(it.tables.activity.recent(it.project, bm::kAllKinds, std::nullopt, 0, 0).rows.empty());
}

TEST_CASE("13.1 item 77: no row of the recent ones comes twice and the total is the true one") {
    RepositoryFixture it;
    for (int i = 0; i < 30; ++i) {
        // All at the same moment, as after a copy of the folder.
        it.add({.path = std::to_string(i) + ".md",
                .observations = {{"c", std::to_string(i), {}, {}}}});
    }
    Texts all;
    for (std::size_t at = 0; at < 60; at += 7) {
        for (auto& line :
             outline(it.tables.activity.recent(it.project, bm::kAllKinds, std::nullopt, 7, at)))
            all.push_back(line);
    }
    CHECK(all.size() == 60);
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("a page of recent rows is a constant number of queries and of its project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    for (int i = 0; i < 300; ++i) {
        it.add({.path = std::to_string(i) + ".md",
                .observations = {{"c", "o", {}, {}}},
                .relations = {{"t", "x", {}}}});
    }
    const auto before = it.tables.database.queries_run();
    CHECK(
        it.tables.activity.recent(it.project, bm::kAllKinds, std::nullopt, 700, 100).rows.size() ==
        700);
    CHECK(it.tables.database.queries_run() - before <= 7);
    CHECK(it.tables.activity.recent(other, bm::kAllKinds, std::nullopt, 10, 0).total == 0);
}
