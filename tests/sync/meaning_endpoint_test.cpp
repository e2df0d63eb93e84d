#include <algorithm>
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "sync/note_meanings.hpp"
#include "sync/passage_vectors.hpp"
#include "tests/sync/endpoint_fixture.hpp"

namespace {

using bm::test::EndpointFixture;
using bm::test::kVeryLong;

}  // namespace

TEST_CASE("an endpoint is used for any number of notes, in batches") {
    EndpointFixture base;
    base.write_notes(0, 8);
    CHECK(base.meanings().is_on());
    CHECK(base.found("river").empty());
    const auto state = base.meanings().bring_up_to_date(kVeryLong);
    REQUIRE(state);
    CHECK(state->is_complete);
    CHECK(state->ready == 8);
    CHECK(base.provider->largest_batch.load() == 3);
    CHECK(base.found("river").size() == 4);
    CHECK(base.found("desert").size() == 4);
}

TEST_CASE("what was asked once is not asked again, whatever happens to the notes") {
    EndpointFixture base;
    base.write("long.md", "Intro of a river\n\n- one desert\n- two deserts\n");
    base.write_notes(0, 4);
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    const std::size_t first = base.provider->passages;
    CHECK(first == 7);
    // Another name, another project row's worth of changes, but the same passages.
    std::filesystem::rename(base.notes() / "long.md", base.notes() / "other.md");
    base.write("long.md", "---\ntitle: long\n---\nIntro of a river\n\n- one desert\n- new\n");
    base.sync();
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    CHECK(base.provider->passages.load() <= first + 3);
    const auto near = base.found("desert");
    REQUIRE(near.size() == 4);
    base.provider->model = "two";
    CHECK(base.found("desert").empty());
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    CHECK(base.found("desert").size() == 4);
}

TEST_CASE("the passage that fits is told") {
    EndpointFixture base;
    base.write("n.md", "Intro of a river\n\n- one desert\n- nothing\n");
    base.sync();
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    const auto near = base.found("desert");
    REQUIRE(near.size() == 1);
    CHECK(near[0].place == 1);
    const auto seen = base.meanings().compared(*bm::RelativePath::parse("n.md"), near[0].place);
    CHECK(seen.passage == "- one desert");
    CHECK(seen.body.find("Intro of a river\n\n- one desert\n- nothing") != std::string::npos);
    // Of a long note only the passage.
    base.write("n.md", "Intro\n\n- one desert\n\n" + std::string(3000, 'x') + "\n");
    base.sync();
    const auto of_long = base.meanings().compared(*bm::RelativePath::parse("n.md"), near[0].place);
    CHECK(of_long.passage == "- one desert");
    CHECK(of_long.body.empty());
}

TEST_CASE("passages that get no answer hold up nobody, however short a turn is") {
    EndpointFixture base;
    for (int i = 0; i < 4; ++i) {
        base.write("s" + std::to_string(i) + ".md", "silence " + std::to_string(i) + '\n');
    }
    base.write_notes(0, 2);
    base.provider->takes = std::chrono::milliseconds(20);
    bool is_complete = false;
    for (int turn = 0; turn < 20 && !is_complete; ++turn) {
        const auto state = base.meanings().bring_up_to_date(std::chrono::milliseconds(10));
        REQUIRE(state);
        is_complete = state->is_complete;
    }
    CHECK(is_complete);
    CHECK(base.found("desert").size() == 1);
}

TEST_CASE("an endpoint that fails loses nothing that it gave") {
    EndpointFixture base;
    base.write_notes(0, 9);
    base.provider->fails_after = 2;
    const auto failed = base.meanings().bring_up_to_date(kVeryLong);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "The endpoint is not there.");
    CHECK(base.provider->passages.load() == 6);
    base.provider->fails_after = 1'000'000;
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    CHECK(base.provider->passages.load() == 9);
    CHECK(base.found("river").size() == 5);
}

TEST_CASE("a note that says so is left out") {
    EndpointFixture base;
    base.write("in.md", "---\nembed: true\n---\nriver\n");
    base.write("out.md", "---\nembed: false\n---\nriver\n");
    base.sync();
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    CHECK(base.found("river").size() == 1);
}

TEST_CASE("13.1 item 86: a note that was edited outside of the program is given new vectors") {
    EndpointFixture base;
    base.write_notes(0, 4);
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    REQUIRE(base.found("desert").size() == 2);
    base.write("n0.md", "a desert where the fish was, and it is larger\n");
    base.sync();
    // Before it has them it is not found by what it said.
    CHECK(base.found("river").size() == 1);
    CHECK(base.found("desert").size() == 2);
    const auto state = base.meanings().bring_up_to_date(kVeryLong);
    REQUIRE(state);
    CHECK(state->is_complete);
    CHECK(base.found("river").size() == 1);
    CHECK(base.found("desert").size() == 3);
}

TEST_CASE("a passage without a direction is asked for once") {
    EndpointFixture base;
    base.write("n.md", "of neither\n");
    base.sync();
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    CHECK(base.provider->passages.load() == 1);
    base.write("n.md", "---\ntitle: n\n---\nof neither\n\n- but a river\n");
    base.write("m.md", "of neither\n");
    base.sync();
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    const std::scoped_lock lock(base.provider->mutex);
    const auto asked = [&](std::string_view part) {
        return std::count_if(base.provider->seen.begin(), base.provider->seen.end(),
                             [&](const std::string& text) { return text.ends_with(part); });
    };
    CHECK(asked("but a river") == 1);
    CHECK(base.provider->seen.size() == 3);
}

TEST_CASE("nothing is sent of a note that cannot be read") {
    EndpointFixture base;
    base.write("Affair.md", "---\nembed: false\n---\nriver\n");
    base.write("Other.md", "a river\n");
    base.sync();
    const auto away = base.notes().parent_path() / "away";
    std::filesystem::rename(base.notes(), away);
    const auto state = base.meanings().bring_up_to_date(kVeryLong);
    REQUIRE(state);
    CHECK_FALSE(state->is_complete);
    CHECK(base.provider->passages.load() == 0);
    std::filesystem::rename(away, base.notes());
    const auto after = base.meanings().bring_up_to_date(kVeryLong);
    REQUIRE(after);
    CHECK(after->is_complete);
    CHECK(base.provider->passages.load() == 1);
    CHECK(base.found("river").size() == 1);
}

TEST_CASE("work is handed on between requests, and what was answered is kept") {
    EndpointFixture base;
    base.write_notes(0, 9);
    std::stop_source stop;
    base.provider->is_held = true;
    std::jthread stopper([&] {
        while (base.provider->waiting == 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        stop.request_stop();
    });
    const auto cut = base.meanings().bring_up_to_date(kVeryLong, stop.get_token());
    REQUIRE(cut);
    CHECK(cut->was_cut);
    CHECK(base.provider->calls.load() == 1);
    base.provider->is_held = false;
    const auto rest = base.meanings().bring_up_to_date(kVeryLong);
    REQUIRE(rest);
    CHECK(rest->is_complete);
    CHECK(base.provider->passages.load() == 9);
}

TEST_CASE("afresh, everything is asked for again, and what nobody has is forgotten") {
    EndpointFixture base;
    base.write_notes(0, 9);
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    const auto state = base.meanings().bring_up_to_date(kVeryLong, {}, {true, true});
    REQUIRE(state);
    CHECK(state->is_complete);
    CHECK(base.provider->passages.load() == 18);
    CHECK(base.passages_kept() == 9);
    for (int i = 1; i < 9; i += 2)
        std::filesystem::remove(base.notes() / ("n" + std::to_string(i) + ".md"));
    base.sync();
    bm::forget_unused_passages(base.knowledge().index());
    CHECK(base.passages_kept() == 5);
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    CHECK(base.found("river").size() == 5);
    for (int i = 0; i < 9; i += 2)
        std::filesystem::remove(base.notes() / ("n" + std::to_string(i) + ".md"));
    base.sync();
    bm::forget_unused_passages(base.knowledge().index());
    CHECK(base.passages_kept() == 0);
}

TEST_CASE("the vectors of a project that is removed go with it, its passages too") {
    EndpointFixture base;
    base.write("n.md", "the river of this one\n");
    base.sync();
    const auto folder = base.notes().parent_path() / "second";
    base.folder().write("second/n.md", "the desert of another project\n");
    REQUIRE(base.knowledge().add_project("second", folder.string(), false));
    const auto second = *base.knowledge().find_project("second");
    REQUIRE(bm::reconcile_project(base.knowledge(), second));
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    REQUIRE(bm::NoteMeanings(base.knowledge(), second, base.provider).bring_up_to_date(kVeryLong));
    CHECK(base.passages_kept() == 2);
    REQUIRE(base.knowledge().remove_project("second"));
    CHECK(base.passages_kept() == 1);
}

TEST_CASE("what a project leaves behind keeps nobody from removing it") {
    EndpointFixture base;
    base.add_project("second", 2);
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    base.write_notes(0, 2);
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    // As when the index is busy, or the disk full.
    base.knowledge().index().write(
        [](bm::Tables& tables) { tables.database.exec("DROP TABLE meaning_passage"); });
    REQUIRE(base.knowledge().remove_project("second"));
    CHECK_FALSE(base.knowledge().find_project("second"));
    const auto lines = base.log();
    REQUIRE(lines.size() == 1);
    CHECK(
        lines.front().starts_with("Embeddings of 'second' stay until `bm reindex --embeddings`: "));
}

TEST_CASE("a passage that gets no answer keeps nobody else waiting, and is asked for again") {
    EndpointFixture base;
    base.write("a.md", "a river\n\n- of silence\n- and a desert\n");
    base.write("b.md", "silence\n");
    base.write("c.md", "a desert\n");
    base.sync();
    const auto state = base.meanings().bring_up_to_date(kVeryLong);
    REQUIRE(state);
    CHECK(state->is_complete);
    CHECK(base.found("desert").size() == 2);
    CHECK(base.found("river").size() == 1);
    const auto asked = [&] {
        const std::scoped_lock lock(base.provider->mutex);
        const auto& seen = base.provider->seen;
        return std::count_if(seen.begin(), seen.end(), [](const std::string& text) {
            return text.find("of silence") != std::string::npos;
        });
    };
    CHECK(asked() == 1);
    base.write("a.md", "a river\n\n- of silence\n- and two deserts\n");
    base.sync();
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    CHECK(asked() == 2);
}

TEST_CASE("passages that are too many go, the oldest ones first and some at a time") {
    EndpointFixture base;
    base.write_notes(0, 1);
    REQUIRE(base.meanings().bring_up_to_date(kVeryLong));
    const std::string vector(std::size_t{1} << 20U, 'x');
    const auto keep = [&](int from, int to) {
        base.knowledge().index().write([&](bm::Tables& tables) {
            bm::MeaningRepository meanings(tables.database);
            for (int i = from; i < to; ++i) {
                meanings.keep_passage(bm::checksum_of(std::to_string(i)), vector);
            }
        });
    };
    keep(0, 20);
    bm::prune_passages(base.knowledge().index());
    // 16 MB stay in any case.
    CHECK(base.passages_kept() == 16);
    base.knowledge().index().write([](bm::Tables& tables) {
        bm::MeaningRepository meanings(tables.database);
        const auto last = meanings.last_passage();
        CHECK(meanings.forget_passages_up_to(last - 1, 10));
        CHECK_FALSE(meanings.forget_passages_up_to(last - 1, 10));
        CHECK(meanings.last_passage() == last);
    });
    CHECK(base.passages_kept() == 1);
}
