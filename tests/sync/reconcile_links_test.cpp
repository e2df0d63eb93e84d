#include <string>

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/reconcile_fixture.hpp"

// Links of notes that come together.

namespace bm {
namespace {

using test::hits;
using test::KnowledgeFixture;
using test::sync;
using test::target_of;

TEST_CASE("a large first sync settles links for the whole project as single notes would") {
    KnowledgeFixture bulk;
    KnowledgeFixture single;
    constexpr int kNotes = 260;  // beyond the limit of note-by-note indexing
    for (int i = 0; i < kNotes; ++i) {
        const std::string name = "f" + std::to_string(i % 7) + "/Note " + std::to_string(i) + ".md";
        const std::string text = "# N\n- next [[Note " + std::to_string((i + 1) % kNotes) +
                                 "]]\n- path [[f" + std::to_string((i + 2) % 7) + "/note_" +
                                 std::to_string(i + 2) + "|x]]\n- none [[Missing " +
                                 std::to_string(i) + "]]\n[[Note " + std::to_string(i) +
                                 "#Heading]]";
        bulk.write(name, text);
        single.write(name, text);
    }
    sync(bulk);
    NoteStore store(single.knowledge(), single.project());
    for (int i = 0; i < kNotes; ++i) {
        REQUIRE(store.index_from_disk(*RelativePath::parse("f" + std::to_string(i % 7) + "/Note " +
                                                           std::to_string(i) + ".md")));
    }
    for (int i = 0; i < kNotes; ++i) {
        const std::string name = "f" + std::to_string(i % 7) + "/Note " + std::to_string(i) + ".md";
        CAPTURE(name);
        const auto left = bulk.links(name);
        const auto right = single.links(name);
        REQUIRE(left.size() == right.size());
        for (std::size_t k = 0; k < left.size(); ++k) {
            CHECK(left[k].relation.to_name == right[k].relation.to_name);
            CHECK(left[k].to_path == right[k].to_path);
        }
    }
    CHECK(hits(bulk, "Note") == hits(single, "Note"));
}

TEST_CASE("a bulk load that ends early leaves no link unsettled for ever") {
    KnowledgeFixture fixture;
    constexpr int kNotes = 700;
    const auto name = [](int i) { return "Note " + std::to_string(i) + ".md"; };
    for (int i = 0; i < kNotes; ++i) {
        fixture.write(name(i), "- next [[Note " + std::to_string((i + 1) % kNotes) + "]]\n");
    }
    std::stop_source stop;
    SyncOptions options;
    options.stop = stop.get_token();
    options.progress = [&](std::size_t, std::size_t) { stop.request_stop(); };
    const auto first = reconcile_project(fixture.knowledge(), fixture.project(), options);
    REQUIRE(first);
    REQUIRE(first->added.size() > 500);
    REQUIRE(first->added.size() < kNotes);
    fixture.reopen();
    sync(fixture);
    for (int i = 0; i < kNotes; ++i) {
        CAPTURE(i);
        CHECK(target_of(fixture, name(i)) == name((i + 1) % kNotes));
    }
}

TEST_CASE("a bulk load looks again at older links whose names changed their owner") {
    KnowledgeFixture fixture;
    fixture.write("from.md", "- uses [[Alpha]]\n");
    fixture.write("shared.md", "- uses [[Once]]\n");
    fixture.write("target.md", "---\ntitle: Alpha\n---\nx\n");
    fixture.write("once.md", "---\ntitle: Once\n---\nx\n");
    sync(fixture);
    CHECK(target_of(fixture, "from.md") == "target.md");
    CHECK(target_of(fixture, "shared.md") == "once.md");
    fixture.write("target.md", "---\ntitle: Beta\n---\nlonger text\n");
    fixture.write("other.md", "---\ntitle: Alpha\n---\nx\n");
    fixture.write("sub/once more.md", "---\ntitle: Once\n---\nx\n");
    for (int i = 0; i < 300; ++i) fixture.write("fill/" + std::to_string(i) + ".md", "x");
    sync(fixture);
    CHECK(target_of(fixture, "from.md") == "other.md");
    CHECK(target_of(fixture, "shared.md") == "nothing");
}

TEST_CASE("one of two notes with a title is not preferred because it lies in the root") {
    for (const int fill : {0, 300}) {
        KnowledgeFixture fixture;
        fixture.write("Daily.md", "root");
        fixture.write("log/Daily.md", "---\ntitle: Daily\n---\nother");
        fixture.write("from.md", "- see [[Daily]]\n");
        for (int i = 0; i < fill; ++i) fixture.write("fill/" + std::to_string(i) + ".md", "x");
        sync(fixture);
        CAPTURE(fill);
        CHECK(target_of(fixture, "from.md") == "nothing");
    }
}

}  // namespace
}  // namespace bm
