#include "sync/background_sync.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include <doctest/doctest.h>

#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

bool eventually(const std::function<bool()>& is_so) {
    for (int i = 0; i < 1'000; ++i) {
        if (is_so()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

bool is_indexed(KnowledgeFixture& fixture, std::string_view project, std::string_view path) {
    const auto found = fixture.knowledge().find_project(project);
    return found && fixture.read_index([&](Tables& tables) {
        return tables.entities.by_path(found->id, path).has_value();
    });
}

TEST_CASE("a running server indexes everything again when the database was lost") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    const BackgroundSync sync(fixture.knowledge());
    REQUIRE(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
    for (const char* name : {"index.db", "index.db-wal", "index.db-shm"}) {
        std::filesystem::remove(fixture.data() / name);
    }
    CHECK(fixture.knowledge().find_project("main"));
    CHECK(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
}

TEST_CASE("a project that is added while the server runs is indexed") {
    KnowledgeFixture fixture;
    fixture.folder().write("other/b.md", "x");
    const BackgroundSync sync(fixture.knowledge());
    REQUIRE(fixture.knowledge().add_project("other", (fixture.folder().path() / "other").string(),
                                            false));
    CHECK(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
}

TEST_CASE("a project that fails does not keep the others from being indexed") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("other", (fixture.folder().path() / "other").string(),
                                            false));
    fixture.folder().write("other/b.md", "x");
    const auto broken = fixture.project().id.value;
    // Whatever is stored for the first project fails.
    fixture.knowledge().index().write([&](Tables& tables) {
        tables.database.exec(
            "CREATE TRIGGER broken BEFORE UPDATE OF last_scan_started ON project"
            " WHEN old.id = " +
            std::to_string(broken) + " BEGIN SELECT RAISE(ABORT, 'broken'); END");
    });
    {
        const BackgroundSync sync(fixture.knowledge());
        CHECK(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
    }
    REQUIRE_FALSE(fixture.log().empty());
    CHECK(fixture.log().front().find("indexing main in the background stopped") == 0);
}

}  // namespace
}  // namespace bm
