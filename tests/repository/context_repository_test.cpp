#include "repository/context_repository.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "tests/repository/fixture.hpp"

using bm::test::paths_of;
using bm::test::RepositoryFixture;
using bm::test::seconds;
using bm::test::TestNote;

namespace {

using Texts = std::vector<std::string>;

/// `1 a->b` for a relation of the first hop, `1 b` for a note.
Texts outline(const bm::ContextWalk& walk) {
    Texts lines;
    for (const auto& item : walk.items) {
        std::string line = std::to_string(item.depth) + ' ';
        if (item.edge) {
            line += item.edge->from_title + "->" +
                    item.edge->to_title.value_or('(' + item.edge->relation.to_name + ')');
        } else {
            line += item.entity->title;
        }
        lines.push_back(line);
    }
    return lines;
}

bm::EntityId id(RepositoryFixture& it, const std::string& path) {
    return it.tables.entities.by_path(it.project, path)->id;
}

bm::ContextWalk walk(RepositoryFixture& it, const Texts& seeds, int depth = 1,
                     std::size_t max_items = 100,
                     std::optional<bm::Timestamp> since = std::nullopt) {
    std::vector<bm::EntityId> ids;
    for (const auto& seed : seeds) ids.push_back(id(it, seed));
    return it.tables.context.walk(it.project, ids, depth, max_items, since);
}

}  // namespace

TEST_CASE("a walk finds relations and then the notes behind them in both directions") {
    RepositoryFixture it;
    it.link("a.md", {"b", "nowhere"});
    it.link("b.md", {});
    it.link("c.md", {"a"});
    it.resolve();
    CHECK(outline(walk(it, {"a.md"})) == Texts{"1 a->b", "1 a->(nowhere)", "1 c->a", "1 b", "1 c"});
}

TEST_CASE("one unit of depth is one hop") {
    RepositoryFixture it;
    it.link("a.md", {"b"});
    it.link("b.md", {"c"});
    it.link("c.md", {"d"});
    it.link("d.md", {});
    it.resolve();
    CHECK(outline(walk(it, {"a.md"}, 0)).empty());
    CHECK(outline(walk(it, {"a.md"}, 1)) == Texts{"1 a->b", "1 b"});
    CHECK(outline(walk(it, {"a.md"}, 2)) == Texts{"1 a->b", "1 b", "2 b->c", "2 c"});
    CHECK(outline(walk(it, {"a.md"}, 9)).size() == 6);
}

TEST_CASE("nothing is found twice and the seed is not found again") {
    RepositoryFixture it;
    it.link("a.md", {"b", "c", "a"});
    it.link("b.md", {"a", "c"});
    it.link("c.md", {"b"});
    it.resolve();
    CHECK(outline(walk(it, {"a.md"}, 5)) ==
          Texts{"1 a->b", "1 a->c", "1 a->a", "1 b->a", "1 b", "1 c", "2 b->c", "2 c->b"});
    CHECK(outline(walk(it, {"a.md", "a.md"}, 5)).size() == 8);
}

TEST_CASE("each seed has findings of its own and all together are limited") {
    RepositoryFixture it;
    it.link("a.md", {"shared", "b"});
    it.link("b.md", {"shared"});
    it.link("shared.md", {});
    it.resolve();
    const auto found = walk(it, {"a.md", "b.md"});
    std::map<std::int64_t, Texts> by_root;
    for (const auto& item : found.items) {
        if (item.entity) by_root[item.root.value].push_back(item.entity->title);
    }
    CHECK(by_root[id(it, "a.md").value] == Texts{"b", "shared"});
    CHECK(by_root[id(it, "b.md").value] == Texts{"a", "shared"});
    const auto all = walk(it, {"a.md", "b.md"}, 2).items.size();
    for (std::size_t limit = 0; limit < all + 3; ++limit) {
        CAPTURE(limit);
        CHECK(walk(it, {"a.md", "b.md"}, 2, limit).items.size() == std::min(limit, all));
    }
}

TEST_CASE("a seed with many links leaves room for the others") {
    RepositoryFixture it;
    Texts many;
    for (int i = 0; i < 50; ++i) many.push_back("x" + std::to_string(i));
    it.link("big.md", many);
    it.link("small.md", {"y"});
    const auto found = walk(it, {"big.md", "small.md"}, 1, 4);
    CHECK(outline(found) == Texts{"1 big->(x0)", "1 big->(x1)", "1 big->(x2)", "1 small->(y)"});
}

TEST_CASE("of a hub the links of its own text come first and then the newest that point to it") {
    RepositoryFixture it;
    it.link("hub.md", {"n1", "n2"});
    for (int i = 0; i < 20; ++i)
        it.link("n" + std::to_string(i) + ".md", {"hub"}, 1'000 + (i * 7) % 20);
    it.resolve();
    const auto found = walk(it, {"hub.md"}, 1, 5);
    REQUIRE(found.items.size() == 5);
    std::set<std::string> lines;
    for (const auto& line : outline(found)) lines.insert(line);
    // The three newest sources are those with (7 i) mod 20 of 19, 18 and 17.
    CHECK(lines == std::set<std::string>{"1 hub->n1", "1 hub->n2", "1 n17->hub", "1 n14->hub",
                                         "1 n11->hub"});
}

TEST_CASE("a time limit holds for what is found and never for the seed") {
    RepositoryFixture it;
    it.link("old-seed.md", {"new", "old"}, 100);
    it.link("new.md", {}, 500);
    it.link("old.md", {}, 100);
    it.link("new-source.md", {"old-seed"}, 500);
    it.link("old-source.md", {"old-seed"}, 100);
    it.resolve();
    CHECK(outline(walk(it, {"old-seed.md"}, 1, 100, seconds(300))) ==
          Texts{"1 old-seed->new", "1 old-seed->old", "1 new-source->old-seed", "1 new",
                "1 new-source"});
    CHECK(walk(it, {"old-seed.md"}, 1, 100, seconds(100)).items.size() == 8);
    CHECK(walk(it, {"old-seed.md"}, 1, 100, seconds(501)).items.size() == 2);
}

TEST_CASE("the later of created and updated counts") {
    RepositoryFixture it;
    it.link("seed.md", {"a", "b"}, 100);
    it.add({.path = "a.md", .created = 900, .updated = 100});
    it.add({.path = "b.md", .created = 100, .updated = 900});
    it.resolve();
    const auto found = walk(it, {"seed.md"}, 1, 100, seconds(800));
    CHECK(outline(found) == Texts{"1 seed->a", "1 seed->b", "1 a", "1 b"});
    CHECK(found.items.back().created == seconds(100));
    CHECK(found.items.front().created == seconds(100));
}

TEST_CASE("the time of a relation follows its source when that changes") {
    RepositoryFixture it;
    it.link("hub.md", {}, 100);
    it.link("source.md", {"hub"}, 100);
    it.resolve();
    CHECK(walk(it, {"hub.md"}, 1, 100, seconds(300)).items.empty());
    auto draft = RepositoryFixture::draft({.path = "source.md", .created = 100, .updated = 500});
    it.tables.entities.upsert(it.project, draft, it.tables.text.allocate(1));
    CHECK(outline(walk(it, {"hub.md"}, 1, 100, seconds(300))) ==
          Texts{"1 source->hub", "1 source"});
}

TEST_CASE("observations of seeds and found notes are counted once") {
    RepositoryFixture it;
    it.add({.path = "a.md",
            .observations = {{"c", "1", {}, {}}, {"c", "2", {}, {}}},
            .relations = {{"t", "b", {}}}});
    it.add({.path = "b.md", .observations = {{"c", "3", {}, {}}}});
    it.add({.path = "far.md", .observations = {{"c", "4", {}, {}}}});
    it.resolve();
    CHECK(walk(it, {"a.md"}).observation_count == 3);
    CHECK(walk(it, {"a.md", "b.md"}).observation_count == 3);
    CHECK(walk(it, {"a.md"}, 0).observation_count == 2);
    CHECK(it.tables.context.walk(it.project, {}, 3, 10, std::nullopt).observation_count == 0);
    CHECK(it.tables.context.walk(it.project, {{99}}, 3, 10, std::nullopt).items.empty());
}

TEST_CASE("a walk stays in its project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.link("a.md", {"b"});
    it.link("b.md", {});
    it.resolve();
    CHECK(it.tables.context.walk(other, {id(it, "a.md")}, 2, 10, std::nullopt).items.empty());
}

TEST_CASE("a walk takes a constant number of queries for each hop") {
    RepositoryFixture it;
    bm::Transaction transaction(it.tables.database);
    it.link("hub.md", {});
    for (int i = 0; i < 500; ++i)
        it.link("n" + std::to_string(i) + ".md", {"hub", "n" + std::to_string((i + 1) % 500)});
    it.resolve();
    transaction.commit();
    const auto queries = [&](std::size_t max_items, int depth) {
        const auto hub = id(it, "hub.md");
        const auto before = it.tables.database.queries_run();
        (void)it.tables.context.walk(it.project, {hub}, depth, max_items, std::nullopt);
        return it.tables.database.queries_run() - before;
    };
    CHECK(queries(5, 1) == queries(400, 1));
    CHECK(queries(3'000, 3) <= 3 * queries(3'000, 1));
}

TEST_CASE("a walk finds what a plain search of the graph finds") {
    std::mt19937 random(5);
    for (int round = 0; round < 40; ++round) {
        RepositoryFixture it;
        constexpr int notes = 14;
        std::vector<std::vector<int>> links(notes);
        for (int i = 0; i < notes; ++i) {
            Texts targets;
            for (auto n = random() % 3; n > 0; --n) {
                links[static_cast<std::size_t>(i)].push_back(static_cast<int>(random() % notes));
                targets.push_back("n" + std::to_string(links[static_cast<std::size_t>(i)].back()));
            }
            it.link("n" + std::to_string(i) + ".md", targets);
        }
        it.resolve();
        const int depth = static_cast<int>(random() % 4) + 1;
        std::map<int, int> distance{{0, 0}};
        for (int hop = 1; hop <= depth; ++hop) {
            const auto known = distance;
            for (int i = 0; i < notes; ++i) {
                for (const int j : links[static_cast<std::size_t>(i)]) {
                    const auto from = known.find(i);
                    const auto to = known.find(j);
                    if (from != known.end()) distance.emplace(j, hop);
                    if (to != known.end()) distance.emplace(i, hop);
                }
            }
        }
        std::map<int, int> found{{0, 0}};
        for (const auto& item : walk(it, {"n0.md"}, depth, 1'000).items) {
            if (!item.entity) continue;
            CHECK(found.emplace(std::stoi(item.entity->title.substr(1)), item.depth).second);
        }
        CHECK(found == distance);
    }
}

TEST_CASE("patterns of permalinks know stars and nothing else") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    for (const char* name :
         {"docs/a", "docs/b/c", "docs-old/d", "a?b", "axb", "n[1]", "n1", "日本/x"}) {
        it.add({.path = std::string(name) + ".md", .permalink = name});
    }
    it.add({.path = "plain.md", .has_permalink = false});
    it.add(other, {.path = "docs/z.md"});
    const auto matching = [&](const char* pattern) {
        Texts permalinks;
        for (const auto& entity : it.tables.context.matching(it.project, pattern, 100, 0)) {
            permalinks.push_back(*entity.permalink);
        }
        return permalinks;
    };
    CHECK(matching("docs/*") == Texts{"docs/a", "docs/b/c"});
    CHECK(matching("docs*") == Texts{"docs-old/d", "docs/a", "docs/b/c"});
    CHECK(matching("*/c") == Texts{"docs/b/c"});
    CHECK(matching("*o*/*") == Texts{"docs-old/d", "docs/a", "docs/b/c"});
    CHECK(matching("a?*") == Texts{"a?b"});
    CHECK(matching("n[1]*") == Texts{"n[1]"});
    CHECK(matching("日*") == Texts{"日本/x"});
    CHECK(matching("docs/a") == Texts{"docs/a"});
    CHECK(matching("*").size() == 8);
    CHECK(matching("nothing*").empty());
    CHECK(it.tables.context.matching(it.project, "*", 3, 6).size() == 2);
    CHECK(it.tables.context.matching(it.project, "*", 3, 3).size() == 3);
}

TEST_CASE("a pattern of many stars ends") {
    RepositoryFixture it;
    const std::string name(250, 'a');
    for (int i = 0; i < 50; ++i)
        it.add({.path = std::to_string(i) + ".md", .permalink = name + std::to_string(i)});
    std::string pattern;
    for (int i = 0; i < 40; ++i) pattern += "*a";
    CHECK(it.tables.context.matching(it.project, pattern + "*b", 10, 0).empty());
    CHECK(it.tables.context.matching(it.project, pattern + "*", 10, 0).size() == 10);
}

TEST_CASE("targets of one type of relation are found in any spelling") {
    RepositoryFixture it;
    it.add({.path = "a.md",
            .relations = {{"Relates_To", "b", {}},
                          {"relates to", "c", {}},
                          {"uses", "b", {}},
                          {"relates-to", "nowhere", {}},
                          {"RELATES TO", "b", {}}}});
    it.link("b.md", {});
    it.link("c.md", {});
    it.resolve();
    const auto a = id(it, "a.md");
    CHECK(paths_of(it.tables.context.targets_of(a, "relates-to")) == Texts{"b.md", "c.md"});
    CHECK(paths_of(it.tables.context.targets_of(a, "relates_to")) == Texts{"b.md", "c.md"});
    CHECK(paths_of(it.tables.context.targets_of(a, "USES")) == Texts{"b.md"});
    CHECK(it.tables.context.targets_of(a, "unknown").empty());
}
