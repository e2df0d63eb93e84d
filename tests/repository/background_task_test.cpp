#include "repository/background_task.hpp"

#include <atomic>
#include <chrono>
#include <semaphore>
#include <thread>

#include <doctest/doctest.h>

namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

TEST_CASE("work runs on another thread when it is asked for") {
    std::thread::id worker;
    std::binary_semaphore done{0};
    bm::BackgroundTask task([&] {
        worker = std::this_thread::get_id();
        done.release();
    });
    task.ask();
    REQUIRE(done.try_acquire_for(kPatience));
    CHECK(worker != std::this_thread::get_id());
    task.ask();
    REQUIRE(done.try_acquire_for(kPatience));
}

TEST_CASE("requests that come while it runs are one more run") {
    std::atomic<int> runs = 0;
    std::counting_semaphore<> began{0};
    std::counting_semaphore<> go{0};
    bm::BackgroundTask task([&] {
        ++runs;
        began.release();
        go.acquire();
    });
    task.ask();
    REQUIRE(began.try_acquire_for(kPatience));
    for (int i = 0; i < 5; ++i) task.ask();
    go.release();
    REQUIRE(began.try_acquire_for(kPatience));
    go.release();
    task.finish();
    CHECK(runs == 2);
}

TEST_CASE("finish waits for work that runs and drops what comes later") {
    std::atomic<int> runs = 0;
    std::binary_semaphore began{0};
    bm::BackgroundTask task([&] {
        began.release();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        ++runs;
    });
    task.ask();
    REQUIRE(began.try_acquire_for(kPatience));
    task.finish();
    CHECK(runs == 1);
    task.ask();
    task.finish();
    CHECK(runs == 1);
}
