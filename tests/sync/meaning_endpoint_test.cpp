#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

#include "sync/meaning_care.hpp"
#include "sync/note_meanings.hpp"
#include "sync/passage_vectors.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace {

using bm::test::KnowledgeFixture;

constexpr std::chrono::milliseconds kVeryLong{60'000};

/// Two dimensions: how much a text speaks of rivers, and of deserts.
class FakeProvider final : public bm::EmbeddingProvider {
public:
    bm::Result<std::string> identity(const std::stop_token&) override {
        return std::string("Fake:" + model + ":2");
    }
    [[nodiscard]] double lowest_similarity() const override { return 0.5; }
    [[nodiscard]] std::size_t passages_at_once() const override { return 3; }
    bm::Result<std::vector<std::vector<float>>> embed_documents(
        const std::vector<bm::MeaningText>& texts, const std::stop_token& stop) override {
        ++waiting;
        std::this_thread::sleep_for(takes.load());
        while (is_held && !stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ++calls;
        if (calls > fails_after) {
            return bm::fail(bm::Fault::unavailable, "The endpoint is not there.");
        }
        largest_batch = std::max(largest_batch.load(), texts.size());
        std::vector<std::vector<float>> directions;
        const std::scoped_lock lock(mutex);
        for (const auto& [title, text] : texts) {
            ++passages;
            seen.push_back(text);
            directions.push_back(of(text));
        }
        return directions;
    }
    bm::Result<std::vector<float>> embed_query(std::string_view text,
                                               const std::stop_token&) override {
        return of(text);
    }

    std::string model = "one";
    std::atomic<bool> is_held{false};
    std::atomic<int> waiting{0};  ///< calls that have begun
    std::atomic<std::chrono::milliseconds> takes{std::chrono::milliseconds(0)};
    std::atomic<std::size_t> calls{0};
    std::atomic<std::size_t> fails_after{1'000'000};
    std::atomic<std::size_t> passages{0};
    std::atomic<std::size_t> largest_batch{0};
    std::mutex mutex;
    std::vector<std::string> seen;

private:
    static std::vector<float> of(std::string_view text) {
        const auto has = [&](std::string_view word) {
            return text.find(word) == std::string_view::npos ? 0.0F : 1.0F;
        };
        return {has("river"), has("desert")};
    }
};

class EndpointFixture : public KnowledgeFixture {
public:
    void write_notes(int from, int to) {
        for (int i = from; i < to; ++i) {
            write("n" + std::to_string(i) + ".md",
                  (i % 2 == 0 ? "a river " : "a desert ") + std::to_string(i) + '\n');
        }
        sync();
    }
    void sync() { REQUIRE(bm::reconcile_project(knowledge(), project())); }
    bm::NoteMeanings meanings() { return {knowledge(), project(), provider}; }
    std::vector<bm::NearNote> found(std::string_view text) {
        const auto near = meanings().nearest(text, {}, std::nullopt, 100);
        REQUIRE(near);
        return *near ? (*near)->notes : std::vector<bm::NearNote>();
    }

    std::int64_t passages_kept() {
        return read_index([](bm::Tables& tables) {
            auto statement = tables.database.prepare("SELECT count(*) FROM meaning_passage");
            auto query = statement.run();
            query.step();
            return query.integer(0);
        });
    }

    std::shared_ptr<FakeProvider> provider = std::make_shared<FakeProvider>();
};

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

TEST_CASE("vectors are made in the background while others go on") {
    EndpointFixture base;
    base.write_notes(0, 4);
    base.provider->is_held = true;
    bm::MeaningCare care(base.knowledge(), {});
    const auto none =
        care.bring_up_to_date(base.project(), base.provider, std::chrono::milliseconds(10), {});
    REQUIRE(none);
    CHECK_FALSE(none->is_complete);
    // A write does not wait, nor does the next search beyond its patience.
    base.write_notes(4, 6);
    base.provider->is_held = false;
    const auto some = care.bring_up_to_date(base.project(), base.provider, kVeryLong, {});
    REQUIRE(some);
    const auto all = care.bring_up_to_date(base.project(), base.provider, kVeryLong, {});
    REQUIRE(all);
    CHECK(all->is_complete);
    CHECK(all->ready == 6);
}

TEST_CASE("the end cuts background work short, and a failure is told once") {
    EndpointFixture base;
    base.write_notes(0, 4);
    base.provider->is_held = true;
    {
        bm::MeaningCare care(base.knowledge(), {});
        REQUIRE(
            care.bring_up_to_date(base.project(), base.provider, std::chrono::milliseconds(1), {}));
    }
    base.provider->is_held = false;
    base.provider->fails_after = 0;
    bm::MeaningCare care(base.knowledge(), {});
    for (int i = 0; i < 3; ++i) {
        REQUIRE(care.bring_up_to_date(base.project(), base.provider, kVeryLong, {}));
    }
    const auto lines = base.log();
    CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
              return line.find("The endpoint is not there.") != std::string::npos;
          }) == 1);
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

TEST_CASE("work ends when the settings name another endpoint, and goes on in turns while not") {
    for (const bool is_named : {true, false}) {
        CAPTURE(is_named);
        EndpointFixture base;
        base.write_notes(0, 200);
        base.provider->takes = std::chrono::milliseconds(2);
        const auto find = [&](const bm::Config&) {
            return bm::Result<std::shared_ptr<bm::EmbeddingProvider>>(is_named ? base.provider
                                                                               : nullptr);
        };
        bm::MeaningCare care(base.knowledge(), find, std::chrono::milliseconds(5));
        const auto state = care.bring_up_to_date(base.project(), base.provider, kVeryLong, {});
        REQUIRE(state);
        CHECK(state->is_complete == is_named);
        if (is_named) CHECK(base.provider->passages.load() == 200);
        if (!is_named) CHECK(base.provider->passages.load() < 200);
    }
}

TEST_CASE("work of a project that was removed ends") {
    EndpointFixture base;
    const auto folder = base.notes().parent_path() / "second";
    std::filesystem::create_directories(folder);
    for (int i = 0; i < 200; ++i) {
        base.folder().write("second/n" + std::to_string(i) + ".md",
                            "a river " + std::to_string(i) + '\n');
    }
    REQUIRE(base.knowledge().add_project("second", folder.string(), false));
    const auto second = *base.knowledge().find_project("second");
    REQUIRE(bm::reconcile_project(base.knowledge(), second));
    base.provider->is_held = true;
    bm::MeaningCare care(base.knowledge(), {}, std::chrono::milliseconds(1));
    REQUIRE(care.bring_up_to_date(second, base.provider, std::chrono::milliseconds(1), {}));
    REQUIRE(base.knowledge().remove_project("second"));
    base.provider->takes = std::chrono::milliseconds(2);
    base.provider->is_held = false;
    REQUIRE(care.bring_up_to_date(second, base.provider, kVeryLong, {}));
    CHECK(base.provider->passages.load() < 200);
}

TEST_CASE("waiting for several projects ends with one deadline") {
    EndpointFixture base;
    base.write_notes(0, 2);
    base.provider->is_held = true;
    bm::MeaningCare care(base.knowledge(), {});
    const auto state = care.bring_up_to_date(base.project(), base.provider, std::chrono::hours(1),
                                             {}, std::chrono::steady_clock::now());
    REQUIRE(state);
    CHECK_FALSE(state->is_complete);
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
