#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "sync/note_meanings.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm::test {

inline constexpr std::chrono::milliseconds kVeryLong{60'000};

/// Two dimensions: how much a text speaks of rivers, and of deserts. At "silence" it falls silent.
class FakeProvider final : public EmbeddingProvider {
public:
    Result<std::string> identity(const std::stop_token&) override {
        return std::string("Fake:" + model + ":2");
    }
    [[nodiscard]] double lowest_similarity() const override { return 0.5; }
    [[nodiscard]] std::size_t passages_at_once() const override { return 3; }
    Result<Directions> embed_documents(const std::vector<MeaningText>& texts,
                                       const std::stop_token& stop) override {
        ++waiting;
        std::this_thread::sleep_for(takes.load());
        while (is_held && !stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ++calls;
        if (calls > fails_after) {
            return fail(Fault::unavailable, "The endpoint is not there.");
        }
        largest_batch = std::max(largest_batch.load(), texts.size());
        Directions directions;
        const std::scoped_lock lock(mutex);
        for (const auto& [title, text] : texts) {
            ++passages;
            seen.push_back(text);
            const bool is_answered = text.find("silence") == std::string::npos;
            directions.push_back(is_answered ? std::optional(of(text)) : std::nullopt);
        }
        return directions;
    }
    Result<std::vector<float>> embed_query(std::string_view text, const std::stop_token&) override {
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
    void sync() { REQUIRE(reconcile_project(knowledge(), project())); }
    /// Of a river, one after the other, in a project of their own.
    Project add_project(const std::string& name, int notes) {
        const auto folder_of_it = this->notes().parent_path() / name;
        std::filesystem::create_directories(folder_of_it);
        for (int i = 0; i < notes; ++i) {
            folder().write(name + "/n" + std::to_string(i) + ".md",
                           "a river of " + name + ' ' + std::to_string(i) + '\n');
        }
        REQUIRE(knowledge().add_project(name, folder_of_it.string(), false));
        const auto project = *knowledge().find_project(name);
        REQUIRE(reconcile_project(knowledge(), project));
        return project;
    }
    NoteMeanings meanings() { return {knowledge(), project(), provider}; }
    std::vector<NearNote> found(std::string_view text) {
        const auto near = meanings().nearest(text, {}, std::nullopt, 100);
        REQUIRE(near);
        return *near ? (*near)->notes : std::vector<NearNote>();
    }

    std::int64_t passages_kept() {
        return read_index([](Tables& tables) {
            auto statement = tables.database.prepare("SELECT count(*) FROM meaning_passage");
            auto query = statement.run();
            query.step();
            return query.integer(0);
        });
    }

    std::shared_ptr<FakeProvider> provider = std::make_shared<FakeProvider>();
};

}  // namespace bm::test
