#include "sync/watermark.hpp"

#include <chrono>
#include <ctime>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;
using Paths = std::vector<std::string>;
namespace fs = std::filesystem;

/// A project that is scanned by watermark.
class Watermarked {
public:
    Watermarked()
        : fixture(std::map<std::string, std::string>{{"BASIC_MEMORY_SCAN_STRATEGY", "watermark"}}) {
    }

    SyncReport sync(bool full = false) {
        SyncOptions options;
        options.full = full;
        return sync(options);
    }

    SyncReport sync(const SyncOptions& options) {
        auto report = reconcile_project(fixture.knowledge(), fixture.project(), options);
        REQUIRE(report);
        return *std::move(report);
    }

    /// A file whose time is so many seconds from that of the last scan.
    void write(const std::string& name, const std::string& text, int seconds) {
        fixture.write(name, text);
        const auto now = fs::file_time_type::clock::now();
        fs::last_write_time(fixture.notes() / name, now + std::chrono::seconds(seconds));
    }

    /// Time passes, on the clock that scans are dated by.
    void wait(int seconds) { fixture.advance(std::chrono::seconds(seconds)); }

    KnowledgeFixture fixture;
};

TEST_CASE("10.2: which scan is chosen") {
    const Timestamp then{};
    CHECK(choose_scan(true, 5, then, 5) == ScanKind::full_forced);
    CHECK(choose_scan(true, std::nullopt, std::nullopt, 5) == ScanKind::full_forced);
    CHECK(choose_scan(false, std::nullopt, std::nullopt, 5) == ScanKind::full_initial);
    CHECK(choose_scan(false, std::nullopt, then, 5) == ScanKind::full_initial);
    CHECK(choose_scan(false, 5, then, 4) == ScanKind::full_deletions);
    CHECK(choose_scan(false, 5, then, 5) == ScanKind::incremental);
    CHECK(choose_scan(false, 5, then, 6) == ScanKind::incremental);
    CHECK(choose_scan(false, 5, std::nullopt, 6) == ScanKind::full_fallback);
    CHECK(name_of(ScanKind::full_deletions) == "full_deletions");
}

TEST_CASE("a scan by watermark finds what is new and what was changed") {
    Watermarked it;
    it.write("a.md", "one", -100);
    it.write("b.md", "one", -100);
    CHECK(it.sync().added == Paths{"a.md", "b.md"});
    CHECK(it.sync().is_clean());
    it.write("a.md", "two", 10);
    it.write("c.md", "new", 10);
    const auto report = it.sync();
    CHECK(report.modified == Paths{"a.md"});
    CHECK(report.added == Paths{"c.md"});
    CHECK(report.total_files == 3);
    it.wait(60);
    CHECK(it.sync().is_clean());
}

TEST_CASE("a scan by watermark does not see a change with an old time until it is forced") {
    Watermarked it;
    it.write("a.md", "one", -100);
    it.sync();
    it.write("a.md", "two", -50);
    CHECK(it.sync().is_clean());
    CHECK(it.sync(true).modified == Paths{"a.md"});
}

TEST_CASE("a scan by watermark reads again what was read within a step of the clock") {
    Watermarked it;
    it.write("a.md", "one", -100);
    it.sync();
    it.write("a.md", "two", -100);
    const auto row = *it.fixture.entity("a.md");
    auto stamp = it.fixture.settled_stamp("a.md");
    ++stamp.ctime_ns;
    it.fixture.knowledge().index().write(
        [&](Tables& tables) { tables.entities.set_stamp(row.id, stamp); });
    CHECK(it.sync().modified == Paths{"a.md"});
    CHECK(it.sync().is_clean());
}

TEST_CASE("a scan by watermark looks at everything when files have become fewer") {
    Watermarked it;
    for (const char* name : {"a.md", "b.md", "c.md"}) it.write(name, name, -100);
    it.sync();
    fs::remove(it.fixture.notes() / "b.md");
    fs::rename(it.fixture.notes() / "c.md", it.fixture.notes() / "d.md");
    const auto report = it.sync();
    CHECK(report.deleted == Paths{"b.md"});
    CHECK(report.moved == std::map<std::string, std::string>{{"c.md", "d.md"}});
    CHECK(it.sync().is_clean());
}

TEST_CASE("a scan by watermark knows a moved file by its bytes") {
    Watermarked it;
    it.write("a.md", "one", -100);
    it.write("b.md", "another", -100);
    it.sync();
    const auto before = it.fixture.entity("a.md");
    fs::rename(it.fixture.notes() / "a.md", it.fixture.notes() / "c.md");
    fs::last_write_time(it.fixture.notes() / "c.md",
                        fs::file_time_type::clock::now() + std::chrono::seconds(10));
    CHECK(it.sync().moved == std::map<std::string, std::string>{{"a.md", "c.md"}});
    CHECK(it.fixture.entity("c.md")->external_id == before->external_id);
}

TEST_CASE("a scan by watermark obeys ignore rules and tries failed files again") {
    Watermarked it;
    it.fixture.write(".gitignore", "drafts\n");
    it.write("a.md", "one", -100);
    it.write("bad.md", "caf\xe9", -100);
    CHECK(it.sync().failed.size() == 1);
    it.write("drafts/x.md", "draft", 10);
    auto report = it.sync();
    CHECK(report.added.empty());
    CHECK(report.failed.size() == 1);
    it.write("bad.md", "good", -100);
    CHECK(it.sync().added == Paths{"bad.md"});
}

TEST_CASE("a run that was stopped leaves the watermark where it was") {
    Watermarked it;
    it.write("a.md", "one", -100);
    it.sync();
    it.write("b.md", "new", 10);
    it.wait(60);
    std::stop_source stop;
    stop.request_stop();
    SyncOptions options;
    options.stop = stop.get_token();
    REQUIRE(reconcile_project(it.fixture.knowledge(), it.fixture.project(), options));
    CHECK(it.sync().added == Paths{"b.md"});
}

TEST_CASE("a scan by watermark finds deletions behind files that others have indexed") {
    Watermarked it;
    for (const char* name : {"a.md", "b.md", "c.md"}) it.write(name, name, -100);
    it.sync();
    SyncOptions part;
    part.scope = {};
    for (const char* name : {"d.md", "e.md", "f.md"}) {
        it.write(name, name, 10);
        part.scope.add(name);
    }
    CHECK(it.sync(part).added.size() == 3);
    fs::remove(it.fixture.notes() / "a.md");
    fs::remove(it.fixture.notes() / "b.md");
    it.write("c.md", "changed", -50);
    const auto report = it.sync();
    CHECK(report.deleted == Paths{"a.md", "b.md"});
    // Everything is looked at when some are missing.
    CHECK(report.modified == Paths{"c.md"});
}

TEST_CASE("a scan by watermark finds files that came and went in equal number") {
    Watermarked it;
    it.write("a.md", "one", -100);
    it.write("b.md", "another", -100);
    it.sync();
    fs::remove(it.fixture.notes() / "a.md");
    it.write("c.md", "third", -50);
    const auto report = it.sync();
    CHECK(report.added == Paths{"c.md"});
    CHECK(report.deleted == Paths{"a.md"});
}

TEST_CASE("a project that was given another folder is looked at as a whole") {
    Watermarked it;
    it.write("a.md", "one", -100);
    it.sync();
    it.fixture.folder().write("new/b.md", "two");
    const auto place = it.fixture.folder().path() / "new";
    fs::last_write_time(place / "b.md", fs::file_time_type::clock::now() - std::chrono::hours(9));
    REQUIRE(it.fixture.knowledge().set_project_path("main", place.string()));
    CHECK_FALSE(it.fixture.knowledge().was_scanned(it.fixture.project()));
    const auto report = it.sync();
    CHECK(report.added == Paths{"b.md"});
    CHECK(report.deleted == Paths{"a.md"});
}

TEST_CASE("one new file costs a scan by watermark no look at each file of the same size") {
    constexpr int kFiles = 2'000;
    Watermarked it;
    const auto name = [](int i) { return "x/n" + std::to_string(i) + ".md"; };
    for (int i = 0; i < kFiles; ++i) it.write(name(i), std::to_string(i + 10'000), -100);
    it.sync();
    const auto cost = [&] {
        const std::clock_t begun = std::clock();
        it.sync();
        return static_cast<double>(std::clock() - begun);
    };
    const double usual = cost();
    it.write("new.md", "00000", 10);
    // A look into the folder for each of its files would take some hundred times as long.
    CHECK(cost() < 10 * usual + 0.1 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace bm
