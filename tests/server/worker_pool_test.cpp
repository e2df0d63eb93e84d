#include "server/worker_pool.hpp"

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bm::Task;
using bm::WorkerPool;

namespace {

class Job final : public Task {
public:
    explicit Job(std::function<void()> work, bool computes = false)
        : work_(std::move(work)), computes_(computes) {}
    void run() override { work_(); }
    [[nodiscard]] bool computes() const noexcept override { return computes_; }

private:
    std::function<void()> work_;
    bool computes_;
};

bool submit(WorkerPool& pool, std::function<void()> work, std::size_t bytes = 1,
            std::chrono::milliseconds patience = 20s) {
    std::unique_ptr<Task> task = std::make_unique<Job>(std::move(work));
    return pool.submit(task, bytes, bm::steady_now() + patience);
}

bool compute(WorkerPool& pool, std::function<void()> work) {
    std::unique_ptr<Task> task = std::make_unique<Job>(std::move(work), true);
    return pool.submit(task, 1, bm::steady_now() + 20s);
}

bool idle(WorkerPool& pool) { return pool.wait_until_idle(bm::steady_now() + 20s); }

}  // namespace

TEST_CASE("no thread is started before there is work and one suffices for one thing at a time") {
    WorkerPool pool({}, nullptr);
    CHECK(pool.thread_count() == 0);
    CHECK(idle(pool));
    std::atomic<int> done{0};
    for (int i = 0; i < 20; ++i) {
        REQUIRE(submit(pool, [&] { ++done; }));
        REQUIRE(idle(pool));
    }
    CHECK(done == 20);
    // The thread may not yet wait again when the next task comes, so a second one is possible.
    CHECK(pool.thread_count() <= 2);
}

TEST_CASE("as many tasks run beside each other as there may be threads") {
    WorkerPool pool({.threads = 4}, nullptr);
    std::latch all_run(4);
    for (int i = 0; i < 4; ++i) REQUIRE(submit(pool, [&] { all_run.arrive_and_wait(); }));
    CHECK(idle(pool));
    CHECK(pool.thread_count() == 4);
}

TEST_CASE("a full queue refuses and leaves the task with its owner") {
    std::latch release(1);
    std::latch runs(1);
    std::atomic<int> done{0};
    WorkerPool pool({.threads = 1, .queued_tasks = 2}, nullptr);
    REQUIRE(submit(pool, [&] {
        runs.count_down();
        release.wait();
    }));
    runs.wait();
    REQUIRE(submit(pool, [&] { ++done; }));
    REQUIRE(submit(pool, [&] { ++done; }));
    std::unique_ptr<Task> task = std::make_unique<Job>([&] { ++done; });
    CHECK_FALSE(pool.submit(task, 1, bm::steady_now()));
    CHECK(task != nullptr);
    release.count_down();
    CHECK(pool.submit(task, 1, bm::steady_now() + 20s));
    CHECK(idle(pool));
    CHECK(done == 3);
}

TEST_CASE("the bytes that wait are limited but a large task finds an empty queue") {
    std::latch release(1);
    std::latch runs(1);
    WorkerPool pool({.threads = 1, .queued_tasks = 100, .queued_bytes = 10}, nullptr);
    REQUIRE(submit(pool, [&] {
        runs.count_down();
        release.wait();
    }));
    runs.wait();
    REQUIRE(submit(
        pool, [] {}, 1000, 0ms));
    CHECK_FALSE(submit(
        pool, [] {}, 1, 0ms));
    release.count_down();
    CHECK(idle(pool));
    CHECK(submit(
        pool, [] {}, 10, 20s));
    CHECK(idle(pool));
}

TEST_CASE("a task that fails is noted and the pool goes on") {
    std::string noted;
    WorkerPool pool({.threads = 1}, [&](bm::Severity, std::string_view line) { noted = line; });
    REQUIRE(submit(pool, [] { throw std::runtime_error("why"); }));
    CHECK(idle(pool));
    CHECK(noted.find("why") != std::string::npos);
    std::atomic<bool> done{false};
    REQUIRE(submit(pool, [&] { done = true; }));
    CHECK(idle(pool));
    CHECK(done);
}

TEST_CASE("what waits can be dropped and what runs is waited for") {
    std::latch release(1);
    std::latch runs(1);
    std::atomic<int> done{0};
    {
        WorkerPool pool({.threads = 1}, nullptr);
        REQUIRE(submit(pool, [&] {
            runs.count_down();
            release.wait();
            ++done;
        }));
        runs.wait();
        for (int i = 0; i < 5; ++i) REQUIRE(submit(pool, [&] { done += 100; }));
        CHECK_FALSE(pool.wait_until_idle(bm::steady_now()));
        pool.drop_queued();
        release.count_down();
    }
    CHECK(done == 1);
}

TEST_CASE("a pool of no threads works on the caller's") {
    WorkerPool pool({.threads = 0}, nullptr);
    const auto caller = std::this_thread::get_id();
    bool same = false;
    REQUIRE(submit(pool, [&] { same = std::this_thread::get_id() == caller; }));
    CHECK(same);
    CHECK(pool.thread_count() == 0);
}

TEST_CASE("tasks that compute take turns, and those that wait go past them") {
    std::latch release(1);
    std::latch computes(1);
    std::atomic<int> computed{0};
    WorkerPool pool({.threads = 8, .computing = 1, .longest_turn = 1h}, nullptr);
    REQUIRE(compute(pool, [&] {
        computes.count_down();
        release.wait();
        ++computed;
    }));
    computes.wait();
    for (int i = 0; i < 4; ++i) REQUIRE(compute(pool, [&] { ++computed; }));
    std::latch waiting(3);
    for (int i = 0; i < 3; ++i) REQUIRE(submit(pool, [&] { waiting.arrive_and_wait(); }));
    waiting.wait();
    CHECK(computed == 0);
    release.count_down();
    CHECK(idle(pool));
    CHECK(computed == 5);
    CHECK(pool.thread_count() <= 6);
}

TEST_CASE("never more tasks compute at a time than may") {
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    WorkerPool pool({.threads = 16, .computing = 3, .longest_turn = 1h}, nullptr);
    for (int i = 0; i < 300; ++i) {
        REQUIRE(compute(pool, [&] {
            const int at_work = ++now;
            int seen = most;
            while (seen < at_work && !most.compare_exchange_weak(seen, at_work)) {
            }
            std::this_thread::yield();
            --now;
            ++done;
        }));
    }
    CHECK(idle(pool));
    CHECK(done == 300);
    CHECK(most <= 3);
}

TEST_CASE("a task that computes for too long holds up nobody") {
    std::latch all_run(4);
    WorkerPool pool({.threads = 8, .computing = 1, .longest_turn = 20ms}, nullptr);
    // No further task comes that could make the pool look again.
    for (int i = 0; i < 4; ++i) REQUIRE(compute(pool, [&] { all_run.arrive_and_wait(); }));
    CHECK(idle(pool));
}
