#include "repository/entity_repository.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "repository/indexed_files.hpp"
#include "tests/repository/fixture.hpp"

using bm::test::path;
using bm::test::paths_of;
using bm::test::RepositoryFixture;
using bm::test::seconds;
using bm::test::TestNote;

namespace {

using Texts = std::vector<std::string>;

std::vector<bm::EntityId> ids_of(const std::vector<bm::Entity>& entities) {
    std::vector<bm::EntityId> ids;
    for (const auto& entity : entities) ids.push_back(entity.id);
    return ids;
}

}  // namespace

TEST_CASE("create: a stored entity has an id and an external id and everything it was given") {
    RepositoryFixture it;
    const auto stored = it.add({.path = "docs/Note.md",
                                .title = "A Note",
                                .type = "Meeting Note",
                                .metadata = R"({"a":"1"})",
                                .created = 100,
                                .updated = 200,
                                .body = "text"});
    CHECK(stored.id.value > 0);
    CHECK(bm::uuid_bytes(stored.external_id));
    const auto found = it.tables.entities.by_id(stored.id);
    REQUIRE(found);
    CHECK(found->external_id == stored.external_id);
    CHECK(found->title == "A Note");
    CHECK(found->type == "Meeting Note");
    CHECK(found->metadata == R"({"a":"1"})");
    CHECK(found->content_type == "text/markdown");
    CHECK(found->permalink == "docs/Note");
    CHECK(found->path == path("docs/Note.md"));
    CHECK(found->checksum == bm::checksum_of("docs/Note.mdtext"));
    CHECK(found->stamp == bm::FileStamp{200'000'000'000, 10, 7});
    CHECK(found->created == seconds(100));
    CHECK(found->updated == seconds(200));
    CHECK(found->excerpt == "text");
}

TEST_CASE("create_all: each of many entities gets its own id") {
    RepositoryFixture it;
    std::set<bm::EntityId> ids;
    std::set<std::string> external_ids;
    for (int i = 0; i < 50; ++i) {
        const auto entity = it.add({.path = "n" + std::to_string(i) + ".md"});
        ids.insert(entity.id);
        external_ids.insert(entity.external_id);
    }
    CHECK(ids.size() == 50);
    CHECK(external_ids.size() == 50);
    CHECK(it.tables.entities.count(it.project) == 50);
}

TEST_CASE("find_by_id: an unknown id finds nothing") {
    RepositoryFixture it;
    it.add({.path = "a.md"});
    CHECK_FALSE(it.tables.entities.by_id({99}));
    CHECK_FALSE(it.tables.entities.by_id({0}));
}

TEST_CASE("find_by_ids: those that exist come in the order of the ids") {
    RepositoryFixture it;
    const auto a = it.add({.path = "a.md"});
    const auto b = it.add({.path = "b.md"});
    const auto c = it.add({.path = "c.md"});
    const std::vector<bm::EntityId> wanted{c.id, {99}, a.id, b.id};
    CHECK(paths_of(it.tables.entities.by_ids(wanted)) == Texts{"c.md", "a.md", "b.md"});
    CHECK(it.tables.entities.by_ids({}).empty());
}

TEST_CASE("13.1 item 66: any number of ids or permalinks is one query") {
    RepositoryFixture it;
    std::vector<bm::EntityId> ids;
    Texts permalinks;
    // Beyond the limit of bound values that SQLite is built with here.
    for (int i = 0; i < 2'000; ++i) ids.push_back(it.add({.path = std::to_string(i) + ".md"}).id);
    for (int i = 2'000; i < 300'000; ++i) ids.push_back({1'000'000 + i});
    for (int i = 0; i < 300'000; ++i) permalinks.push_back(std::to_string(i));
    const auto before = it.tables.database.queries_run();
    CHECK(it.tables.entities.by_ids(ids).size() == 2'000);
    CHECK(it.tables.entities.by_permalinks(it.project, permalinks).size() == 2'000);
    CHECK(it.tables.graph.observations_of(ids).empty());
    CHECK(it.tables.graph.naming(it.project, permalinks).empty());
    // The last asks for the project's names, too.
    CHECK(it.tables.database.queries_run() == before + 5);
}

TEST_CASE("update: the same path keeps its id and its external id") {
    RepositoryFixture it;
    const auto first = it.add({.path = "a.md", .title = "First", .created = 10, .updated = 20});
    const auto second = it.add({.path = "a.md",
                                .title = "Second",
                                .permalink = "custom",
                                .type = "task",
                                .created = 5,
                                .updated = 30});
    CHECK(second.id == first.id);
    CHECK(second.external_id == first.external_id);
    const auto found = it.tables.entities.by_id(first.id);
    REQUIRE(found);
    CHECK(found->external_id == first.external_id);
    CHECK(found->title == "Second");
    CHECK(found->permalink == "custom");
    CHECK(found->type == "task");
    CHECK(found->created == seconds(5));
    CHECK(it.tables.entities.count(it.project) == 1);
    CHECK(it.tables.entities.by_title(it.project, "First").empty());
}

TEST_CASE("13.1 item 58: the external id is there at once and survives every change") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "a.md"});
    it.add({.path = "a.md", .title = "Other"});
    it.tables.entities.move(entity.id, path("b/c.md"), "b/c");
    it.tables.entities.set_stamp(entity.id, {1, 2, 3, 4});
    const auto found = it.tables.entities.by_external_id(it.project, entity.external_id);
    REQUIRE(found);
    CHECK(found->id == entity.id);
    CHECK(found->path == path("b/c.md"));
    CHECK(found->stamp == bm::FileStamp{1, 2, 3, 4});
}

TEST_CASE("an external id is found in any spelling and only in its project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    const auto entity = it.add({.path = "a.md"});
    std::string upper = entity.external_id;
    for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    std::string bare = entity.external_id;
    std::erase(bare, '-');
    for (const std::string& spelling : {upper, bare, '{' + bare + '}', "urn:uuid:" + bare}) {
        CAPTURE(spelling);
        CHECK(it.tables.entities.by_external_id(it.project, spelling)->id == entity.id);
        CHECK_FALSE(it.tables.entities.by_external_id(other, spelling));
    }
    CHECK_FALSE(it.tables.entities.by_external_id(it.project, bm::new_uuid()));
    CHECK_FALSE(it.tables.entities.by_external_id(it.project, "a.md"));
}

TEST_CASE("delete: true once and false for an id that is unknown or zero") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "a.md"});
    CHECK(it.tables.entities.erase(entity.id));
    CHECK_FALSE(it.tables.entities.erase(entity.id));
    CHECK_FALSE(it.tables.entities.erase({0}));
    CHECK_FALSE(it.tables.entities.by_id(entity.id));
}

TEST_CASE("delete with observations: they vanish") {
    RepositoryFixture it;
    const auto entity = it.add(
        {.path = "a.md", .observations = {{"fact", "one", {}, {}}, {"fact", "two", {}, {}}}});
    REQUIRE(it.count_rows("observation") == 2);
    CHECK(it.tables.entities.erase(entity.id));
    CHECK(it.count_rows("observation") == 0);
}

TEST_CASE("delete with relations: the other end stays and links to it wait again") {
    RepositoryFixture it;
    const auto source = it.link("source.md", {"target"});
    const auto target = it.link("target.md", {"source"});
    REQUIRE(it.resolve() == 2);
    CHECK(it.tables.entities.erase(target.id));
    CHECK(it.tables.entities.by_id(source.id));
    const auto left = it.tables.graph.outgoing(source.id);
    REQUIRE(left.size() == 1);
    CHECK_FALSE(left.front().relation.to);
    CHECK(left.front().relation.to_name == "target");
    CHECK(it.count_rows("relation") == 1);
}

TEST_CASE("deleting a note among many does not read the others") {
    RepositoryFixture it;
    bm::Transaction transaction(it.tables.database);
    const auto hub = it.link("hub.md", {});
    for (int i = 0; i < 3'000; ++i) it.link("n" + std::to_string(i) + ".md", {"hub"});
    it.resolve();
    {
        auto statement = it.tables.database.prepare(
            "EXPLAIN QUERY PLAN UPDATE relation SET to_id = NULL WHERE to_id = 1");
        auto plan = statement.run();
        REQUIRE(plan.step());
        // What SQLite runs for the foreign key must find the index that leaves waiting links out.
        CHECK(plan.string(3).find("relation_by_target") != std::string::npos);
    }
    CHECK(it.tables.entities.erase(hub.id));
    CHECK(it.tables.graph.waiting(it.project, {0}, 10'000).size() == 3'000);
    transaction.commit();
}

TEST_CASE("delete_by_fields: every entity of a type goes and nothing else") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.add({.path = "a.md", .type = "Meeting Note"});
    it.add({.path = "b.md", .type = "meeting_note"});
    it.add({.path = "c.md", .type = "note"});
    it.add(other, {.path = "a.md", .type = "Meeting Note"});
    CHECK(it.tables.entities.erase_type(it.project, "meeting_note") == 2);
    CHECK(it.tables.entities.erase_type(it.project, "meeting_note") == 0);
    CHECK(it.tables.entities.paths(it.project) == Texts{"c.md"});
    CHECK(it.tables.entities.count(other) == 1);
}

TEST_CASE("find_by_permalinks: the subset that exists") {
    RepositoryFixture it;
    it.add({.path = "a.md"});
    it.add({.path = "b.md"});
    const Texts wanted{"b", "no", "a"};
    CHECK(paths_of(it.tables.entities.by_permalinks(it.project, wanted)) == Texts{"b.md", "a.md"});
    CHECK(it.tables.entities.by_permalinks(it.project, {}).empty());
    CHECK(it.tables.entities.by_permalinks(it.project, Texts{"no", "neither"}).empty());
    const Texts odd{"quote\"s", "back\\slash", "it's", "日本"};
    for (const auto& permalink : odd) it.add({.path = permalink + ".md", .permalink = permalink});
    CHECK(it.tables.entities.by_permalinks(it.project, odd).size() == 4);
}

TEST_CASE("get_by_permalink: one or nothing") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "docs/A Note.md", .permalink = "docs/a-note"});
    CHECK(it.tables.entities.by_permalink(it.project, "docs/a-note")->id == entity.id);
    CHECK_FALSE(it.tables.entities.by_permalink(it.project, "docs/A-Note"));
    CHECK_FALSE(it.tables.entities.by_permalink(it.project, ""));
}

TEST_CASE("get_by_title: exact and with its case and the shortest path first") {
    RepositoryFixture it;
    it.add({.path = "long/folder/Same.md", .title = "Same Title"});
    it.add({.path = "b.md", .title = "Same Title"});
    it.add({.path = "a.md", .title = "Same Title"});
    it.add({.path = "c.md", .title = "SAME title"});
    CHECK(paths_of(it.tables.entities.by_title(it.project, "Same Title")) ==
          Texts{"a.md", "b.md", "long/folder/Same.md"});
    CHECK(paths_of(it.tables.entities.by_title(it.project, "SAME title")) == Texts{"c.md"});
    CHECK(it.tables.entities.by_title(it.project, "same title").empty());
    CHECK(it.tables.entities.by_title(it.project, "nothing").empty());
}

TEST_CASE("titles are found whatever their case in every script") {
    RepositoryFixture it;
    it.add({.path = "a.md", .title = "GRÖẞE"});
    it.add({.path = "b.md", .title = "größe"});
    it.add({.path = "c.md", .title = "ПЛАН"});
    CHECK(paths_of(it.tables.entities.by_folded_title(it.project, "Grösse")) ==
          Texts{"a.md", "b.md"});
    CHECK(paths_of(it.tables.entities.by_folded_title(it.project, "план")) == Texts{"c.md"});
    CHECK(it.tables.entities.by_folded_title(it.project, "plan").empty());
}

TEST_CASE("get_by_file_path: one or nothing") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "docs/A.md"});
    CHECK(it.tables.entities.by_path(it.project, "docs/A.md")->id == entity.id);
    CHECK_FALSE(it.tables.entities.by_path(it.project, "docs/a.md"));
    CHECK_FALSE(it.tables.entities.by_path(it.project, "docs"));
}

TEST_CASE("get_distinct_directories: every folder and every ancestor without the root") {
    RepositoryFixture it;
    CHECK(it.tables.entities.folders(it.project).empty());
    it.add({.path = "root.md"});
    CHECK(it.tables.entities.folders(it.project).empty());
    for (const char* name : {"a/b/c/x.md", "a/y.md", "a-b/z.md", "d/e.md", "d/f.md"}) {
        it.add({.path = name});
    }
    CHECK(it.tables.entities.folders(it.project) == Texts{"a", "a-b", "a/b", "a/b/c", "d"});
}

TEST_CASE("find_by_directory_prefix: everything below a folder and not beside it") {
    RepositoryFixture it;
    for (const char* name :
         {"docs/a.md", "docs/deep/er/b.md", "docs-old/c.md", "docs.md", "docs0/d.md", "e.md"}) {
        it.add({.path = name});
    }
    const Texts below{"docs/a.md", "docs/deep/er/b.md"};
    for (const char* folder : {"docs", "/docs", "docs/", "/docs/", "./docs"}) {
        CAPTURE(folder);
        CHECK(paths_of(it.tables.entities.below(it.project, folder)) == below);
    }
    CHECK(it.tables.entities.below(it.project, "").size() == 6);
    CHECK(it.tables.entities.below(it.project, "/").size() == 6);
    CHECK(it.tables.entities.below(it.project, "doc").empty());
    CHECK(it.tables.entities.below(it.project, "unknown").empty());
    CHECK(it.tables.entities.below(it.project, "docs%").empty());
}

TEST_CASE("get_all_file_paths: only those of the project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    CHECK(it.tables.entities.paths(it.project).empty());
    it.add({.path = "b.md"});
    it.add({.path = "a/c.md"});
    it.add(other, {.path = "z.md"});
    CHECK(it.tables.entities.paths(it.project) == Texts{"a/c.md", "b.md"});
}

TEST_CASE("permalink_exists: only in its project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.add({.path = "a.md"});
    CHECK(it.tables.entities.permalink_exists(it.project, "a"));
    CHECK_FALSE(it.tables.entities.permalink_exists(it.project, "b"));
    CHECK_FALSE(it.tables.entities.permalink_exists(other, "a"));
}

TEST_CASE("get_file_path_for_permalink and get_permalink_for_file_path") {
    RepositoryFixture it;
    it.add({.path = "docs/A.md", .permalink = "docs/a"});
    it.add({.path = "plain.md", .has_permalink = false});
    CHECK(it.tables.entities.path_of_permalink(it.project, "docs/a") == path("docs/A.md"));
    CHECK_FALSE(it.tables.entities.path_of_permalink(it.project, "no"));
    CHECK(it.tables.entities.permalink_of_path(it.project, "docs/A.md") == "docs/a");
    CHECK_FALSE(it.tables.entities.permalink_of_path(it.project, "no.md"));
    CHECK_FALSE(it.tables.entities.permalink_of_path(it.project, "plain.md"));
}

TEST_CASE("get_all_permalinks and both maps") {
    RepositoryFixture it;
    CHECK(it.tables.entities.permalinks(it.project).empty());
    CHECK(it.tables.entities.permalink_to_path(it.project).empty());
    CHECK(it.tables.entities.path_to_permalink(it.project).empty());
    it.add({.path = "B.md", .permalink = "x"});
    it.add({.path = "A.md", .permalink = "y"});
    it.add({.path = "plain.md", .has_permalink = false});
    using Map = std::map<std::string, std::string>;
    CHECK(it.tables.entities.permalinks(it.project) == Texts{"x", "y"});
    CHECK(it.tables.entities.permalink_to_path(it.project) == Map{{"x", "B.md"}, {"y", "A.md"}});
    CHECK(it.tables.entities.path_to_permalink(it.project) == Map{{"B.md", "x"}, {"A.md", "y"}});
}

TEST_CASE("upsert_entity: a permalink that another file owns gets a number") {
    RepositoryFixture it;
    CHECK(it.add({.path = "a.md", .permalink = "same"}).permalink == "same");
    CHECK(it.add({.path = "b.md", .permalink = "same"}).permalink == "same-1");
    CHECK(it.add({.path = "c.md", .permalink = "same"}).permalink == "same-2");
    // Whoever has one keeps it.
    CHECK(it.add({.path = "a.md", .permalink = "same"}).permalink == "same");
    CHECK(it.add({.path = "b.md", .permalink = "same-1"}).permalink == "same-1");
    CHECK(it.tables.entities.by_path(it.project, "c.md")->permalink == "same-2");
    // Notes without one never meet.
    CHECK_FALSE(it.add({.path = "d.md", .has_permalink = false}).permalink);
    CHECK_FALSE(it.add({.path = "e.md", .has_permalink = false}).permalink);
}

TEST_CASE("13.1 item 61: the same permalink and path are free in another project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    const auto mine = it.add({.path = "a.md", .title = "Mine"});
    const auto theirs = it.add(other, {.path = "a.md", .title = "Theirs"});
    CHECK(mine.id != theirs.id);
    CHECK(theirs.permalink == "a");
    CHECK(it.tables.entities.by_id(mine.id)->title == "Mine");
    CHECK(it.tables.entities.by_title(it.project, "Theirs").empty());
    CHECK(it.tables.entities.below(other, "").size() == 1);
}

TEST_CASE("a free permalink is the first number that nobody has") {
    RepositoryFixture it;
    auto& entities = it.tables.entities;
    CHECK(entities.free_permalink(it.project, "x", "new.md") == "x");
    std::string expected = "x";
    for (int i = 0; i < 40; ++i) {
        const std::string file = "n" + std::to_string(i) + ".md";
        CHECK(entities.free_permalink(it.project, "x", file) == expected);
        it.add({.path = file, .permalink = "x"});
        expected = "x-" + std::to_string(i + 1);
    }
    CHECK(entities.free_permalink(it.project, "x", "n0.md") == "x");
    CHECK(entities.free_permalink(it.project, "x", "n5.md") == "x-5");
    it.tables.entities.erase(entities.by_path(it.project, "n3.md")->id);
    CHECK(entities.free_permalink(it.project, "x", "new.md") == "x-3");
}

TEST_CASE("thousands of notes that want one permalink get theirs without asking for each other") {
    RepositoryFixture it;
    bm::Transaction transaction(it.tables.database);
    for (int i = 0; i < 3'000; ++i)
        it.add({.path = std::to_string(i) + ".md", .permalink = "daily"});
    const auto before = it.tables.database.queries_run();
    CHECK(it.tables.entities.free_permalink(it.project, "daily", "new.md") == "daily-3000");
    CHECK(it.tables.database.queries_run() < before + 60);
    transaction.commit();
}

TEST_CASE("a number that is handed out is free and its neighbour below is taken") {
    RepositoryFixture it;
    std::mt19937 random(7);
    bm::Transaction transaction(it.tables.database);
    for (int round = 0; round < 20; ++round) {
        const std::string name = "r" + std::to_string(round);
        std::set<int> taken;
        for (int i = 0; i < 200; ++i) taken.insert(static_cast<int>(random() % 150) + 1);
        it.add({.path = name + ".md", .permalink = name});
        for (const int number : taken) {
            const std::string permalink = name + '-' + std::to_string(number);
            it.add({.path = permalink + ".md", .permalink = permalink});
        }
        const auto free = it.tables.entities.free_permalink(it.project, name, "new.md");
        const int number = std::stoi(free.substr(free.rfind('-') + 1));
        CAPTURE(free);
        CHECK_FALSE(taken.contains(number));
        CHECK((number == 1 || taken.contains(number - 1)));
    }
    transaction.commit();
}

TEST_CASE("a move takes a new path and permalink and refuses those of another note") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "a.md"});
    it.add({.path = "taken.md"});
    it.tables.entities.move(entity.id, path("b/c.md"), std::nullopt);
    const auto moved = it.tables.entities.by_id(entity.id);
    CHECK(moved->path == path("b/c.md"));
    CHECK_FALSE(moved->permalink);
    CHECK(it.tables.entities.by_path_alias(it.project, "b/c").size() == 1);
    CHECK(it.tables.entities.by_path_alias(it.project, "a").empty());
    CHECK_THROWS_AS(it.tables.entities.move(entity.id, path("taken.md"), std::nullopt),
                    std::invalid_argument);
    CHECK(it.tables.entities.by_id(entity.id)->path == path("b/c.md"));
    CHECK_THROWS_AS(it.tables.entities.move(entity.id, path("d.md"), "taken"), bm::DatabaseError);
}

TEST_CASE("paths are found by their spelling variants") {
    RepositoryFixture it;
    it.add({.path = "My_Folder/Größe.md"});
    CHECK(bm::path_alias("My_Folder/Größe.md") == "my-folder/grösse");
    CHECK(bm::path_alias("my-folder/GRO\u0308SSE") == "my-folder/grösse");
    CHECK(bm::path_alias("A.MD") == "a");
    CHECK(it.tables.entities.by_path_alias(it.project, bm::path_alias("MY-folder/gro\u0308ße"))
              .size() == 1);
    CHECK(it.tables.entities.by_path_alias(it.project, "my-folder").empty());
}

TEST_CASE("links are filed under the name they mean") {
    CHECK(bm::link_key("My_Note", true) == "my-note");
    CHECK(bm::link_key("[[Folder/My Note|shown]]", true) == "folder/my note");
    CHECK(bm::link_key("C# Notes", true) == "c# notes");
    CHECK(bm::link_key("Note#Heading", false) == "note");
}

TEST_CASE("entities are found by type and checksum") {
    RepositoryFixture it;
    it.add({.path = "b.md", .type = "Memory Service"});
    it.add({.path = "a.md", .type = "memory-service"});
    it.add({.path = "c.md"});
    CHECK(paths_of(it.tables.entities.by_type(it.project, "memory_service")) ==
          Texts{"a.md", "b.md"});
    CHECK(it.tables.entities.by_type(it.project, "Memory Service").empty());
    CHECK(paths_of(it.tables.entities.by_checksum(it.project, bm::checksum_of("c.md"))) ==
          Texts{"c.md"});
    CHECK(it.tables.entities.by_checksum(it.project, bm::checksum_of("x")).empty());
}

TEST_CASE("files come in byte order of their paths") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    for (const char* name : {"b.md", "a/x.md", "a-b.md", "Z.md", "ä.md", "a.md"})
        it.add({.path = name});
    it.add(other, {.path = "elsewhere.md"});
    Texts seen;
    std::string after;
    for (int page = 0; page < 4; ++page) {
        const auto files = bm::indexed_files_after(it.tables.database, it.project, after, 2);
        CHECK(files.size() == (page < 3 ? 2 : 0));
        for (const auto& file : files) {
            seen.push_back(file.path.str());
            CHECK(file.stamp.size == 10);
            CHECK(file.checksum == bm::checksum_of(file.path.str()));
            CHECK(it.tables.entities.by_id(file.id)->path == file.path);
            after = file.path.str();
        }
    }
    CHECK(seen == Texts{"Z.md", "a-b.md", "a.md", "a/x.md", "b.md", "ä.md"});
    CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("the document of an entity follows what was stored last") {
    RepositoryFixture it;
    const auto entity = it.add({.path = "a.md"});
    const auto first = it.tables.entities.text_doc(entity.id);
    it.add({.path = "a.md", .body = "new"});
    CHECK(it.tables.entities.text_doc(entity.id) > first);
    CHECK_THROWS((void)it.tables.entities.text_doc({99}));
}

TEST_CASE("the rows of files come in pages and one of them can be removed") {
    RepositoryFixture it;
    it.add({.path = "here.md"});
    it.add({.path = "gone.md"});
    std::vector<bm::EntityId> gone;
    for (const auto& file : bm::indexed_files_after(it.tables.database, it.project, "", 10)) {
        if (file.path.str() == "gone.md") gone.push_back(file.id);
    }
    REQUIRE(gone.size() == 1);
    CHECK(it.tables.entities.erase(gone.front()));
    CHECK(it.tables.entities.paths(it.project) == Texts{"here.md"});
    CHECK(ids_of(it.tables.entities.below(it.project, "")).size() == 1);
}
