#include "sync/link_settling.hpp"

#include <atomic>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

constexpr int kNotes = 60;
constexpr int kLinks = kNotes * kNotes;

/// Notes that name each other, each with some links that lead nowhere.
void write_notes(KnowledgeFixture& fixture) {
    for (int i = 0; i < kNotes; ++i) {
        std::string text;
        for (int j = 0; j < kNotes; ++j) {
            text += "- names [[Note " + std::to_string(j) + "]]\n";
            text += "- misses [[Nothing " + std::to_string(i) + " " + std::to_string(j) + "]]\n";
        }
        fixture.write("Note " + std::to_string(i) + ".md", text);
    }
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
}

std::int64_t count_resolved(KnowledgeFixture& fixture) {
    return fixture.read_index([](Tables& tables) {
        auto statement = tables.database.prepare("SELECT count(to_id) FROM relation");
        auto query = statement.run();
        query.step();
        return query.integer(0);
    });
}

/// The numbers of resolved links that another reader sees while links are settled.
std::set<std::int64_t> seen_while_settled(KnowledgeFixture& fixture, PendingLinks pending) {
    const auto project = fixture.project();
    fixture.knowledge().index().write([&](Tables& tables) {
        if (pending == PendingLinks::waiting)
            tables.database.exec("UPDATE relation SET to_id = NULL");
        tables.projects.add_pending_links(project.id, pending);
    });
    std::set<std::int64_t> seen{count_resolved(fixture)};
    std::atomic<bool> is_over = false;
    {
        const std::jthread settling([&] {
            SyncOptions options;
            options.background = true;
            CHECK(reconcile_project(fixture.knowledge(), project, options));
            is_over = true;
        });
        while (!is_over) seen.insert(count_resolved(fixture));
    }
    seen.insert(count_resolved(fixture));
    return seen;
}

TEST_CASE("links that wait are settled a page at a time so that others get their turn") {
    KnowledgeFixture fixture;
    write_notes(fixture);
    REQUIRE(count_resolved(fixture) == kLinks);
    const auto seen = seen_while_settled(fixture, PendingLinks::waiting);
    CHECK(*seen.begin() == 0);
    CHECK(*seen.rbegin() == kLinks);
    CHECK(seen.size() > 2);
}

TEST_CASE("while all links are settled again nobody sees them without their targets") {
    KnowledgeFixture fixture;
    write_notes(fixture);
    CHECK(seen_while_settled(fixture, PendingLinks::all) == std::set<std::int64_t>{kLinks});
}

TEST_CASE("when all links are settled again a target that another note has now is replaced") {
    KnowledgeFixture fixture;
    write_notes(fixture);
    const auto project = fixture.project();
    const auto wrong = fixture.entity("Note 1.md");
    fixture.knowledge().index().write([&](Tables& tables) {
        for (const auto& edge : tables.graph.outgoing(wrong->id))
            tables.graph.set_target(edge.relation.id, wrong->id);
        tables.projects.add_pending_links(project.id, PendingLinks::all);
    });
    REQUIRE(reconcile_project(fixture.knowledge(), project));
    for (const auto& edge : fixture.links("Note 1.md")) {
        const bool is_named = edge.relation.type == "names";
        CHECK(edge.to_title.value_or("") == (is_named ? edge.relation.to_name : ""));
    }
    CHECK(count_resolved(fixture) == kLinks);
}

}  // namespace
}  // namespace bm
