#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "sync/meaning_care.hpp"
#include "sync/note_meanings.hpp"
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
        while (is_held && !stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ++calls;
        if (calls > fails_after) {
            return bm::fail(bm::Fault::unavailable, "The endpoint is not there.");
        }
        largest_batch = std::max(largest_batch.load(), texts.size());
        std::vector<std::vector<float>> directions;
        for (const auto& [title, text] : texts) {
            ++passages;
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
    std::atomic<std::size_t> calls{0};
    std::atomic<std::size_t> fails_after{1'000'000};
    std::atomic<std::size_t> passages{0};
    std::atomic<std::size_t> largest_batch{0};

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
    CHECK(base.meanings().passage(*bm::RelativePath::parse("n.md"), near[0].place) ==
          "- one desert");
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
