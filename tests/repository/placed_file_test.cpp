#include "repository/placed_file.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "repository/atomic_file.hpp"
#include "repository/file_status.hpp"
#include "repository/folder_walk.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;

namespace {

struct Fixture {
    bm::test::TemporaryFolder folder;
    bm::Descriptor root{::open(folder.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};

    [[nodiscard]] fs::path note() const { return folder.path() / "Note.md"; }
    [[nodiscard]] bm::FileStamp stamp() const {
        return bm::status_of(root.number(), "Note.md")->stamp;
    }
    [[nodiscard]] bm::Place place(const fs::path& where) const {
        return *bm::walk_to(where, "Note.md", bm::LastSegment::untouched,
                            bm::MissingFolders::refuse);
    }
    [[nodiscard]] std::ptrdiff_t files() const {
        return std::distance(fs::directory_iterator(folder.path()), {});
    }
};

void set_time(const fs::path& file, timespec time) {
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, time};
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("a change in place whose time was set back is seen") {
    const Fixture it;
    it.folder.write("Note.md", "aaaa");
    const auto before = it.stamp();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // clocks of files tick slowly
    std::ofstream(it.note(), std::ios::in | std::ios::out) << "bbbb";
    set_time(it.note(), {.tv_sec = before.mtime_ns / 1'000'000'000,
                         .tv_nsec = before.mtime_ns % 1'000'000'000});
    const auto after = it.stamp();
    CHECK(after.mtime_ns == before.mtime_ns);
    CHECK(after.size == before.size);
    CHECK(after.inode == before.inode);
    CHECK(after != before);
    const auto written = bm::write_placed(it.place(it.folder.path()), "mine", before);
    REQUIRE_FALSE(written);
    CHECK(written.error() == bm::Error{bm::Fault::conflict, bm::kChangedMeanwhile});
    CHECK(it.folder.read("Note.md") == "bbbb");
}

TEST_CASE("times that do not fit are the nearest that do") {
    struct stat seen {};
    seen.st_mtim.tv_sec = 10'000'000'000;  // in the year 2286
    CHECK(bm::stamp_from(seen).mtime_ns > 9'000'000'000'000'000'000);
    seen.st_mtim.tv_sec = -10'000'000'000;
    CHECK(bm::stamp_from(seen).mtime_ns < -9'000'000'000'000'000'000);
}

TEST_CASE("a file that was saved in the last moment is put back") {
    const Fixture it;
    it.folder.write("Note.md", "first");
    const auto expected = it.stamp();
    {
        auto file = bm::AtomicFile::create(it.root.number(), 0600);
        REQUIRE(file);
        REQUIRE(file->write("mine"));
        // An editor saves as most do: beside it, and then over it.
        it.folder.write("Note.md~", "theirs");
        fs::rename(it.folder.path() / "Note.md~", it.note());
        const auto replaced = file->replace_expected("Note.md", expected);
        REQUIRE_FALSE(replaced);
        CHECK(replaced.error().fault == bm::Fault::conflict);
    }
    CHECK(it.folder.read("Note.md") == "theirs");
    CHECK(it.files() == 1);
    {
        auto file = bm::AtomicFile::create(it.root.number(), 0600);
        REQUIRE(file->write("mine"));
        CHECK(file->replace_expected("Note.md", it.stamp()));
    }
    CHECK(it.folder.read("Note.md") == "mine");
    CHECK(it.files() == 1);
    {
        auto file = bm::AtomicFile::create(it.root.number(), 0600);
        CHECK(file->replace_expected("gone.md", expected).error().fault == bm::Fault::conflict);
    }
    CHECK(it.files() == 1);
}

TEST_CASE("unfinished files of ours are abandoned after an hour and others never") {
    constexpr std::time_t now = 1'800'000'000;
    const std::string ours = ".bm-0b9c4f5e-63c1-4e0a-9d7b-8f1f5f0c2a11.tmp";
    CHECK(bm::AtomicFile::is_abandoned(ours, now - 3'601, now));
    CHECK_FALSE(bm::AtomicFile::is_abandoned(ours, now - 3'599, now));
    CHECK_FALSE(bm::AtomicFile::is_abandoned(ours, now + 3'599, now));
    CHECK(bm::AtomicFile::is_abandoned(ours, now + 3'601, now));
    for (const char* foreign : {".bm-notes.tmp", "a.md", ".bm-0b9c4f5e-63c1-4e0a-9d7b.tmp"}) {
        CHECK_FALSE(bm::AtomicFile::is_abandoned(foreign, now - 7'200, now));
    }
}

TEST_CASE("a file that is saved while it moves to another disk stays where it is") {
    const Fixture it;
    std::error_code ignored;
    const fs::path memory = fs::path("/dev/shm") / it.folder.path().filename();
    fs::create_directory(memory, ignored);
    struct stat here {};
    struct stat there {};
    if (::stat(it.folder.path().c_str(), &here) != 0 || ::stat(memory.c_str(), &there) != 0 ||
        here.st_dev == there.st_dev) {
        fs::remove_all(memory, ignored);
        return;  // one file system is all there is
    }
    it.folder.write("Note.md", std::string(8U << 20, 'x'));
    {
        const std::jthread editor([&it](const std::stop_token& stop) {
            while (!stop.stop_requested()) std::ofstream(it.note(), std::ios::app) << "saved";
        });
        const auto moved = bm::move_placed(it.place(it.folder.path()), it.place(memory));
        REQUIRE_FALSE(moved);
        CHECK(moved.error() == bm::Error{bm::Fault::conflict, bm::kChangedMeanwhile});
    }
    CHECK(fs::exists(it.note()));
    CHECK(fs::is_empty(memory));
    set_time(it.note(), {.tv_sec = -5, .tv_nsec = 7});
    const auto moved = bm::move_placed(it.place(it.folder.path()), it.place(memory));
    REQUIRE(moved);
    CHECK(moved->mtime_ns == -4'999'999'993);
    CHECK_FALSE(fs::exists(it.note()));
    fs::remove_all(memory, ignored);
}
