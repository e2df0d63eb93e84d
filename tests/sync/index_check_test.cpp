#include "sync/index_check.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "sync/round_trip.hpp"
#include "tests/sync/fixture.hpp"

namespace {

using bm::IndexFlaw;

/// Three notes that are indexed, and a hand on the rows.
class CheckedFixture : public bm::test::KnowledgeFixture {
public:
    CheckedFixture() {
        write("a.md", "# A\n\n- [fact] heron #bird\n- sees [[B]]\n");
        write("b.md", "# B\n\nanemone\n");
        write("deep/c.md", "# C\n\nsee [[A]]\n");
        REQUIRE(bm::reconcile_project(knowledge(), project()));
        REQUIRE(check().empty());
    }

    void run(const std::string& sql) {
        knowledge().index().write([&](bm::Tables& tables) { tables.database.exec(sql); });
    }

    bm::ProjectFindings findings() {
        auto found = bm::check_project(knowledge(), project());
        REQUIRE(found);
        return *std::move(found);
    }

    /// `flaw path` for each difference.
    std::vector<std::string> check() {
        std::vector<std::string> lines;
        for (const auto& each : findings().differences) {
            lines.push_back(std::string(bm::name_of(each.flaw)) + ' ' + each.path);
        }
        return lines;
    }

    void repair() { REQUIRE(bm::repair_project(knowledge(), project(), findings())); }

    bool finds(const std::string& word) {
        const auto id = project().id;
        return read_index([&](bm::Tables& tables) {
            bm::TextQuery query;
            query.expression = word;
            return tables.text.search(id, query).total > 0;
        });
    }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a file without a row is found and indexed") {
    CheckedFixture it;
    it.write("new.md", "# New\n\npelican\n");
    CHECK(it.check() == Lines{"file_without_row new.md"});
    it.repair();
    CHECK(it.check().empty());
    CHECK(it.finds("pelican"));
}

TEST_CASE("a row without a file is found and goes") {
    CheckedFixture it;
    std::filesystem::remove(it.notes() / "b.md");
    CHECK(it.check() == Lines{"row_without_file b.md"});
    it.repair();
    CHECK(it.check().empty());
    CHECK_FALSE(it.entity("b.md"));
}

TEST_CASE("a file whose bytes are others than its row says is found, whatever its times are") {
    CheckedFixture it;
    it.run("UPDATE entity SET checksum = zeroblob(32) WHERE path = 'b.md'");
    CHECK(it.check() == Lines{"changed_file b.md"});
    it.repair();
    CHECK(it.check().empty());
}

TEST_CASE("rows that say something else than the file are found and made again") {
    for (const char* sql :
         {"UPDATE entity SET title = 'Z', title_key = 'z' WHERE path = 'a.md'",
          "UPDATE entity SET excerpt = 'no' WHERE path = 'a.md'",
          "UPDATE observation SET content = 'stork'",
          "INSERT INTO observation (id, project_id, entity_id, category, content) SELECT 9999, "
          "project_id, id, 'x', 'y' FROM entity WHERE path = 'a.md'",
          "UPDATE relation SET type = 'eats' WHERE to_name = 'B'"}) {
        CAPTURE(sql);
        CheckedFixture it;
        it.run(sql);
        const auto lines = it.check();
        CHECK(std::count(lines.begin(), lines.end(), "wrong_rows a.md") == 1);
        it.repair();
        CHECK(it.check().empty());
    }
}

TEST_CASE("several rows for one file are found and become one") {
    CheckedFixture it;
    it.run(
        "INSERT INTO entity (external_id, project_id, title, title_key, type, type_key, "
        "content_type, path, path_alias, checksum, mtime_ns, size, inode, ctime_ns, created_at, "
        "updated_at, changed_at, text_doc, excerpt, metadata) SELECT randomblob(16), project_id, "
        "title, title_key, type, type_key, content_type, path, path_alias, checksum, mtime_ns, "
        "size, "
        "inode, ctime_ns, created_at, updated_at, changed_at, 9999, excerpt, metadata FROM entity "
        "WHERE path = 'b.md'");
    const auto lines = it.check();
    CHECK(std::count(lines.begin(), lines.end(), "doubled_rows b.md") == 1);
    it.repair();
    CHECK(it.check().empty());
}

TEST_CASE("documents that the text index lacks are found and made again") {
    CheckedFixture it;
    const auto id = it.project().id;
    it.knowledge().index().write([&](bm::Tables& tables) { tables.text.clear(id); });
    CHECK_FALSE(it.finds("anemone"));
    CHECK(it.check() ==
          Lines{"search_documents a.md", "search_documents b.md", "search_documents deep/c.md"});
    it.repair();
    CHECK(it.check().empty());
    CHECK(it.finds("anemone"));
    CHECK(it.finds("heron"));
}

TEST_CASE("documents of no note are found and go") {
    CheckedFixture it;
    const auto id = it.project().id;
    it.knowledge().index().write([&](bm::Tables& tables) {
        const bm::TextDoc doc = tables.text.allocate(1);
        tables.text.add(id, {{doc, bm::ItemKind::entity, "ghost", "ghostly"}});
    });
    CHECK(it.finds("ghostly"));
    CHECK(it.check() == Lines{"search_documents "});
    it.repair();
    CHECK(it.check().empty());
    CHECK_FALSE(it.finds("ghostly"));
}

TEST_CASE("a text index that counts wrongly is made again") {
    CheckedFixture it;
    it.run("UPDATE text_state SET documents = documents + 5, generation = generation + 1");
    CHECK(it.check() == Lines{"search_documents "});
    it.repair();
    CHECK(it.check().empty());
    CHECK(it.finds("anemone"));
}

TEST_CASE("links that lead astray are found and settled again") {
    for (const char* sql :
         {"UPDATE relation SET to_id = NULL WHERE to_name = 'B'",
          "UPDATE relation SET to_id = (SELECT id FROM entity WHERE path = 'deep/c.md') WHERE "
          "to_name = 'B'"}) {
        CAPTURE(sql);
        CheckedFixture it;
        it.run(sql);
        CHECK(it.check() == Lines{"wrong_links a.md"});
        it.repair();
        CHECK(it.check().empty());
        CHECK(it.links("a.md").front().to_path == "b.md");
    }
}

TEST_CASE("what a dead writer left is told, and stays until it is repaired") {
    CheckedFixture it;
    const auto path = it.notes() / "deep" / ".bm-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f.tmp";
    it.write("deep/.bm-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f.tmp", "half");
    // A file of this moment may be somebody's.
    CHECK(it.check().empty());
    CHECK(std::filesystem::exists(path));
}

TEST_CASE("files that nobody can index are told apart from differences") {
    CheckedFixture it;
    it.write("latin.md", "caf\xe9");
    const auto found = it.findings();
    CHECK(found.differences.empty());
    REQUIRE(found.unusable.size() == 1);
    CHECK(found.unusable.front().path == "latin.md");
}

TEST_CASE("rows of no note are found and removed") {
    CheckedFixture it;
    CHECK(bm::check_database(it.knowledge()).damage.empty());
    // Foreign keys are checked by each connection for itself, and not inside a transaction.
    bm::Database other(it.data() / "index.db", bm::Database::Mode::read_write_create);
    other.exec("PRAGMA foreign_keys = OFF");
    other.exec(
        "INSERT INTO observation (id, project_id, entity_id, category, content) VALUES (77777, 1, "
        "88888, 'x', 'y')");
    CHECK(bm::check_database(it.knowledge()).orphans == 1);
    bm::remove_orphans(it.knowledge());
    CHECK(bm::check_database(it.knowledge()).orphans == 0);
    CHECK(it.check().empty());
}

TEST_CASE("a database can be replaced by an empty one that is filled again") {
    CheckedFixture it;
    bm::replace_database(it.knowledge());
    CHECK(it.check() ==
          Lines{"file_without_row a.md", "file_without_row b.md", "file_without_row deep/c.md"});
    it.repair();
    CHECK(it.check().empty());
    CHECK(it.links("a.md").front().to_path == "b.md");
}

TEST_CASE("the round trip passes and leaves nothing behind") {
    bm::test::KnowledgeFixture it;
    const bm::test::TemporaryFolder folder;
    std::vector<std::string> steps;
    const auto done = bm::try_round_trip(
        it.knowledge(), folder.path(), [&](std::string_view step) { steps.emplace_back(step); },
        [] { return false; });
    CHECK(done);
    CHECK(steps.size() == 8);
    CHECK(std::filesystem::is_empty(folder.path()));
    CHECK(it.knowledge().projects().size() == 1);
}

TEST_CASE("a round trip that is interrupted leaves nothing behind either") {
    bm::test::KnowledgeFixture it;
    const bm::test::TemporaryFolder folder;
    for (int steps_before : {0, 2, 4}) {
        const auto done = bm::try_round_trip(
            it.knowledge(), folder.path(), [](std::string_view) {},
            [&] { return steps_before-- == 0; });
        CHECK_FALSE(done);
        CHECK(std::filesystem::is_empty(folder.path()));
        CHECK(it.knowledge().projects().size() == 1);
    }
}
