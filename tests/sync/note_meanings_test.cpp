#include "sync/note_meanings.hpp"

#include <doctest/doctest.h>

#include "repository/file_lock.hpp"
#include "repository/note_filter.hpp"
#include "repository/schema.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace {

using bm::test::KnowledgeFixture;

constexpr std::chrono::milliseconds kLong{60'000};

class MeaningFixture : public KnowledgeFixture {
public:
    void write_notes(int from, int to) {
        for (int i = from; i < to; ++i) {
            write("n" + std::to_string(i) + ".md",
                  i % 2 == 0 ? "the river has water and fish\n" : "the desert has sand and sun\n");
        }
        sync();
    }
    void sync() { REQUIRE(bm::reconcile_project(knowledge(), project())); }

    bm::MeaningState update(std::chrono::milliseconds most = kLong) {
        const auto state = bm::NoteMeanings(knowledge(), project()).bring_up_to_date(most);
        REQUIRE(state);
        return *state;
    }
    std::optional<bm::MeaningModel> model() {
        const auto id = project().id;
        return read_index(
            [&](bm::Tables& tables) { return bm::MeaningRepository(tables.database).model(id); });
    }
    std::size_t found(std::string_view text) {
        const auto near =
            bm::NoteMeanings(knowledge(), project()).nearest(text, {}, std::nullopt, 100);
        REQUIRE(near);
        return *near ? (*near)->notes.size() : 0;
    }
};

}  // namespace

TEST_CASE("meanings are on from fifty notes, or where they are enabled") {
    MeaningFixture base;
    base.write_notes(0, 49);
    CHECK_FALSE(bm::NoteMeanings(base.knowledge(), base.project()).is_on());
    base.write_notes(49, 50);
    CHECK(bm::NoteMeanings(base.knowledge(), base.project()).is_on());
    MeaningFixture small;
    small.write_notes(0, 1);
    CHECK_FALSE(bm::NoteMeanings(small.knowledge(), small.project()).is_on());
    for (int i = 0; i < 50; ++i) small.write("p" + std::to_string(i) + ".png", "\x89PNG");
    small.sync();
    CHECK_FALSE(bm::NoteMeanings(small.knowledge(), small.project()).is_on());
}

TEST_CASE("what a note said before is neither found nor counted") {
    MeaningFixture base;
    base.write_notes(0, 4);
    base.update();
    CHECK(base.found("river") == 2);
    const auto lock = bm::FileLock::try_acquire(base.data() / "locks" /
                                                ("meanings-" + base.project().external_id));
    REQUIRE(lock);
    base.write("n0.md", "the desert has sand and sun, and more sand\n");
    base.sync();
    const auto state = base.update();
    CHECK_FALSE(state.is_complete);
    CHECK(state.files == 4);
    CHECK(state.ready == 3);
    CHECK(base.found("river") == 1);
}

TEST_CASE("notes that cannot be read for a moment get their vectors when they can") {
    MeaningFixture base;
    base.write_notes(0, 4);
    const auto away = base.notes().parent_path() / "away";
    std::filesystem::rename(base.notes(), away);
    const auto without = bm::NoteMeanings(base.knowledge(), base.project()).bring_up_to_date(kLong);
    REQUIRE_FALSE(without);
    CHECK(without.error().message.find("cannot be read now") != std::string::npos);
    std::filesystem::rename(away, base.notes());
    std::filesystem::rename(base.notes() / "n0.md", base.notes() / "n0.away");
    const auto most = base.update();
    CHECK_FALSE(most.is_complete);
    CHECK_FALSE(most.was_cut);
    CHECK(most.ready == 3);
    CHECK(base.found("river") == 1);
    std::filesystem::rename(base.notes() / "n0.away", base.notes() / "n0.md");
    const auto all = base.update();
    CHECK(all.is_complete);
    CHECK(all.ready == 4);
    CHECK(base.found("river") == 2);
}

TEST_CASE("a model that was not ended is made again") {
    MeaningFixture base;
    base.write_notes(0, 4);
    base.update();
    const auto id = base.project().id;
    const auto round = base.model()->round;
    base.knowledge().index().write([&](bm::Tables& tables) {
        bm::MeaningRepository meanings(tables.database);
        CHECK(meanings.begin_model(id) == round + 1);
        CHECK(meanings.forget_words(id, 1));
    });
    CHECK(base.found("river") == 0);
    CHECK(base.update().is_complete);
    CHECK(base.model()->round == round + 2);
    CHECK(base.found("river") == 2);
}

TEST_CASE("learning that was stopped is begun again") {
    MeaningFixture base;
    base.write_notes(0, 4);
    std::stop_source stop;
    stop.request_stop();
    const auto cut = bm::NoteMeanings(base.knowledge(), base.project())
                         .bring_up_to_date(kLong, stop.get_token());
    REQUIRE(cut);
    CHECK(cut->was_cut);
    CHECK_FALSE(base.model());
    CHECK(base.update().is_complete);
    CHECK(base.found("river") == 2);
}

TEST_CASE("what one process has learned another one uses") {
    MeaningFixture base;
    base.write_notes(0, 4);
    const auto project = base.project();
    const auto other = base.another_process();
    REQUIRE(bm::NoteMeanings(*other, project).bring_up_to_date(kLong));
    CHECK(base.found("river") == 2);
    const auto round = base.model()->round;
    CHECK(base.update().is_complete);
    CHECK(base.model()->round == round);
}

TEST_CASE("afresh, everything is learned again") {
    MeaningFixture base;
    base.write_notes(0, 4);
    base.update();
    const auto round = base.model()->round;
    const auto state = bm::NoteMeanings(base.knowledge(), base.project())
                           .bring_up_to_date(kLong, {}, {true, true});
    REQUIRE(state);
    CHECK(state->is_complete);
    CHECK(base.model()->round == round + 1);
    CHECK(base.found("river") == 2);
}

TEST_CASE("a lowest similarity of nothing lets all pass") {
    MeaningFixture base;
    base.write_notes(0, 4);
    base.update();
    const auto near =
        bm::NoteMeanings(base.knowledge(), base.project()).nearest("river", {}, 0.0, 100);
    REQUIRE(near);
    REQUIRE(*near);
    CHECK((*near)->notes.size() == 4);
}

TEST_CASE("notes whose vectors are missing are found by id, without sorting") {
    MeaningFixture base;
    base.write_notes(0, 2);
    base.update();
    const auto plan = base.read_index([](bm::Tables& tables) {
        auto statement = tables.database.prepare("EXPLAIN QUERY PLAN " +
                                                 std::string(bm::MeaningRepository::stale_query()));
        auto query = statement.run();
        std::string text;
        while (query.step()) text += query.string(3) + '\n';
        return text;
    });
    CAPTURE(plan);
    CHECK(plan.find("TEMP B-TREE") == std::string::npos);
    CHECK(plan.find("SEARCH e USING INTEGER PRIMARY KEY (rowid>?)") != std::string::npos);
}

TEST_CASE("while no vector is stale the notes are not looked at, else only their documents") {
    MeaningFixture base;
    base.write_notes(0, 2);
    base.update();
    const bm::NoteFilter filter(base.project().id, {});
    const auto plan = [&](bool is_complete) {
        return base.read_index([&](bm::Tables& tables) {
            auto statement = tables.database.prepare(
                "EXPLAIN QUERY PLAN " + bm::MeaningRepository::nearest_query(filter, is_complete));
            auto query = statement.run();
            std::string text;
            while (query.step()) text += query.string(3) + '\n';
            return text;
        });
    };
    CHECK(plan(true).find("SEARCH e") == std::string::npos);
    CHECK(plan(false).find("SEARCH e USING COVERING INDEX entity_by_text_doc") !=
          std::string::npos);
    CHECK(plan(false).find("SEARCH m") < plan(false).find("SEARCH e"));
}

TEST_CASE("an index without the tables of meanings gets them and keeps its rows") {
    MeaningFixture base;
    base.write_notes(0, 4);
    const auto version = [&] {
        return base.read_index([](bm::Tables& tables) {
            auto statement = tables.database.prepare("PRAGMA user_version");
            auto query = statement.run();
            query.step();
            return query.integer(0);
        });
    };
    const auto before = base.entity("n1.md");
    CHECK_FALSE(base.read_index(
        [](bm::Tables& tables) { return bm::MeaningRepository(tables.database).has_tables(); }));
    CHECK(base.found("river") == 0);
    const auto state = base.update();
    CHECK(state.is_complete);
    CHECK(state.ready == 4);
    CHECK(base.found("river") == 2);
    // An older program finds the version that it knows.
    CHECK(version() == bm::kSchemaVersion);
    base.reopen();
    CHECK_FALSE(base.knowledge().index().was_rebuilt());
    CHECK(base.entity("n1.md")->id == before->id);
    CHECK(base.found("river") == 2);
}

TEST_CASE("only notes that changed get new vectors, and none is learned again for a few") {
    MeaningFixture base;
    base.write_notes(0, 20);
    base.update();
    const auto first = base.model();
    base.write_notes(20, 24);
    CHECK_FALSE(base.model()->seen_generation == base.read_index([&](bm::Tables& tables) {
        return bm::MeaningRepository(tables.database).generation(base.project().id);
    }));
    CHECK(base.update().ready == 24);
    CHECK(base.model()->round == first->round);
    CHECK(base.found("river") == 12);
    base.write_notes(24, 120);
    CHECK(base.update().ready == 120);
    CHECK(base.model()->round == first->round + 1);
    CHECK(base.model()->learned_from == 120);
}

TEST_CASE("work that was cut short goes on") {
    MeaningFixture base;
    base.write_notes(0, 100);
    const auto cut = base.update(std::chrono::milliseconds(0));
    CHECK_FALSE(cut.is_complete);
    CHECK(cut.files == 100);
    CHECK(cut.ready < 100);
    const auto round = base.model()->round;
    const auto rest = base.update();
    CHECK(rest.is_complete);
    CHECK(rest.ready == 100);
    CHECK(base.model()->round == round);
}

TEST_CASE("a vector for what a note said before is not stored") {
    MeaningFixture base;
    base.write_notes(0, 4);
    base.update();
    const auto id = base.project().id;
    const auto round = base.model()->round;
    const auto note = base.entity("n0.md");
    base.knowledge().index().write([&](bm::Tables& tables) {
        bm::MeaningRepository meanings(tables.database);
        meanings.put(id, round, {{note->id, bm::TextDoc{999'999}, std::string(256, 'x')}});
        meanings.put(id, round + 1, {{note->id, tables.entities.text_doc(note->id), ""}});
    });
    CHECK(base.found("river") == 2);
}

TEST_CASE("vectors go with their notes and with their project") {
    MeaningFixture base;
    base.write_notes(0, 4);
    base.update();
    std::filesystem::remove(base.notes() / "n0.md");
    base.sync();
    CHECK(base.found("river") == 1);
    const auto id = base.project().id;
    base.knowledge().index().write([&](bm::Tables& tables) { tables.projects.erase(id); });
    const auto left = base.read_index([&](bm::Tables& tables) {
        auto statement = tables.database.prepare(
            "SELECT (SELECT count(*) FROM meaning_note) + (SELECT count(*) FROM meaning_word)"
            " + (SELECT count(*) FROM meaning_model)");
        auto query = statement.run();
        query.step();
        return query.integer(0);
    });
    CHECK(left == 0);
}

TEST_CASE("files are only read") {
    MeaningFixture base;
    base.write_notes(0, 4);
    base.write("picture.png", "\x89PNG");
    base.sync();
    const auto bytes = base.read("n0.md");
    CHECK(base.update().ready == 5);
    CHECK(base.read("n0.md") == bytes);
}
