#include "repository/graph_repository.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "markdown/relation_syntax.hpp"
#include "tests/repository/fixture.hpp"

using bm::test::RepositoryFixture;
using bm::test::seconds;
using bm::test::TestNote;

namespace {

using Texts = std::vector<std::string>;

Texts names_of(const std::vector<bm::FiledLink>& links) {
    Texts names;
    for (const auto& link : links) names.push_back(link.to_name);
    return names;
}

std::optional<std::string> target_of(RepositoryFixture& it, const std::string& source) {
    const auto entity = it.tables.entities.by_path(it.project, source);
    const auto edges = it.tables.graph.outgoing(entity->id);
    REQUIRE(edges.size() == 1);
    return edges.front().to_path;
}

}  // namespace

TEST_CASE("observations come back as they were written and in their order") {
    RepositoryFixture it;
    const auto entity =
        it.add({.path = "a.md",
                .observations = {{"tech", "SQLite has FTS5 #db", {"db"}, "from docs"},
                                 {std::nullopt, "no category", {}, {}},
                                 {"tech", "two", {"a", "b c", "ü\"\\"}, {}}}});
    const auto found = it.tables.graph.observations_of(entity.id);
    REQUIRE(found.size() == 3);
    CHECK(found[0].category == "tech");
    CHECK(found[0].content == "SQLite has FTS5 #db");
    CHECK(found[0].context == "from docs");
    CHECK(found[0].tags == Texts{"db"});
    CHECK(found[0].entity == entity.id);
    CHECK(found[1].category == "note");
    CHECK_FALSE(found[1].context);
    CHECK(found[1].tags.empty());
    CHECK(found[2].tags == Texts{"a", "b c", "ü\"\\"});
}

TEST_CASE("13.1 item 9: an observation has no length limit") {
    RepositoryFixture it;
    const std::string content(3'000'000, 'x');
    const auto entity = it.add({.path = "a.md", .observations = {{"c", content, {}, {}}}});
    CHECK(it.tables.graph.observations_of(entity.id).front().content == content);
}

TEST_CASE("observations of several notes come note by note") {
    RepositoryFixture it;
    const auto a =
        it.add({.path = "a.md", .observations = {{"c", "a1", {}, {}}, {"c", "a2", {}, {}}}});
    it.add({.path = "b.md", .observations = {{"c", "b1", {}, {}}}});
    const auto c = it.add({.path = "c.md", .observations = {{"c", "c1", {}, {}}}});
    const std::vector<bm::EntityId> wanted{c.id, a.id};
    Texts contents;
    for (const auto& each : it.tables.graph.observations_of(wanted))
        contents.push_back(each.content);
    CHECK(contents == Texts{"c1", "a1", "a2"});
}

TEST_CASE("replacing takes away everything that the note said before") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "a.md",
                                .observations = {{"c", "old", {}, {}}},
                                .relations = {{"uses", "Old", {}}, {"uses", "Both", {}}}});
    const auto before = it.tables.graph.text_docs(entity.id);
    it.add({.path = "a.md",
            .observations = {{"c", "new", {}, {}}},
            .relations = {{"uses", "Both", "why"}}});
    const auto observations = it.tables.graph.observations_of(entity.id);
    REQUIRE(observations.size() == 1);
    CHECK(observations.front().content == "new");
    const auto edges = it.tables.graph.outgoing(entity.id);
    REQUIRE(edges.size() == 1);
    CHECK(edges.front().relation.context == "why");
    const auto after = it.tables.graph.text_docs(entity.id);
    REQUIRE(before.size() == 3);
    REQUIRE(after.size() == 2);
    for (const auto doc : after) CHECK(doc > before.back());
    it.add({.path = "a.md"});
    CHECK(it.tables.graph.text_docs(entity.id).empty());
    CHECK(it.count_rows("observation") + it.count_rows("relation") == 0);
    CHECK_THROWS(it.tables.graph.replace({99}, {{}, {}, {}, {1}}));
}

TEST_CASE("rows stay as far as the new lists begin like the old ones") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "a.md",
                                .observations = {{"c", "one", {"t"}, {}}, {"c", "two", {}, "why"}},
                                .relations = {{"uses", "B", {}}, {"uses", "C", {}}}});
    const auto docs = it.tables.graph.text_docs(entity.id);
    REQUIRE(docs.size() == 4);
    using Docs = std::vector<bm::TextDoc>;
    const auto standing = [&](const std::vector<bm::Observation>& observations,
                              const std::vector<bm::Relation>& relations, bool stay = true) {
        return it.tables.graph.standing(entity.id, observations, relations, stay);
    };
    const std::vector<bm::Observation> same{{"c", "one", {"t"}, {}}, {"c", "two", {}, "why"}};
    const std::vector<bm::Relation> links{{"uses", "B", {}}, {"uses", "C", {}}};
    CHECK(standing(same, links).gone.empty());
    CHECK(standing(same, links, false).gone == Docs{docs[2], docs[3]});
    CHECK(standing({}, {}).gone == docs);
    CHECK(standing({same[0]}, {links[0]}).gone == Docs{docs[1], docs[3]});
    CHECK(standing({{"c", "one", {}, {}}, same[1]}, links).gone == Docs{docs[0], docs[1]});
    CHECK(standing({{"d", "one", {"t"}, {}}, same[1]}, links).observations == 0);
    CHECK(standing({same[0], {"c", "two", {}, {}}}, links).observations == 1);
    CHECK(standing(same, {links[1], links[0]}).relations == 0);
    CHECK(standing(same, {links[0], {"uses", "C", "why"}}).relations == 1);
}

TEST_CASE("two links with the same type and text are one relation and the first context wins") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "a.md",
                                .relations = {{"uses", "B", "first"},
                                              {"uses", "B", "second"},
                                              {"needs", "B", {}},
                                              {"uses", "b", {}}}});
    const auto edges = it.tables.graph.outgoing(entity.id);
    REQUIRE(edges.size() == 3);
    CHECK(edges[0].relation.context == "first");
    CHECK(edges[1].relation.type == "needs");
    CHECK(edges[2].relation.to_name == "b");
}

TEST_CASE("edges carry the titles and permalinks of both ends") {
    RepositoryFixture it;
    const auto target =
        it.add({.path = "docs/Target.md", .title = "The Target", .permalink = "docs/target"});
    const auto source =
        it.add({.path = "Source.md",
                .title = "The Source",
                .relations = {{"part of", "The Target", "ctx"}, {"part of", "Nowhere|shown", {}}},
                .has_permalink = false});
    REQUIRE(it.resolve() == 1);
    const auto edges = it.tables.graph.outgoing(source.id);
    REQUIRE(edges.size() == 2);
    CHECK(edges[0].relation.from == source.id);
    CHECK(edges[0].relation.to == target.id);
    CHECK(edges[0].relation.type == "part of");
    CHECK(edges[0].relation.to_name == "The Target");
    CHECK(edges[0].relation.context == "ctx");
    CHECK(edges[0].from_title == "The Source");
    CHECK_FALSE(edges[0].from_permalink);
    CHECK(edges[0].from_path.str() == "Source.md");
    CHECK(edges[0].to_title == "The Target");
    CHECK(edges[0].to_permalink == "docs/target");
    CHECK(edges[0].to_path == "docs/Target.md");
    CHECK_FALSE(edges[1].relation.to);
    CHECK(edges[1].relation.to_name == "Nowhere|shown");
    CHECK_FALSE(edges[1].to_title);
    const auto incoming = it.tables.graph.incoming(target.id);
    REQUIRE(incoming.size() == 1);
    CHECK(incoming.front().relation.id == edges[0].relation.id);
    CHECK(it.tables.graph.incoming(source.id).empty());
}

TEST_CASE("waiting links come in pages by id") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.link("a.md", {"X", "b"});
    it.link("b.md", {"Y", "Z"});
    it.add(other, {.path = "c.md", .relations = {{"links_to", "W", {}}}});
    it.resolve();
    const auto first = it.tables.graph.waiting(it.project, {0}, 2);
    CHECK(names_of(first) == Texts{"X", "Y"});
    CHECK_FALSE(first.front().to);
    CHECK(names_of(it.tables.graph.waiting(it.project, first.back().id, 2)) == Texts{"Z"});
    CHECK(names_of(it.tables.graph.waiting(other, {0}, 9)) == Texts{"W"});
}

TEST_CASE("links are found by the key they are filed under") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.link("a.md", {"My_Note", "MY-note#Heading", "Folder/Deep.md", "C# Notes", "Else|my_note"});
    it.link("my-note.md", {});
    it.resolve();
    it.add(other, {.path = "b.md", .relations = {{"links_to", "My_Note", {}}}});
    CHECK(names_of(it.tables.graph.naming(it.project, Texts{"my-note"})) ==
          Texts{"My_Note", "MY-note#Heading"});
    CHECK(names_of(it.tables.graph.naming(it.project, Texts{"folder/deep", "c# notes"})) ==
          Texts{"Folder/Deep.md", "C# Notes"});
    CHECK(names_of(it.tables.graph.naming(it.project, Texts{"my-note#heading"})) ==
          Texts{"MY-note#Heading"});
    CHECK(
        names_of(it.tables.graph.naming(it.project, Texts{"my-note", "my-note#heading"})).size() ==
        2);
    CHECK(it.tables.graph.naming(it.project, Texts{"nobody"}).empty());
}

TEST_CASE("a target can be set and taken away and one that is gone is none") {
    RepositoryFixture it;
    const auto target = it.add({.path = "b.md"});
    const auto source = it.link("a.md", {"b"});
    const auto relation = it.tables.graph.outgoing(source.id).front().relation.id;
    it.tables.graph.set_target(relation, target.id);
    CHECK(target_of(it, "a.md") == "b.md");
    it.tables.graph.set_target(relation, std::nullopt);
    CHECK_FALSE(target_of(it, "a.md"));
    it.tables.graph.set_target(relation, bm::EntityId{12345});
    CHECK_FALSE(target_of(it, "a.md"));
}

TEST_CASE("a link resolves by permalink then title then path then path without its suffix") {
    const struct {
        const char* link;
        std::optional<std::string> target;
    } cases[] = {
        {"folder/by-permalink", "one.md"},
        {"By Title", "two.md"},
        {"by title", std::nullopt},
        {"folder/Three.md", "folder/Three.md"},
        {"folder/Three", "folder/Three.md"},
        {"folder/three", std::nullopt},
        {"root", "root.md"},
        {"root.md", "root.md"},
        {"Shared", std::nullopt},
        {"Both", "permalink-wins.md"},
        {"[[By Title]]", "two.md"},
        {"By Title|alias", "two.md"},
        {"  By Title  ", "two.md"},
        {"By Title#Heading", "two.md"},
        {"By Title^block", "two.md"},
        {"C# Notes", "sharp.md"},
        {"folder/Three#a|b", "folder/Three.md"},
        {"", std::nullopt},
        {"|x", std::nullopt},
        {"self", "self.md"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.link);
        RepositoryFixture it;
        it.add({.path = "one.md", .title = "1", .permalink = "folder/by-permalink"});
        it.add({.path = "two.md", .title = "By Title", .permalink = "two-p"});
        it.add({.path = "folder/Three.md", .title = "3", .permalink = "three-p"});
        it.add({.path = "root.md", .title = "4", .has_permalink = false});
        it.add({.path = "shared1.md", .title = "Shared"});
        it.add({.path = "shared2.md", .title = "Shared"});
        it.add({.path = "title-loses.md", .title = "Both", .permalink = "t"});
        it.add({.path = "permalink-wins.md", .title = "5", .permalink = "Both"});
        it.add({.path = "sharp.md", .title = "C# Notes", .permalink = "sharp-p"});
        it.add({.path = "c.md", .title = "C"});
        it.link("self.md", {each.link});
        CHECK(it.resolve() == (each.target ? 1 : 0));
        CHECK(target_of(it, "self.md") == each.target);
    }
}

TEST_CASE("resolving touches neither what is resolved nor another project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.add({.path = "b.md"});
    it.add(other, {.path = "c.md"});
    const auto source = it.link("a.md", {"b", "c"});
    it.add(other, {.path = "a.md", .relations = {{"links_to", "b", {}}, {"links_to", "c", {}}}});
    CHECK(it.resolve() == 1);
    CHECK(it.resolve() == 0);
    const auto edges = it.tables.graph.outgoing(source.id);
    CHECK(edges[0].to_path == "b.md");
    CHECK_FALSE(edges[1].to_path);
    CHECK(it.tables.graph.waiting(other, {0}, 9).size() == 2);
    CHECK(it.tables.graph.resolve_exact(other) == 1);
}

TEST_CASE("links are resolved a page at a time") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.add({.path = "b.md"});
    it.add({.path = "c.md"});
    const auto first = it.link("a.md", {"b", "nothing", "c"});
    it.add(other, {.path = "a.md", .relations = {{"links_to", "b", {}}}});
    const auto second = it.link("d.md", {"b", "c"});
    auto& graph = it.tables.graph;
    const auto page = graph.next_links(it.project, {0}, 2, true);
    REQUIRE(page);
    CHECK(graph.resolve_exact(it.project, *page) == 1);
    CHECK(graph.waiting(it.project, *page).size() == 1);
    CHECK_FALSE(graph.outgoing(first.id)[2].to_path);
    // Another project's links between them count for nothing.
    const auto rest = graph.next_links(it.project, page->last, 9, true);
    REQUIRE(rest);
    CHECK(rest->after == page->last);
    CHECK(rest->last == graph.outgoing(second.id)[1].relation.id);
    CHECK(graph.resolve_exact(it.project, *rest) == 3);
    CHECK_FALSE(graph.next_links(it.project, rest->last, 9, true));
    CHECK(graph.next_links(it.project, {0}, 9, true)->last ==
          graph.outgoing(first.id)[1].relation.id);
    CHECK(graph.next_links(it.project, {0}, 9, false)->last == rest->last);
    CHECK(graph.next_links(it.project, {0}, 1, false)->last ==
          graph.outgoing(first.id)[0].relation.id);
    graph.unlink(it.project, *page);
    CHECK_FALSE(graph.outgoing(first.id)[0].to_path);
    CHECK(graph.outgoing(first.id)[2].to_path == "c.md");
    CHECK(graph.waiting(other, {0}, 9).size() == 1);
}

TEST_CASE("resolving all at once gives what resolving one by one gives") {
    std::mt19937 random(11);
    const Texts pieces{"Note",   "note", "a",   "a/b", "a/b.md", "Größe",
                       "GRÖSSE", "x y",  "x-y", "C#",  "n.md"};
    const auto piece = [&] { return pieces[random() % pieces.size()]; };
    for (int round = 0; round < 60; ++round) {
        RepositoryFixture it;
        for (int i = 0; i < 12; ++i) {
            TestNote note{.path = std::to_string(i) + '/' + piece() + ".md",
                          .title = piece(),
                          .permalink = piece()};
            if (random() % 3 == 0) note.path = piece() + std::to_string(random() % 3) + ".md";
            for (int link = 0; link < 4; ++link) {
                std::string target = piece();
                if (random() % 4 == 0) target += "#" + piece();
                if (random() % 4 == 0) target += "|" + piece();
                note.relations.push_back({"t" + std::to_string(link), target, {}});
            }
            it.add(note);
        }
        const auto resolve_text = [&](std::string_view text) -> std::optional<std::string> {
            if (text.empty()) return std::nullopt;
            auto& entities = it.tables.entities;
            if (auto found = entities.by_permalink(it.project, text)) return found->path.str();
            const auto titled = entities.by_title(it.project, text);
            if (titled.size() == 1) return titled.front().path.str();
            if (auto found = entities.by_path(it.project, text)) return found->path.str();
            if (text.ends_with(".md")) return std::nullopt;
            if (auto found = entities.by_path(it.project, std::string(text) + ".md"))
                return found->path.str();
            return std::nullopt;
        };
        std::map<std::int64_t, std::optional<std::string>> expected;
        for (const auto& link : it.tables.graph.waiting(it.project, {0}, 1'000)) {
            auto target = resolve_text(bm::link_target(link.to_name));
            if (!target) target = resolve_text(bm::link_target_without_anchor(link.to_name));
            expected.emplace(link.id.value, target);
        }
        const auto wanted = std::count_if(expected.begin(), expected.end(),
                                          [](const auto& each) { return each.second.has_value(); });
        CHECK(it.resolve() == wanted);
        for (const auto& entity : it.tables.entities.below(it.project, "")) {
            for (const auto& edge : it.tables.graph.outgoing(entity.id)) {
                CAPTURE(edge.relation.to_name);
                CHECK(edge.to_path == expected.at(edge.relation.id.value));
            }
        }
    }
}

TEST_CASE("an entity knows how many rows it has whatever happens to it") {
    std::mt19937 random(3);
    RepositoryFixture it;
    for (int round = 0; round < 300; ++round) {
        const std::string name = std::to_string(random() % 12) + ".md";
        if (random() % 5 == 0) {
            if (const auto entity = it.tables.entities.by_path(it.project, name))
                it.tables.entities.erase(entity->id);
            continue;
        }
        TestNote note{.path = name};
        for (auto i = random() % 4; i > 0; --i)
            note.observations.push_back({"c", std::to_string(i), {}, {}});
        for (auto i = random() % 4; i > 0; --i)
            note.relations.push_back({"t", std::to_string(i), {}});
        it.add(note);
        if (random() % 3 == 0) it.resolve();
    }
    auto statement = it.tables.database.prepare(
        "SELECT count(*) FROM entity AS e WHERE observations <>"
        " (SELECT count(*) FROM observation WHERE entity_id = e.id) OR relations <>"
        " (SELECT count(*) FROM relation WHERE from_id = e.id)");
    auto query = statement.run();
    query.step();
    CHECK(query.integer(0) == 0);
}

TEST_CASE("13.1 item 54: notes without a permalink link and are linked to") {
    RepositoryFixture it;
    it.add({.path = "target.md", .title = "Target", .has_permalink = false});
    const auto source = it.add(
        {.path = "source.md", .relations = {{"links_to", "Target", {}}}, .has_permalink = false});
    CHECK(it.resolve() == 1);
    const auto edge = it.tables.graph.outgoing(source.id).front();
    CHECK_FALSE(edge.from_permalink);
    CHECK_FALSE(edge.to_permalink);
    CHECK(edge.to_path == "target.md");
}
