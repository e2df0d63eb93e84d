#include "repository/index.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/repository/fixture.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;
using bm::test::RepositoryFixture;

namespace {

void ignore_log(bm::LogLevel /*level*/, std::string_view /*line*/) {}

struct Fixture {
    bm::test::TemporaryFolder folder;
    [[nodiscard]] fs::path file() const { return folder.path() / "data/index.db"; }
    std::unique_ptr<bm::Index> open() const {
        return std::make_unique<bm::Index>(file(), ignore_log);
    }
    [[nodiscard]] std::vector<std::string> broken() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(file().parent_path())) {
            const auto name = entry.path().filename().string();
            const bool is_companion = name.ends_with("-wal") || name.ends_with("-shm");
            if (name.find(".broken-") != std::string::npos && !is_companion) names.push_back(name);
        }
        return names;
    }
};

bm::ProjectId add_project(bm::Index& index, std::string_view name) {
    return index.write([&](bm::Tables& tables) {
        return tables.projects.insert(bm::test::project_name(name), "/srv", bm::test::seconds(0))
            .id;
    });
}

void add_note(bm::Index& index, bm::ProjectId project, const std::string& path) {
    index.write([&](bm::Tables& tables) {
        const auto doc = tables.text.allocate(1);
        tables.entities.upsert(project, RepositoryFixture::draft({.path = path}), doc);
    });
}

std::size_t projects(bm::Index& index) {
    return index.read([](bm::Tables& tables) { return tables.projects.all().size(); });
}

std::int64_t notes(bm::Index& index, bm::ProjectId project) {
    return index.read([&](bm::Tables& tables) { return tables.entities.count(project); });
}

mode_t mode_of(const fs::path& file) {
    struct stat seen {};
    REQUIRE(::stat(file.c_str(), &seen) == 0);
    return seen.st_mode & 0777U;
}

/// Overwrites a part of the file, as a failing disk would.
void damage(const fs::path& file, std::streamoff at, std::size_t length) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(at);
    bytes << std::string(length, '\x5A');
}

}  // namespace

TEST_CASE("an index opens nothing before its first use") {
    const Fixture it;
    const auto index = it.open();
    CHECK_FALSE(fs::exists(it.file().parent_path()));
    CHECK_FALSE(index->was_rebuilt());
    CHECK(projects(*index) == 0);
    CHECK(index->was_rebuilt());
    CHECK(index->file() == it.file());
}

TEST_CASE("the index is for its owner's eyes only") {
    const Fixture it;
    const auto index = it.open();
    add_project(*index, "p");
    CHECK(mode_of(it.file()) == 0600);
    CHECK(mode_of(it.file().string() + "-wal") == 0600);
    CHECK(mode_of(it.file().parent_path()) == 0700);
}

TEST_CASE("13.1 item 57: what was indexed is there after a restart and nothing is made anew") {
    const Fixture it;
    auto index = it.open();
    const auto project = add_project(*index, "p");
    add_note(*index, project, "a.md");
    index.reset();
    CHECK_FALSE(fs::exists(it.file().string() + "-wal"));
    index = it.open();
    CHECK(notes(*index, project) == 1);
    CHECK_FALSE(index->was_rebuilt());
    CHECK(it.broken().empty());
}

TEST_CASE("a write that throws leaves nothing and the next one works") {
    const Fixture it;
    const auto index = it.open();
    CHECK_THROWS_AS(index->write([](bm::Tables& tables) {
        tables.projects.insert(bm::test::project_name("p"), "/srv", bm::test::seconds(0));
        throw std::runtime_error("no");
    }),
                    std::runtime_error);
    CHECK(projects(*index) == 0);
    add_project(*index, "p");
    CHECK(projects(*index) == 1);
}

TEST_CASE("a reader sees one state while a writer goes on") {
    const Fixture it;
    const auto index = it.open();
    add_project(*index, "a");
    index->read([&](bm::Tables& tables) {
        CHECK(tables.projects.all().size() == 1);
        add_project(*index, "b");
        CHECK(tables.projects.all().size() == 1);
    });
    CHECK(projects(*index) == 2);
}

TEST_CASE("a file that is no index is set aside and an empty one takes its place") {
    const Fixture it;
    const char* const contents[] = {"garbage", "", "sqlite"};
    for (const std::string content : contents) {
        CAPTURE(content);
        fs::remove_all(it.file().parent_path());
        fs::create_directories(it.file().parent_path());
        if (content == "sqlite") {
            bm::Database other(it.file(), bm::Database::Mode::read_write_create);
            other.exec("CREATE TABLE t (a); PRAGMA user_version = 1");
        } else {
            std::ofstream(it.file()) << (content.empty() ? "" : std::string(10'000, 'x'));
        }
        const auto index = it.open();
        CHECK(projects(*index) == 0);
        CHECK(index->was_rebuilt());
        CHECK(it.broken().size() == (content.empty() ? 0U : 1U));
        add_project(*index, "p");
        CHECK(projects(*index) == 1);
    }
}

TEST_CASE("an index of another version is made anew") {
    const Fixture it;
    auto index = it.open();
    add_project(*index, "p");
    index->write([](bm::Tables& tables) { tables.database.exec("PRAGMA user_version = 99"); });
    index.reset();
    index = it.open();
    CHECK(projects(*index) == 0);
    CHECK(index->was_rebuilt());
    CHECK(it.broken().size() == 1);
}

TEST_CASE("damage that is found while working makes the next use start afresh") {
    const Fixture it;
    auto index = it.open();
    const auto project = add_project(*index, "p");
    for (int i = 0; i < 2'000; ++i) {
        if (i % 500 == 0) CHECK(notes(*index, project) == i);
        add_note(*index, project, std::to_string(i) + ".md");
    }
    index.reset();
    // Beyond the tables' definitions, so that it opens without a complaint.
    const auto half = fs::file_size(it.file()) / 8'192 * 4'096;
    damage(it.file(), static_cast<std::streamoff>(half), fs::file_size(it.file()) - half);
    index = it.open();
    CHECK(projects(*index) == 1);
    bool failed = false;
    try {
        index->read([&](bm::Tables& tables) { return tables.entities.below(project, "").size(); });
    } catch (const bm::DatabaseError& error) {
        failed = error.is_corrupt();
    }
    CHECK(failed);
    CHECK(projects(*index) == 0);
    CHECK(index->was_rebuilt());
    CHECK_FALSE(it.broken().empty());
    add_project(*index, "again");
    CHECK(projects(*index) == 1);
}

TEST_CASE("only the last broken index is kept") {
    const Fixture it;
    for (int round = 0; round < 3; ++round) {
        auto index = it.open();
        add_project(*index, "p");
        index.reset();
        damage(it.file(), 0, 4096);
        index = it.open();
        CHECK(projects(*index) == 0);
        CHECK(it.broken().size() == 1);
    }
}

TEST_CASE("an index that is deleted while it is used is made anew") {
    const Fixture it;
    const auto index = it.open();
    add_project(*index, "p");
    fs::remove(it.file());
    // Its log is still there under its name: played into the new file it would be poison.
    CHECK(fs::exists(it.file().string() + "-wal"));
    CHECK(projects(*index) == 0);
    add_project(*index, "q");
    CHECK(projects(*index) == 1);
    const auto other = it.open();
    CHECK(projects(*other) == 1);
    CHECK_FALSE(other->was_rebuilt());
}

TEST_CASE("another process notices that the index was replaced") {
    const Fixture it;
    const auto mine = it.open();
    add_project(*mine, "old");
    const bm::test::Signal ready;
    const bm::test::Signal replaced;
    bm::test::ChildProcess child([&] {
        const auto theirs = it.open();
        if (projects(*theirs) != 1) return 1;
        ready.give();
        replaced.await();
        // Not the old rows, and closing must leave the log of the new index alone.
        if (projects(*theirs) != 2) return 2;
        add_project(*theirs, "from the child");
        return theirs->was_rebuilt() ? 3 : 0;
    });
    ready.await();
    mine->write([](bm::Tables& tables) { tables.database.exec("PRAGMA user_version = 99"); });
    const auto fresh = it.open();
    add_project(*fresh, "new 1");
    add_project(*fresh, "new 2");
    CHECK(fresh->was_rebuilt());
    replaced.give();
    CHECK(child.wait() == 0);
    CHECK(projects(*fresh) == 3);
    CHECK(projects(*mine) == 3);
    CHECK(it.broken().size() >= 1);
}

TEST_CASE("closing a connection to a replaced index does not hurt the new one") {
    const Fixture it;
    auto stale = it.open();
    add_project(*stale, "old");
    fs::rename(it.file(), it.file().string() + ".away");
    const auto fresh = it.open();
    for (int i = 0; i < 20; ++i) add_project(*fresh, "p" + std::to_string(i));
    REQUIRE(fs::exists(it.file().string() + "-wal"));
    stale.reset();
    CHECK(fs::exists(it.file().string() + "-wal"));
    const auto other = it.open();
    CHECK(projects(*other) == 20);
    CHECK(projects(*fresh) == 20);
}

TEST_CASE("processes that meet a broken index replace it once") {
    const Fixture it;
    for (int round = 0; round < 5; ++round) {
        fs::remove_all(it.file().parent_path());
        fs::create_directories(it.file().parent_path());
        std::ofstream(it.file()) << std::string(20'000, 'x');
        const bm::test::Signal start;
        std::vector<std::unique_ptr<bm::test::ChildProcess>> children;
        for (int i = 0; i < 4; ++i) {
            children.push_back(std::make_unique<bm::test::ChildProcess>([&, i] {
                start.await();
                const auto index = it.open();
                add_project(*index, "p" + std::to_string(i));
                return index->was_rebuilt() ? 1 : 0;
            }));
        }
        for (int i = 0; i < 4; ++i) start.give();
        int rebuilt = 0;
        for (auto& child : children) {
            const int code = child->wait();
            CHECK(code <= 1);
            rebuilt += code;
        }
        CHECK(rebuilt == 1);
        CHECK(it.broken().size() == 1);
        const auto index = it.open();
        CHECK(projects(*index) == 4);
    }
}

TEST_CASE(
    "13.1 item 65: writers in threads and processes lose nothing and do not block each other") {
    const Fixture it;
    {
        const auto index = it.open();
        add_project(*index, "p");
    }
    const auto work = [&it](int who) {
        const auto index = it.open();
        const auto project =
            index->read([](bm::Tables& tables) { return tables.projects.all().front().id; });
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 3; ++thread) {
            threads.emplace_back([&, thread] {
                for (int i = 0; i < 40; ++i) {
                    add_note(*index, project,
                             std::to_string(who) + '/' + std::to_string(thread) + '/' +
                                 std::to_string(i) + ".md");
                    if (i % 5 == 0) (void)notes(*index, project);
                }
            });
        }
        return 0;
    };
    bm::test::ChildProcess first([&] { return work(1); });
    bm::test::ChildProcess second([&] { return work(2); });
    work(3);
    CHECK(first.wait() == 0);
    CHECK(second.wait() == 0);
    const auto index = it.open();
    const auto project =
        index->read([](bm::Tables& tables) { return tables.projects.all().front().id; });
    CHECK(notes(*index, project) == 360);
    CHECK(index->read([](bm::Tables& tables) { return bm::is_sound(tables.database); }));
}

TEST_CASE("13.1 item 64: many who delete one entity at once do not fail and one of them did it") {
    const Fixture it;
    const auto index = it.open();
    const auto project = add_project(*index, "p");
    for (int round = 0; round < 20; ++round) {
        add_note(*index, project, "a.md");
        const auto id = index->read(
            [&](bm::Tables& tables) { return tables.entities.by_path(project, "a.md")->id; });
        std::atomic<int> erased = 0;
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                if (index->write([&](bm::Tables& tables) { return tables.entities.erase(id); }))
                    ++erased;
            });
        }
        threads.clear();
        CHECK(erased == 1);
    }
}

TEST_CASE("a process that is killed in a write leaves a sound index") {
    const Fixture it;
    const auto index = it.open();
    const auto project = add_project(*index, "p");
    const bm::test::Signal inside;
    bm::test::ChildProcess child([&] {
        const auto theirs = it.open();
        theirs->write([&](bm::Tables& tables) {
            for (int i = 0; i < 100; ++i) {
                tables.entities.upsert(
                    project, RepositoryFixture::draft({.path = std::to_string(i) + ".md"}),
                    tables.text.allocate(1));
            }
            inside.give();
            ::pause();
        });
        return 0;
    });
    inside.await();
    child.kill();
    child.wait();
    CHECK(notes(*index, project) == 0);
    add_note(*index, project, "a.md");
    CHECK(notes(*index, project) == 1);
    CHECK(index->read([](bm::Tables& tables) { return bm::is_sound(tables.database); }));
}

TEST_CASE("more readers than kept connections work at the same time") {
    const Fixture it;
    const auto index = it.open();
    const auto project = add_project(*index, "p");
    add_note(*index, project, "a.md");
    std::atomic<int> inside = 0;
    std::atomic<int> right = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 24; ++i) {
        threads.emplace_back([&] {
            index->read([&](bm::Tables& tables) {
                ++inside;
                while (inside < 24) std::this_thread::yield();
                if (tables.entities.count(project) == 1) ++right;
            });
        });
    }
    threads.clear();
    CHECK(right == 24);
}

TEST_CASE("the log does not grow with the number of writes") {
    const Fixture it;
    const auto index = it.open();
    const auto project = add_project(*index, "p");
    std::atomic<bool> stop = false;
    std::jthread reader([&] {
        while (!stop) (void)notes(*index, project);
    });
    std::uintmax_t largest = 0;
    for (int i = 0; i < 3'000; ++i) {
        add_note(*index, project, std::to_string(i % 50) + ".md");
        if (i % 50 == 0) largest = std::max(largest, fs::file_size(it.file().string() + "-wal"));
    }
    stop = true;
    // 64 MB are the most that a writer leaves behind who never pauses.
    CHECK(largest < (66U << 20));
}

TEST_CASE("an index that cannot be opened says why") {
    const Fixture it;
    it.folder.write("data", "a file is in the way");
    const auto index = it.open();
    CHECK_THROWS(projects(*index));
}
