#include "repository/note_history.hpp"

#include <algorithm>
#include <limits>
#include <system_error>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "repository/descriptor.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const Timestamp kNoon{std::chrono::microseconds(1'780'000'000'000'000)};

HistoryRecord record(std::string_view path, Timestamp at = kNoon,
                     HistoryAction action = HistoryAction::overwritten) {
    return {.at = at,
            .action = action,
            .path = RelativePath::parse(path).value(),
            .from = std::nullopt,
            .permalink = "a/b",
            .title = "B"};
}

std::vector<HistoryRecord> records_in(const NoteHistory& history, std::string_view project) {
    std::vector<HistoryRecord> records;
    history.each(project, [&](const HistoryRecord& each) {
        records.push_back(each);
        return true;
    });
    return records;
}

Result<std::string> latest_bytes(const NoteHistory& history) {
    return history.bytes("main", records_in(history, "main").front());
}

std::vector<fs::path> files_below(const fs::path& folder, std::string_view suffix) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().string().ends_with(suffix)) {
            files.push_back(entry.path());
        }
    }
    return files;
}

/// An open folder that others may use, too, or nobody else.
class HeldShelf {
public:
    HeldShelf(const fs::path& shelf, int operation)
        : file_(::open(shelf.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        REQUIRE(::flock(file_.number(), operation) == 0);
    }
    void release() { file_ = Descriptor(); }

private:
    Descriptor file_;
};

void overwrite(const fs::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

/// A history below a temporary folder.
struct Fixture {
    test::TemporaryFolder folder;
    fs::path root = folder.path() / "history";
    NoteHistory history{root};
};

TEST_CASE("a line of the journal says everything that it was made of") {
    HistoryRecord written = record("a\tb/c\\n\nd.md", kNoon, HistoryAction::moved);
    written.from = RelativePath::parse("old\\place.md").value();
    written.title = "Tab\there and \\ there";
    written.checksum = checksum_of("bytes");
    written.frame = HistoryFrame{"", 1ULL << 40U, 17};
    written.since = kNoon - 3h;
    written.size = 5;
    const std::string line = history_line(written);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(parse_history_line(line) == written);
}

TEST_CASE("a line that is not whole is no record") {
    const std::string line = history_line(record("a/b.md"));
    for (std::size_t length = 0; length < line.size(); ++length) {
        CHECK_FALSE(parse_history_line(std::string_view(line).substr(0, length)));
    }
    CHECK_FALSE(parse_history_line(line + line));
    CHECK_FALSE(parse_history_line(line + "0"));
}

TEST_CASE("a line cannot name a path outside of the project") {
    HistoryRecord inside = record("a/b.md");
    std::string line = history_line(inside);
    const std::size_t at = line.find("a/b.md");
    line.replace(at, 6, "../../b.md");
    line.resize(line.rfind('\t'));
    CHECK_FALSE(parse_history_line(line + '\t' + checksum_of(line).short_hex()));
}

TEST_CASE("what was kept comes back and the latest comes first") {
    Fixture f;
    CHECK(f.history.keep("main", record("a/b.md"), "first"));
    CHECK(f.history.keep("main", record("a/b.md", kNoon + 48h), "second"));
    CHECK(f.history.keep("other", record("a/b.md"), "third"));
    const auto records = records_in(f.history, "main");
    REQUIRE(records.size() == 2);
    CHECK(records[0].size == 6);
    CHECK(f.history.bytes("main", records[0]) == "second");
    CHECK(f.history.bytes("main", records[1]) == "first");
    CHECK(records_in(f.history, "nobody").empty());
    struct stat seen {};
    REQUIRE(::stat(f.root.c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0777) == 0700);
}

TEST_CASE("equal bytes are kept once") {
    Fixture f;
    for (int i = 0; i < 5; ++i) {
        CHECK(f.history.keep("main", record("a/b.md", kNoon + std::chrono::seconds(i)), "same"));
    }
    CHECK(records_in(f.history, "main").size() == 5);
    CHECK(f.history.size().versions == 1);
}

TEST_CASE("empty notes and bytes that do not shrink are kept like others") {
    Fixture f;
    std::string noise;
    for (std::uint32_t i = 1; i < 5000; ++i) noise += static_cast<char>(i * i * 2654435761U >> 24U);
    for (const std::string& bytes : {std::string(), std::string("\0\n\xff", 3), noise}) {
        CHECK(f.history.keep("main", record("a/b.md"), bytes));
        CHECK(latest_bytes(f.history) == bytes);
    }
}

TEST_CASE("of a file that is too large only the fact is kept") {
    Fixture f;
    const std::string large(kMaxKeptBytes + 1, 'x');
    CHECK(f.history.keep("main", record("a/b.md"), large));
    const auto records = records_in(f.history, "main");
    REQUIRE(records.size() == 1);
    CHECK_FALSE(records[0].checksum);
    CHECK_FALSE(records[0].frame);
    CHECK(records[0].size == static_cast<std::int64_t>(large.size()));
    CHECK(f.history.size().versions == 0);
    CHECK(f.history.keep("main", record("a/b.md"), large.substr(1)));
    CHECK(latest_bytes(f.history) == large.substr(1));
}

TEST_CASE("a torn record is skipped and costs no other") {
    Fixture f;
    CHECK(f.history.keep("main", record("a/1.md"), "first"));
    const auto journal = files_below(f.root, ".log");
    REQUIRE(journal.size() == 1);
    {
        const std::string line = history_line(record("a/torn.md"));
        std::ofstream(journal[0], std::ios::binary | std::ios::app)
            << '\n'
            << line.substr(0, line.size() / 2);
    }
    CHECK(f.history.keep("main", record("a/2.md"), "second"));
    const auto records = records_in(f.history, "main");
    REQUIRE(records.size() == 2);
    CHECK(records[0].path.str() == "a/2.md");
    CHECK(records[1].path.str() == "a/1.md");
}

TEST_CASE("a torn version is told and never given out and mended when it is kept again") {
    Fixture f;
    const std::string bytes(3000, 'n');
    CHECK(f.history.keep("main", record("a/b.md"), bytes));
    const auto packs = files_below(f.root, ".pack");
    REQUIRE(packs.size() == 1);
    const auto kept = records_in(f.history, "main").front();
    const auto whole = fs::file_size(packs[0]);
    for (std::uintmax_t size = 0; size < whole; ++size) {
        fs::resize_file(packs[0], size);
        const auto got = f.history.bytes("main", kept);
        REQUIRE_FALSE(got);
        CHECK(got.error().fault == Fault::invalid);
        // It is still told that there was one.
        REQUIRE(records_in(f.history, "main").size() == 1);
        CHECK_FALSE(records_in(f.history, "main")[0].checksum);
    }
    CHECK(f.history.keep("main", record("a/b.md"), bytes));
    CHECK(latest_bytes(f.history) == bytes);
}

TEST_CASE("a version with other bytes is damaged") {
    Fixture f;
    CHECK(f.history.keep("main", record("a/1.md"), "first"));
    const auto packs = files_below(f.root, ".pack");
    REQUIRE(packs.size() == 1);
    CHECK(f.history.keep("main", record("a/2.md"), "other"));
    const auto records = records_in(f.history, "main");
    HistoryRecord swapped = records[0];
    swapped.frame = records[1].frame;
    CHECK(f.history.bytes("main", swapped).error().fault == Fault::invalid);
    overwrite(packs[0], std::string(fs::file_size(packs[0]), '\xff'));
    CHECK(f.history.bytes("main", records[0]).error().fault == Fault::invalid);
}

TEST_CASE("nothing is kept behind a symbolic link") {
    Fixture f;
    fs::create_directory(f.folder.path() / "elsewhere");
    SUBCASE("the folder itself") {
        fs::create_directory_symlink(f.folder.path() / "elsewhere", f.root);
    }
    SUBCASE("a folder in it") {
        CHECK(f.history.keep("main", record("a/b.md"), "bytes"));
        const fs::path shelf = files_below(f.root, ".log").at(0).parent_path();
        fs::remove_all(shelf);
        fs::create_directory_symlink(f.folder.path() / "elsewhere", shelf);
    }
    SUBCASE("a file in it") {
        CHECK(f.history.keep("main", record("a/b.md"), "bytes"));
        const fs::path journal = files_below(f.root, ".log").at(0);
        fs::remove(journal);
        fs::create_symlink(f.folder.path() / "elsewhere" / "log", journal);
    }
    CHECK_FALSE(f.history.keep("main", record("a/b.md"), "bytes"));
    CHECK(fs::is_empty(f.folder.path() / "elsewhere"));
}

TEST_CASE("what cannot be kept is an error and no exception") {
    Fixture f;
    SUBCASE("a file is in the way") { overwrite(f.root, "x"); }
    SUBCASE("a folder is in the way of the journal") {
        CHECK(f.history.keep("main", record("a/b.md"), "bytes"));
        const fs::path journal = files_below(f.root, ".log").at(0);
        fs::remove(journal);
        fs::create_directory(journal);
    }
    const auto kept = f.history.keep("main", record("a/b.md"), "bytes");
    REQUIRE_FALSE(kept);
    CHECK(kept.error().fault == Fault::unavailable);
}

TEST_CASE("pruning takes what is too old") {
    Fixture f;
    CHECK(f.history.keep("main", record("a/old.md"), "old"));
    CHECK(f.history.keep("main", record("a/old.md"), "old and young"));
    CHECK(f.history.keep("main", record("a/new.md", kNoon + 24h * 80), "new"));
    CHECK(f.history.keep("main", record("a/new.md", kNoon + 24h * 80), "old and young"));
    const auto pruned = f.history.prune({.max_age = std::chrono::days(30)}, kNoon + 24h * 90);
    CHECK(pruned.versions == 2);
    CHECK(records_in(f.history, "main").size() == 2);
    CHECK(latest_bytes(f.history) == "old and young");
    CHECK(f.history.prune({.max_age = std::chrono::days(30)}, kNoon + 24h * 400).versions == 2);
    CHECK(files_below(f.root, "").empty());
}

TEST_CASE("a limit that reaches back beyond all time keeps everything") {
    Fixture f;
    CHECK(f.history.keep("main", record("a/b.md"), "bytes"));
    for (const int days : {30'000, 106'751'992, 2'000'000'000, std::numeric_limits<int>::max()}) {
        CAPTURE(days);
        CHECK(f.history.prune({.max_age = std::chrono::days(days)}, kNoon + 24h).versions == 0);
        CHECK(f.history.tend({.max_age = std::chrono::days(days)}, kNoon + 24h * 3)->versions == 0);
    }
    CHECK(records_in(f.history, "main").size() == 1);
}

TEST_CASE("pruning takes the oldest of what is too much") {
    Fixture f;
    const HistoryLimits limits{.max_bytes = 500'000};
    std::string noise;
    for (std::uint32_t i = 1; i < 9000; ++i) noise += static_cast<char>(i * i * 2654435761U >> 24U);
    for (int i = 0; i < 100; ++i) {
        CHECK(f.history.keep(i % 2 == 0 ? "main" : "other",
                             record("a/b.md", kNoon + std::chrono::minutes(i)),
                             std::to_string(i) + noise, limits));
    }
    const auto all = f.history.size();
    REQUIRE(all.versions == 100);
    const auto pruned = f.history.prune(limits, kNoon + 24h);
    CHECK(pruned.versions > 40);
    CHECK(f.history.size().bytes <= limits.max_bytes);
    CHECK(f.history.size().bytes > limits.max_bytes - 150'000);
    CHECK(latest_bytes(f.history) == "98" + noise);
    for (const auto& each : records_in(f.history, "main")) CHECK(f.history.bytes("main", each));
    CHECK(f.history.prune(limits, kNoon + 24h).versions == 0);
}

TEST_CASE("journals count as what is kept") {
    Fixture f;
    const HistoryLimits limits{.max_bytes = 200'000};
    for (int i = 0; i < 5000; ++i) {
        CHECK(f.history.keep("main", record("a/b.md"), std::nullopt, limits));
    }
    CHECK(f.history.size().bytes > limits.max_bytes);
    CHECK(f.history.tend(limits, kNoon));
    CHECK(f.history.size().bytes <= limits.max_bytes);
    CHECK(records_in(f.history, "main").size() > 500);
}

TEST_CASE("what is too old goes once a day and by a clock that runs") {
    Fixture f;
    const HistoryLimits limits{.max_age = std::chrono::days(30)};
    CHECK_FALSE(f.history.tend(limits, kNoon));
    CHECK_FALSE(fs::exists(f.root));
    CHECK(f.history.keep("main", record("a/b.md", kNoon - 24h * 40), "old"));
    CHECK(f.history.tend(limits, kNoon)->versions == 0);
    CHECK(f.history.tend(limits, kNoon + 23h)->versions == 0);
    SUBCASE("as the days pass") { CHECK(f.history.tend(limits, kNoon + 25h)->versions == 1); }
    SUBCASE("not when the clock leaps") {
        CHECK(f.history.keep("main", record("a/b.md", kNoon + 24h * 400), "wrong"));
        CHECK(f.history.tend(limits, kNoon + 24h * 400)->versions == 0);
        CHECK(f.history.tend(limits, kNoon + 1h)->versions == 0);
        CHECK(records_in(f.history, "main").size() == 2);
    }
    SUBCASE("but when it has been right for a day") {
        CHECK(f.history.tend(limits, kNoon + 24h * 400)->versions == 0);
        CHECK(f.history.tend(limits, kNoon + 24h * 401)->versions == 1);
    }
}

TEST_CASE("a project has the past of its folder and takes it along") {
    Fixture f;
    CHECK(f.history.keep("/home/ann/notes", record("a/b.md"), "hers"));
    CHECK(records_in(f.history, "/home/ann/notes/").size() == 1);
    CHECK(records_in(f.history, "/home/bob/notes").empty());
    f.history.follow("/home/ann/notes", "/home/ann/diary");
    CHECK(records_in(f.history, "/home/ann/notes").empty());
    CHECK(records_in(f.history, "/home/ann/diary").size() == 1);
    CHECK(f.history.keep("/home/ann/notes", record("a/c.md"), "new"));
    f.history.follow("/home/ann/notes", "/home/ann/diary");
    CHECK(records_in(f.history, "/home/ann/diary")[0].path.str() == "a/b.md");
}

TEST_CASE("files that are not ours neither disturb nor go") {
    Fixture f;
    for (const char* name :
         {"objects/ab/x.zst", "journal/main-12/2026-01-01.log", "readme", "main/2026-01-01.log",
          "main/2026-01-01.0001.logs", "main/2026-0x-01.0001.log", "main/notes.pack"}) {
        f.folder.write(std::string("history/") + name, "x");
    }
    CHECK(f.history.keep("main", record("a/b.md"), "bytes"));
    CHECK(f.history.size().versions == 1);
    CHECK(f.history.prune({.max_age = std::chrono::days(1)}, kNoon + 24h * 400).versions == 1);
    CHECK(files_below(f.root, "").size() == 7);
}

TEST_CASE("what cannot be read is not taken for nothing") {
    Fixture f;
    REQUIRE(f.history.keep("main", record("a/b.md"), "bytes"));
    const auto kept = records_in(f.history, "main").front();
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{0, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK_THROWS_AS(records_in(f.history, "main"), std::system_error);
    const auto bytes = f.history.bytes("main", kept);
    const auto more = f.history.keep("main", record("a/b.md"), "more");
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().fault == Fault::unavailable);
    CHECK(bytes.error().message.find("Too many open files. ") != std::string::npos);
    REQUIRE_FALSE(more);
    CHECK(more.error().message.find("Too many open files. ") != std::string::npos);
    CHECK(f.history.bytes("main", kept) == "bytes");
    CHECK(records_in(f.history, "nobody").empty());
}

TEST_CASE("an empty folder of a project goes with what was in it") {
    Fixture f;
    REQUIRE(f.history.keep("/a/old", record("b.md"), "bytes"));
    REQUIRE(f.history.keep("/a/new", record("b.md", kNoon + 24h * 300), "bytes"));
    // These are somebody's.
    fs::create_directory(f.root / "kept");
    fs::create_directory(f.root / "kept-0123456789abcdeg");
    f.folder.write("history/held-0123456789abcdef/mine", "x");
    const auto folders = [&] {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(f.root)) {
            if (entry.is_directory()) names.push_back(entry.path().filename());
        }
        std::sort(names.begin(), names.end());
        for (auto& name : names) {
            if (name.starts_with("new-") || name.starts_with("old-")) name.resize(3);
        }
        return names;
    };
    using Names = std::vector<std::string>;
    const Names foreign{"held-0123456789abcdef", "kept", "kept-0123456789abcdeg"};
    const auto with = [&](const char* name) {
        Names names = foreign;
        names.emplace_back(name);
        return names;
    };
    CHECK(folders().size() == 5);
    CHECK(f.history.prune({.max_age = std::chrono::days(30)}, kNoon + 24h * 310).versions == 1);
    CHECK(folders() == with("new"));
    f.history.forget("/a/new");
    CHECK(folders() == foreign);
    CHECK(records_in(f.history, "/a/new").empty());
    // It is made again, by the same object, too.
    REQUIRE(f.history.keep("/a/new", record("b.md"), "bytes"));
    CHECK(f.history.bytes("/a/new", records_in(f.history, "/a/new").front()) == "bytes");
    f.history.forget("/a/nothing");
    CHECK(folders() == with("new"));
}

TEST_CASE("a version is kept while somebody takes empty folders away") {
    Fixture f;
    std::jthread pruner([&](const std::stop_token& stop) {
        const NoteHistory other(f.root);
        while (!stop.stop_requested()) (void)other.prune({}, kNoon);
    });
    for (int i = 0; i < 200; ++i) {
        const std::string project = "/p/" + std::to_string(i);
        REQUIRE(f.history.keep(project, record("b.md"), "bytes"));
        CHECK(records_in(f.history, project).size() == 1);
    }
}

TEST_CASE("several processes and threads lose no version") {
    Fixture f;
    constexpr int kWriters = 4;
    constexpr int kVersions = 60;
    const auto write_all = [&f](const std::string& writer) {
        const NoteHistory history(f.root);
        for (int i = 0; i < kVersions; ++i) {
            // Every other version is one that all of them keep.
            const std::string bytes = (i % 2 == 0 ? "common" : writer) + std::to_string(i);
            if (!history.keep("main", record("a/" + writer + ".md"), bytes)) return 1;
        }
        return 0;
    };
    {
        test::ChildProcess first([&] { return write_all("first"); });
        test::ChildProcess second([&] { return write_all("second"); });
        std::vector<std::thread> threads;
        threads.emplace_back([&] { CHECK(write_all("third") == 0); });
        threads.emplace_back([&] { CHECK(write_all("fourth") == 0); });
        threads.emplace_back([&] { f.history.prune({}, kNoon); });
        for (auto& thread : threads) thread.join();
        CHECK(first.wait() == 0);
        CHECK(second.wait() == 0);
    }
    const auto records = records_in(f.history, "main");
    CHECK(records.size() == kWriters * kVersions);
    for (const auto& each : records) CHECK(f.history.bytes("main", each));
    // The common ones are kept once, but for those that two of them kept at the same moment.
    CHECK(f.history.size().versions < kWriters * kVersions);
}

TEST_CASE("what another process kept is known here") {
    Fixture f;
    CHECK(f.history.keep("main", record("a/mine.md"), "first"));
    const NoteHistory other(f.root);
    CHECK(other.keep("main", record("a/theirs.md"), "first"));
    CHECK(other.keep("main", record("a/theirs.md"), "second"));
    CHECK(f.history.keep("main", record("a/mine.md"), "second"));
    CHECK(f.history.size().versions == 2);
}

TEST_CASE("a writer that is killed leaves whole records and whole versions") {
    Fixture f;
    test::Signal started;
    {
        test::ChildProcess writer([&] {
            for (int i = 0;; ++i) {
                [[maybe_unused]] const auto kept =
                    f.history.keep("main", record("a/b.md"), "version " + std::to_string(i));
                if (i == 20) started.give();
            }
            return 0;
        });
        started.await();
        writer.kill();
        CHECK(writer.wait() == -1);
    }
    CHECK(f.history.keep("main", record("a/after.md"), "after"));
    const auto records = records_in(f.history, "main");
    CHECK(records.size() > 20);
    CHECK(records[0].path.str() == "a/after.md");
    for (const auto& each : records) CHECK(f.history.bytes("main", each));
}

TEST_CASE("no volume goes while somebody writes into it and none is written while it goes") {
    const test::TemporaryFolder folder;
    const NoteHistory history(folder.path() / "history");
    REQUIRE(history.keep("main", record("a.md"), "one", HistoryLimits{}));
    const auto journals = files_below(folder.path() / "history", ".log");
    REQUIRE(journals.size() == 1);
    const fs::path& journal = journals.front();
    const auto size = fs::file_size(journal);
    {
        HeldShelf writer(journal.parent_path(), LOCK_SH);
        // Writers are together.
        REQUIRE(history.keep("main", record("a.md"), "two", HistoryLimits{}));
        const std::jthread removal([&] { history.forget("main"); });
        std::this_thread::sleep_for(100ms);
        CHECK(fs::exists(journal));
        writer.release();
    }
    CHECK_FALSE(fs::exists(journal));
    REQUIRE(history.keep("main", record("a.md"), "three", HistoryLimits{}));
    {
        HeldShelf remover(journal.parent_path(), LOCK_EX);
        const std::jthread writer(
            [&] { CHECK(history.keep("main", record("a.md"), "four", HistoryLimits{})); });
        std::this_thread::sleep_for(100ms);
        CHECK(fs::file_size(journal) == size);
        remover.release();
    }
    CHECK(latest_bytes(history) == "four");
}

}  // namespace
}  // namespace bm
