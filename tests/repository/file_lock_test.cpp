#include "repository/file_lock.hpp"

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;

namespace {

/// Adds one to a number in a file, not atomically: only a lock keeps additions from being lost.
void increment(const fs::path& file) {
    long number = 0;
    std::ifstream(file) >> number;
    std::ofstream(file) << number + 1;
}

long number_in(const fs::path& file) {
    long number = 0;
    std::ifstream(file) >> number;
    return number;
}

}  // namespace

TEST_CASE("a lock is refused while it is held and free afterwards") {
    const bm::test::TemporaryFolder folder;
    {
        const auto held = bm::FileLock::acquire(folder.path() / "a.lock");
        CHECK_FALSE(bm::FileLock::try_acquire(folder.path() / "a.lock"));
        CHECK(bm::FileLock::try_acquire(folder.path() / "b.lock"));
    }
    CHECK(bm::FileLock::try_acquire(folder.path() / "a.lock"));
    CHECK(fs::exists(folder.path() / "a.lock"));
}

TEST_CASE("whoever looks at a lock sees it held by any thread or process and takes nothing") {
    const bm::test::TemporaryFolder folder;
    const auto file = folder.path() / "a.lock";
    CHECK_FALSE(bm::FileLock::is_held(file));
    CHECK_FALSE(fs::exists(file));
    {
        const auto held = bm::FileLock::acquire(file);
        CHECK(bm::FileLock::is_held(file));
    }
    CHECK_FALSE(bm::FileLock::is_held(file));
    const bm::test::Signal locked;
    bm::test::ChildProcess child([&] {
        const auto held = bm::FileLock::acquire(file);
        locked.give();
        ::pause();
        return 0;
    });
    locked.await();
    CHECK(bm::FileLock::is_held(file));
    child.kill();
    child.wait();
    CHECK_FALSE(bm::FileLock::is_held(file));
    // Nobody can tell.
    fs::create_symlink(folder.path() / "elsewhere", folder.path() / "link.lock");
    CHECK(bm::FileLock::is_held(folder.path() / "link.lock"));
}

TEST_CASE("whoever looks at the locks of paths sees those that are held") {
    const bm::test::TemporaryFolder folder;
    bm::PathLocks locks(folder.path() / "locks");
    CHECK_FALSE(bm::PathLocks::Look(locks).is_locked({"p", "a.md"}));
    const auto held = locks.lock("p", "a.md");
    bm::PathLocks::Look look(locks);
    CHECK(look.is_locked({"p", "a.md"}));
    CHECK_FALSE(look.is_locked({"p", "b.md"}));
    CHECK_FALSE(look.is_locked({"q", "a.md"}));
    bm::PathLocks elsewhere(folder.path() / "locks");
    CHECK(bm::PathLocks::Look(elsewhere).is_locked({"p", "a.md"}));
    // Seen once.
    const auto later = locks.lock("p", "b.md");
    CHECK_FALSE(look.is_locked({"p", "b.md"}));
}

TEST_CASE("a lock moves with its owner") {
    const bm::test::TemporaryFolder folder;
    auto first = bm::FileLock::acquire(folder.path() / "a.lock");
    auto second = std::move(first);
    CHECK_FALSE(bm::FileLock::try_acquire(folder.path() / "a.lock"));
    second = bm::FileLock::acquire(folder.path() / "b.lock");
    CHECK(bm::FileLock::try_acquire(folder.path() / "a.lock"));
    CHECK_FALSE(bm::FileLock::try_acquire(folder.path() / "b.lock"));
}

TEST_CASE("the folders of a lock file are made and the file is private") {
    const bm::test::TemporaryFolder folder;
    const auto held = bm::FileLock::acquire(folder.path() / "locks/deep/a.lock");
    struct stat seen {};
    REQUIRE(::stat((folder.path() / "locks/deep/a.lock").c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0777) == 0600);
}

TEST_CASE("a lock that cannot be made is an error and not a lock") {
    const bm::test::TemporaryFolder folder;
    folder.write("file", "");
    CHECK_THROWS_AS((void)bm::FileLock::acquire(folder.path() / "file/a.lock"), std::system_error);
    fs::create_symlink(folder.path() / "elsewhere", folder.path() / "link.lock");
    CHECK_THROWS_AS((void)bm::FileLock::acquire(folder.path() / "link.lock"), std::system_error);
    CHECK_FALSE(fs::exists(folder.path() / "elsewhere"));
}

TEST_CASE("the kernel gives back the lock of a process that was killed") {
    const bm::test::TemporaryFolder folder;
    const bm::test::Signal locked;
    bm::test::ChildProcess child([&] {
        const auto held = bm::FileLock::acquire(folder.path() / "a.lock");
        locked.give();
        ::pause();
        return 0;
    });
    locked.await();
    CHECK_FALSE(bm::FileLock::try_acquire(folder.path() / "a.lock"));
    child.kill();
    child.wait();
    CHECK(bm::FileLock::try_acquire(folder.path() / "a.lock"));
}

TEST_CASE("processes that share a lock lose no update") {
    const bm::test::TemporaryFolder folder;
    std::vector<std::unique_ptr<bm::test::ChildProcess>> children;
    for (int i = 0; i < 4; ++i) {
        children.push_back(std::make_unique<bm::test::ChildProcess>([&folder] {
            for (int round = 0; round < 100; ++round) {
                const auto held = bm::FileLock::acquire(folder.path() / "a.lock");
                increment(folder.path() / "count");
            }
            return 0;
        }));
    }
    for (auto& child : children) CHECK(child->wait() == 0);
    CHECK(number_in(folder.path() / "count") == 400);
}

TEST_CASE("a lock file that is deleted while others wait still lets only one in") {
    const bm::test::TemporaryFolder folder;
    std::vector<std::unique_ptr<bm::test::ChildProcess>> children;
    for (int i = 0; i < 4; ++i) {
        children.push_back(std::make_unique<bm::test::ChildProcess>([&folder] {
            for (int round = 0; round < 60; ++round) {
                const auto held = bm::FileLock::acquire(folder.path() / "a.lock");
                increment(folder.path() / "count");
                fs::remove(folder.path() / "a.lock");
            }
            return 0;
        }));
    }
    for (auto& child : children) CHECK(child->wait() == 0);
    CHECK(number_in(folder.path() / "count") == 240);
}

TEST_CASE("threads and processes that change one path never overlap") {
    const bm::test::TemporaryFolder folder;
    const auto work = [&folder] {
        bm::PathLocks locks(folder.path() / "locks");
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int round = 0; round < 50; ++round) {
                    const auto held = locks.lock("project", "notes/Note.md");
                    increment(folder.path() / "count");
                }
            });
        }
        threads.clear();
        return 0;
    };
    bm::test::ChildProcess child(work);
    work();
    CHECK(child.wait() == 0);
    CHECK(number_in(folder.path() / "count") == 400);
}

TEST_CASE("spellings that some file systems do not tell apart share a lock") {
    const bm::test::TemporaryFolder folder;
    bm::PathLocks locks(folder.path() / "locks");
    { const auto held = locks.lock("p", "notes/Größe.md"); }
    const auto count = std::distance(fs::directory_iterator(folder.path() / "locks"), {});
    { const auto held = locks.lock("p", "NOTES/gro\u0308ße.md"); }
    CHECK(std::distance(fs::directory_iterator(folder.path() / "locks"), {}) == count);
}

TEST_CASE("two paths are locked at once and in no order that could deadlock") {
    const bm::test::TemporaryFolder folder;
    bm::PathLocks locks(folder.path() / "locks");
    std::atomic<int> rounds = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < 100; ++round) {
                const std::string a = "a" + std::to_string(round % 7);
                const std::string b = "b" + std::to_string(round % 5);
                const auto held = i % 2 == 0 ? locks.lock("p", a, b) : locks.lock("p", b, a);
                ++rounds;
            }
        });
    }
    threads.clear();
    CHECK(rounds == 400);
    // One and the same path is no deadlock either.
    { const auto held = locks.lock("p", "same", "same"); }
}

TEST_CASE("locks stay a fixed number of files however many paths there are") {
    const bm::test::TemporaryFolder folder;
    bm::PathLocks locks(folder.path() / "locks");
    for (int i = 0; i < 2'000; ++i) (void)locks.lock("p", "note-" + std::to_string(i));
    CHECK(std::distance(fs::directory_iterator(folder.path() / "locks"), {}) <= 256);
    CHECK(std::distance(fs::directory_iterator(folder.path() / "locks"), {}) > 200);
}
