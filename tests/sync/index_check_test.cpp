#include "sync/index_check.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <variant>

#include <doctest/doctest.h>

#include "repository/project_mounts.hpp"
#include "sync/note_store.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace {

using bm::IndexFlaw;

/// Three notes that are indexed, and a hand on the rows.
class CheckedFixture : public bm::test::KnowledgeFixture {
public:
    CheckedFixture() {
        write("a.md",
              "---\npermalink: own/a\ncreated: 2020-03-04\n---\n# A\n\n- [fact] heron #bird\n- "
              "sees [[B]]\n");
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

TEST_CASE("a check that is stopped while it looks for files calls none of them gone") {
    CheckedFixture it;
    std::filesystem::remove(it.notes() / "b.md");
    std::stop_source stop;
    stop.request_stop();
    const auto found = bm::check_project(it.knowledge(), it.project(), {}, stop.get_token());
    REQUIRE(found);
    CHECK(found->differences.empty());
    CHECK(it.check() == Lines{"row_without_file b.md"});
}

TEST_CASE("13.1 item 104: a row without a file is found and goes") {
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
          "UPDATE relation SET type = 'eats' WHERE to_name = 'B'",
          "UPDATE entity SET permalink = 'wrong/one' WHERE path = 'a.md'",
          "UPDATE entity SET created_at = 0 WHERE path = 'a.md'",
          "UPDATE entity SET updated_at = 0 WHERE path = 'a.md'",
          "UPDATE entity SET changed_at = 0 WHERE path = 'a.md'",
          "UPDATE entity SET size = 1 WHERE path = 'a.md'",
          "UPDATE entity SET title_key = 'z' WHERE path = 'a.md'",
          "UPDATE entity SET type_key = 'z' WHERE path = 'a.md'",
          "UPDATE entity SET path_alias = 'z' WHERE path = 'a.md'",
          "UPDATE entity SET permalink_base = 'z' WHERE path = 'a.md'",
          "UPDATE entity SET observations = 7 WHERE path = 'a.md'",
          "UPDATE entity SET relations = 7 WHERE path = 'a.md'",
          "UPDATE relation SET link_key = 'z' WHERE to_name = 'B'",
          "UPDATE relation SET plain_key = 'z' WHERE to_name = 'B'",
          "UPDATE relation SET target = 'z' WHERE to_name = 'B'",
          "UPDATE relation SET plain = 'z' WHERE to_name = 'B'",
          "UPDATE relation SET changed_at = 0 WHERE to_name = 'B'"}) {
        CAPTURE(sql);
        CheckedFixture it;
        it.run(sql);
        const auto lines = it.check();
        CHECK(std::count(lines.begin(), lines.end(), "wrong_rows a.md") == 1);
        it.repair();
        CHECK(it.check().empty());
    }
}

TEST_CASE("rows without contents that say something else are made again, too") {
    for (const char* sql : {"UPDATE entity SET observations = 7 WHERE path = 'b.md'",
                            "UPDATE entity SET updated_at = 0 WHERE path = 'b.md'"}) {
        CAPTURE(sql);
        CheckedFixture it;
        it.run(sql);
        CHECK(it.check() == Lines{"wrong_rows b.md"});
        it.repair();
        CHECK(it.check().empty());
    }
}

TEST_CASE("a permalink that another note owns is nobody's mistake") {
    CheckedFixture it;
    it.write("second.md", "---\npermalink: own/a\n---\n# Second\n");
    REQUIRE(bm::reconcile_project(it.knowledge(), it.project()));
    REQUIRE(it.entity("second.md")->permalink != "own/a");
    CHECK(it.check().empty());
    // Until that one is gone: then it is free, and the note that states it can have it.
    std::filesystem::remove(it.notes() / "a.md");
    REQUIRE(bm::reconcile_project(it.knowledge(), it.project()));
    CHECK(it.check() == Lines{"wrong_rows second.md"});
    it.repair();
    CHECK(it.check().empty());
    CHECK(it.entity("second.md")->permalink == "own/a");
}

TEST_CASE("a file that was touched has another date and nothing else") {
    CheckedFixture it;
    const auto file = it.notes() / "b.md";
    SUBCASE("the date is shown") {
        std::filesystem::last_write_time(
            file, std::filesystem::last_write_time(file) - std::chrono::hours(48));
        CHECK(it.check() == Lines{"changed_file b.md"});
        it.repair();
    }
    SUBCASE("what nobody sees does not count") {
        std::filesystem::permissions(file, std::filesystem::perms::owner_exec,
                                     std::filesystem::perm_options::add);
    }
    CHECK(it.check().empty());
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

TEST_CASE("a repair that is interrupted takes nothing out of the text index") {
    CheckedFixture it;
    it.run(
        "UPDATE text_state SET documents = documents + 5, tokens = tokens + 70, fresh_documents = "
        "9, fresh_bytes = 9, generation = generation + 1");
    const auto findings = it.findings();
    std::stop_source stop;
    stop.request_stop();
    REQUIRE(bm::repair_project(it.knowledge(), it.project(), findings, {}, stop.get_token()));
    CHECK(it.finds("anemone"));
    CHECK(it.finds("heron"));
    it.repair();
    CHECK(it.check().empty());
    CHECK(it.finds("anemone"));
}

TEST_CASE("a text index that counts its words wrongly is found, too") {
    for (const char* sql :
         {"UPDATE text_state SET tokens = tokens + 1, generation = generation + 1",
          "UPDATE text_state SET fresh_documents = fresh_documents + 1, "
          "generation = generation + 1",
          "UPDATE text_state SET fresh_bytes = fresh_bytes + 1, generation = "
          "generation + 1"}) {
        CAPTURE(sql);
        CheckedFixture it;
        it.run(sql);
        CHECK(it.check() == Lines{"search_documents "});
        it.repair();
        CHECK(it.check().empty());
    }
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

namespace {

/// As if the notes had been indexed while another disk was mounted there.
void say_other_disk(CheckedFixture& it, const std::string& folder) {
    const auto id = it.project().id;
    it.knowledge().index().write([&](bm::Tables& tables) {
        auto devices = bm::project_mounts(tables.database, id);
        devices[folder] = devices.at("") + 1;
        bm::set_project_mounts(tables.database, id, devices);
    });
}

}  // namespace

TEST_CASE("the notes of a disk that is not mounted are not called gone") {
    CheckedFixture it;
    SUBCASE("the project's own disk") {
        say_other_disk(it, "");
        std::filesystem::remove_all(it.notes());
        std::filesystem::create_directory(it.notes());
        const auto refused = bm::check_project(it.knowledge(), it.project());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().fault == bm::Fault::unavailable);
        CHECK(refused.error().message.find("until that disk is mounted") != std::string::npos);
    }
    SUBCASE("one inside of the project") {
        say_other_disk(it, "deep");
        std::filesystem::remove(it.notes() / "deep/c.md");
        std::filesystem::remove(it.notes() / "b.md");
        const auto found = it.findings();
        REQUIRE(found.differences.size() >= 1);
        for (const auto& each : found.differences) CHECK(each.path != "deep/c.md");
        CHECK(found.unreadable_folders == Lines{"deep/"});
        it.repair();
        CHECK(it.entity("deep/c.md"));
        CHECK_FALSE(it.entity("b.md"));
    }
}

TEST_CASE("what is changed while a check goes on is no difference") {
    CheckedFixture it;
    // More than are compared at once, and fewer than are read ahead.
    for (int i = 0; i < 400; ++i) {
        it.write("many/" + std::to_string(1000 + i) + ".md", "# Many\n\nbefore\n");
    }
    REQUIRE(bm::reconcile_project(it.knowledge(), it.project()));
    bm::NoteStore store(it.knowledge(), it.project());
    const auto last = bm::RelativePath::parse("many/1399.md").value();
    bool is_written = false;
    const auto found =
        bm::check_project(it.knowledge(), it.project(), [&](std::size_t done, std::size_t total) {
            if (is_written || done == total) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            const auto outcome =
                store.write_file(last, "# Many\n\nafter\n", bm::ReplacedVersion::kept);
            is_written = std::holds_alternative<bm::StoredNote>(outcome);
        });
    REQUIRE(found);
    CHECK(is_written);
    CHECK(found->differences.empty());
}

TEST_CASE("a check beside a process that writes finds nothing wrong") {
    CheckedFixture it;
    const auto other = it.another_process();
    const auto project = *other->default_project();
    std::atomic<int> written = 0;
    std::jthread writer([&](const std::stop_token& stop) {
        bm::NoteStore store(*other, project);
        for (int i = 0; !stop.stop_requested(); ++i) {
            const auto path =
                bm::RelativePath::parse("by-tool/" + std::to_string(i % 7) + ".md").value();
            const auto outcome = store.write_file(
                path, "# Tool\n\nstate " + std::to_string(i) + "\n", bm::ReplacedVersion::kept);
            if (std::holds_alternative<bm::StoredNote>(outcome)) ++written;
        }
    });
    constexpr int checks = 40;
    std::string differences;
    for (int i = 0; i < checks; ++i) {
        for (const auto& each : it.findings().differences) {
            differences += each.path + ' ' + each.text + '\n';
        }
    }
    writer.request_stop();
    writer.join();
    CHECK(written > 0);
    CHECK(differences == "");
}

TEST_CASE("files that nobody can index are told apart from differences") {
    CheckedFixture it;
    it.write("latin.md", "caf\xe9");
    it.write("name \xe9.md", "x");
    const auto found = it.findings();
    CHECK(found.differences.empty());
    REQUIRE(found.unusable.size() == 2);
    CHECK(found.unusable.back().path == "latin.md");
    // A name that no path can have is no file that was seen.
    CHECK(found.files == 4);
    CHECK(found.usable_files == 3);
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
