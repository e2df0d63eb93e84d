#include "host/account_work.hpp"

#include <atomic>
#include <set>

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace bm::test {
namespace {

/// Work that is written down, and may be made to wait or to fail.
struct WorkFixture {
    AccountWork::Options options() {
        AccountWork::Options options;
        options.log = [](LogLevel, std::string_view) {};
        options.round_interval = 1h;
        options.debounce = 20ms;
        options.longest_wait = 200ms;
        options.retry = 20ms;
        options.begin_round = [this] {
            ++rounds;
            return accounts;
        };
        options.discover = [this](std::int64_t account) {
            const std::scoped_lock lock(mutex);
            discovered.push_back(account);
        };
        options.index = [this](std::int64_t account, const WrittenFiles& written,
                               const std::stop_token& stop) {
            begin(account);
            while (slow == account && !stop.stop_requested()) std::this_thread::sleep_for(1ms);
            const bool fails = failures-- > 0;
            const std::scoped_lock lock(mutex);
            running.erase(account);
            ++runs;
            if (!fails) indexed[account].add(written);
            return !fails;
        };
        return options;
    }
    void begin(std::int64_t account) {
        const std::scoped_lock lock(mutex);
        if (!running.insert(account).second) runs_twice = true;
    }
    std::vector<std::string> indexed_paths(std::int64_t account, const std::string& folder) {
        const std::scoped_lock lock(mutex);
        return indexed[account].paths[folder].paths();
    }
    bool is_indexed(std::int64_t account, const std::string& folder) {
        const std::scoped_lock lock(mutex);
        return indexed[account].paths.contains(folder);
    }

    std::vector<std::int64_t> accounts{};
    std::atomic<int> rounds{0};
    std::atomic<int> failures{0};
    std::atomic<std::int64_t> slow{0};
    std::mutex mutex;
    std::vector<std::int64_t> discovered;
    std::map<std::int64_t, WrittenFiles> indexed;
    std::set<std::int64_t> running;
    int runs = 0;
    bool runs_twice = false;
};

template <class Test>
bool happens(Test&& test) {
    for (int tries = 0; tries < 1000; ++tries) {
        if (test()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

}  // namespace

TEST_CASE("what is written is indexed together once that has ended") {
    WorkFixture fixture;
    AccountWork work(fixture.options());
    work.note_written(1, "notes/a.md");
    work.note_written(1, "notes/sub/b.md");
    work.note_written(2, "other");
    CHECK(
        happens([&] { return fixture.is_indexed(1, "notes") && fixture.is_indexed(2, "other"); }));
    CHECK(fixture.indexed_paths(1, "notes") == std::vector<std::string>{"a.md", "sub/b.md"});
    CHECK(fixture.runs == 2);
}

TEST_CASE("who never ceases to write is indexed all the same") {
    WorkFixture fixture;
    AccountWork work(fixture.options());
    const Moment began = steady_now();
    while (!fixture.is_indexed(1, "notes") && steady_now() < began + 10s) {
        work.note_written(1, "notes/a.md");
        std::this_thread::sleep_for(2ms);
    }
    CHECK(fixture.is_indexed(1, "notes"));
}

TEST_CASE("a large account holds up no other, and is worked on by one thread") {
    WorkFixture fixture;
    fixture.slow = 1;
    AccountWork work(fixture.options());
    work.index_soon(1, "large", false);
    REQUIRE(happens([&] {
        const std::scoped_lock lock(fixture.mutex);
        return fixture.running.contains(1);
    }));
    work.index_soon(1, "large", true);
    work.note_written(2, "notes/a.md");
    CHECK(happens([&] { return fixture.is_indexed(2, "notes"); }));
    CHECK_FALSE(fixture.is_indexed(1, "large"));
    fixture.slow = 0;
    CHECK(happens([&] {
        const std::scoped_lock lock(fixture.mutex);
        return fixture.indexed[1].full.contains("large");
    }));
    CHECK_FALSE(fixture.runs_twice);
}

TEST_CASE("what could not be indexed is not forgotten") {
    WorkFixture fixture;
    fixture.failures = 3;
    AccountWork work(fixture.options());
    work.note_written(1, "notes/a.md");
    CHECK(happens([&] { return fixture.is_indexed(1, "notes"); }));
    CHECK(fixture.indexed_paths(1, "notes") == std::vector<std::string>{"a.md"});
    CHECK(fixture.runs == 4);
}

TEST_CASE("a round of discovery takes all accounts, and begins when it is asked for") {
    WorkFixture fixture;
    fixture.accounts = {1, 2, 3};
    AccountWork work(fixture.options());
    const auto found = [&] {
        const std::scoped_lock lock(fixture.mutex);
        return std::multiset<std::int64_t>(fixture.discovered.begin(), fixture.discovered.end());
    };
    CHECK(happens([&] { return found() == std::multiset<std::int64_t>{1, 2, 3}; }));
    CHECK(fixture.rounds == 1);
    work.look_now();
    CHECK(happens([&] { return found() == std::multiset<std::int64_t>{1, 1, 2, 2, 3, 3}; }));
}

TEST_CASE("work ends at once when it is told to") {
    WorkFixture fixture;
    fixture.slow = 1;
    {
        AccountWork work(fixture.options());
        work.index_soon(1, "large", false);
        REQUIRE(happens([&] {
            const std::scoped_lock lock(fixture.mutex);
            return fixture.running.contains(1);
        }));
    }
    CHECK(fixture.runs == 1);
}

}  // namespace bm::test
