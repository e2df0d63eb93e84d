#include "sync/row_stamp.hpp"

#include <chrono>

#include <doctest/doctest.h>

#include "sync/file_preparation.hpp"
#include "sync/index_check.hpp"
#include "sync/note_store.hpp"
#include "sync/prepared_files.hpp"
#include "sync/reconcile.hpp"
#include "tests/support/memory_note_files.hpp"
#include "tests/sync/fixture.hpp"

// Rows of files that may change again and keep their stamp.

namespace bm {
namespace {

using namespace std::chrono_literals;
using test::KnowledgeFixture;
using Paths = std::vector<std::string>;

FileStamp changed_at(Timestamp at) {
    const auto since = std::chrono::nanoseconds(at.time_since_epoch());
    return {.mtime_ns = 1, .size = 2, .inode = 3, .ctime_ns = since.count()};
}

FileStamp marked(FileStamp stamp) {
    ++stamp.ctime_ns;
    return stamp;
}

/// Files that were changed just now, whenever they are read.
class FreshFiles final : public NoteFiles {
public:
    Result<FileContent> read(const RelativePath& path) override {
        return files.read(path).map([](FileContent content) {
            content.stamp = fresh(content.stamp);
            return content;
        });
    }
    Result<MeasuredFile> measure(const RelativePath& path) override {
        return files.measure(path).map([](MeasuredFile measured) {
            measured.stamp = fresh(measured.stamp);
            return measured;
        });
    }
    Result<FileStamp> stamp(const RelativePath& path) override {
        return files.stamp(path).map(fresh);
    }
    bool exists(const RelativePath& path) override { return files.exists(path); }
    bool folder_exists(std::string_view folder) override { return files.folder_exists(folder); }
    Result<FileStamp> write(const RelativePath& path, std::string_view bytes,
                            const std::optional<FileStamp>& expected) override {
        return files.write(path, bytes, expected);
    }
    Result<FileStamp> move(const RelativePath& from, const RelativePath& to) override {
        return files.move(from, to);
    }
    Result<void> remove(const RelativePath& path) override { return files.remove(path); }
    void prune_empty_folders(const RelativePath& path) override { files.prune_empty_folders(path); }

    static FileStamp fresh(FileStamp stamp) {
        stamp.ctime_ns = changed_at(kFuture).ctime_ns;
        return stamp;
    }
    static inline const Timestamp kFuture = system_now() + 1h;
    test::MemoryNoteFiles files;
};

struct StampedFixture : KnowledgeFixture {
    SyncReport sync(const SyncOptions& options = {}) {
        auto report = reconcile_project(knowledge(), project(), options);
        REQUIRE(report);
        return *std::move(report);
    }
    SyncReport sync_file(std::string_view path) {
        SyncOptions options;
        options.scope = {};
        options.scope.add(std::string(path));
        return sync(options);
    }
    FileStamp stamp(std::string_view path) {
        return knowledge().files(project())->stamp(place(path)).value();
    }
    void set_stamp(std::string_view path, const FileStamp& stamp) {
        const auto id = entity(path)->id;
        knowledge().index().write([&](Tables& tables) { tables.entities.set_stamp(id, stamp); });
    }
    /// As when bytes of the same length come within one step of the clock.
    void change_unseen(std::string_view path, std::string_view bytes) {
        write(path, bytes);
        set_stamp(path, marked(stamp(path)));
    }
    std::int64_t text_doc(std::string_view path) {
        const auto id = entity(path)->id;
        return read_index([&](Tables& tables) { return tables.entities.text_doc(id).value; });
    }
    WriteOutcome write_note(const std::string& title, bool overwrite = true) {
        NoteDraft draft;
        draft.title = title;
        draft.type = "note";
        draft.content = "text";
        return NoteStore(knowledge(), project()).write("", draft, overwrite);
    }
    static RelativePath place(std::string_view path) {
        return RelativePath::parse(std::string(path)).value();
    }
};

TEST_CASE("a file is settled when a change would give it another stamp") {
    const Timestamp at = std::chrono::floor<std::chrono::seconds>(system_now());
    const auto fine = changed_at(at + 345ms);
    CHECK_FALSE(is_settled(fine, at + 345ms));
    CHECK_FALSE(is_settled(fine, at + 445ms));
    CHECK(is_settled(fine, at + 446ms));
    // A file system with steps of whole seconds, or of two.
    const auto coarse = changed_at(at);
    CHECK_FALSE(is_settled(coarse, at + 446ms));
    CHECK_FALSE(is_settled(coarse, at + 2s));
    CHECK(is_settled(coarse, at + 2001ms));
    // A clock that was set back, and one that is ahead of ours.
    CHECK(is_settled(fine, at - 48h));
    CHECK_FALSE(is_settled(fine, at - 1h));
}

TEST_CASE("a mark is another stamp than the file's, and still tells which file it was") {
    const Timestamp at = system_now();
    const auto stamp = changed_at(at);
    CHECK(marked_unless_settled(stamp, at + 5s) == stamp);
    CHECK(marked_unless_settled(stamp, at) == marked(stamp));
    CHECK(is_stamp_of(stamp, stamp));
    CHECK(is_stamp_of(marked(stamp), stamp));
    CHECK_FALSE(is_stamp_of(stamp, marked(stamp)));
    CHECK_FALSE(is_stamp_of(marked(marked(stamp)), stamp));
    auto larger = stamp;
    ++larger.size;
    CHECK_FALSE(is_stamp_of(marked(larger), stamp));
}

TEST_CASE("whatever is read within a step of the clock after its change is marked") {
    FreshFiles files;
    for (const char* name : {"a.md", "a.png"}) {
        CAPTURE(name);
        const auto path = StampedFixture::place(name);
        files.files.put(name, "text");
        const auto prepared = prepare_from_disk(files, path);
        REQUIRE(prepared);
        CHECK(prepared->stamp == marked(*files.stamp(path)));
        const auto settled = prepare_from_disk(files.files, path);
        REQUIRE(settled);
        CHECK(settled->stamp == *files.files.stamp(path));
    }
}

TEST_CASE("a scan marks what it reads within a step of the clock") {
    FreshFiles files;
    const auto path = StampedFixture::place("a.md");
    const auto seen = FreshFiles::fresh(files.files.put("a.md", "text"));
    PreparedFiles prepared(files, {{path, seen}}, 1);
    const auto file = prepared.next();
    REQUIRE(file);
    REQUIRE(*file);
    CHECK((*file)->stamp == marked(seen));
}

TEST_CASE("our own writes are marked until a scan has read them again") {
    StampedFixture fixture;
    fixture.sync();
    fixture.knowledge().wishes().clear();
    REQUIRE(std::holds_alternative<StoredNote>(fixture.write_note("a")));
    CHECK(fixture.entity("a.md")->stamp == marked(fixture.stamp("a.md")));
    // Nobody has to catch up with anything.
    CHECK(fixture.knowledge().wishes().take().empty());
    const auto doc = fixture.text_doc("a.md");
    const auto stamp = fixture.settled_stamp("a.md");
    const auto compared = compare_project(fixture.knowledge(), fixture.project());
    REQUIRE(compared);
    CHECK(compared->is_clean());
    CHECK(fixture.sync().is_clean());
    CHECK(fixture.entity("a.md")->stamp == stamp);
    CHECK(fixture.text_doc("a.md") == doc);
}

TEST_CASE("a moved note is marked where it was written") {
    StampedFixture fixture;
    fixture.write("a.md", "without a permalink");
    fixture.sync();
    fixture.knowledge().wishes().clear();
    const auto moved = NoteStore(fixture.knowledge(), fixture.project())
                           .move(*fixture.entity("a.md"), StampedFixture::place("b.md"));
    REQUIRE(moved);
    REQUIRE(fixture.read("b.md").find("permalink") != std::string::npos);
    CHECK(fixture.entity("b.md")->stamp == marked(fixture.stamp("b.md")));
    CHECK(fixture.knowledge().wishes().take().empty());
}

TEST_CASE("what came second within one step of the clock is found by every scan") {
    for (const bool is_whole : {true, false}) {
        CAPTURE(is_whole);
        StampedFixture fixture;
        REQUIRE(std::holds_alternative<StoredNote>(fixture.write_note("a")));
        auto text = fixture.read("a.md");
        text.replace(text.rfind("text"), 4, "next");
        fixture.change_unseen("a.md", text);
        const auto report = is_whole ? fixture.sync() : fixture.sync_file("a.md");
        CHECK(report.modified == Paths{"a.md"});
        CHECK(fixture.entity("a.md")->checksum == checksum_of(text));
    }
}

TEST_CASE("an event of our own write changes nothing in the index") {
    StampedFixture fixture;
    REQUIRE(std::holds_alternative<StoredNote>(fixture.write_note("a")));
    const auto row = fixture.entity("a.md")->stamp;
    fixture.settled_stamp("a.md");
    CHECK(fixture.sync_file("a.md").is_clean());
    CHECK(fixture.entity("a.md")->stamp == row);
}

TEST_CASE("a note that is only marked keeps its documents when a tool looks at it") {
    StampedFixture fixture;
    fixture.write("a.md", "---\ntitle: a\n---\ntext");
    fixture.sync();
    const auto stamp = fixture.settled_stamp("a.md");
    fixture.set_stamp("a.md", marked(stamp));
    const auto doc = fixture.text_doc("a.md");
    const auto outcome = fixture.write_note("a", false);
    REQUIRE(std::holds_alternative<NoteExists>(outcome));
    CHECK(std::get<NoteExists>(outcome).entity.id == fixture.entity("a.md")->id);
    CHECK(fixture.text_doc("a.md") == doc);
    CHECK(fixture.entity("a.md")->stamp == stamp);
    // What was only touched has the date of its touch, and its documents.
    const auto touched = std::filesystem::file_time_type::clock::now() + 48h;
    std::filesystem::last_write_time(fixture.notes() / "a.md", touched);
    REQUIRE(std::holds_alternative<NoteExists>(fixture.write_note("a", false)));
    CHECK(fixture.text_doc("a.md") == doc);
    CHECK(fixture.entity("a.md")->updated > system_now() + 24h);
    // What says something else is indexed.
    fixture.change_unseen("a.md", "---\ntitle: a\n---\nnext");
    REQUIRE(std::holds_alternative<NoteExists>(fixture.write_note("a", false)));
    CHECK(fixture.text_doc("a.md") != doc);
}

TEST_CASE("a marked row is no difference between index and files") {
    StampedFixture fixture;
    REQUIRE(std::holds_alternative<StoredNote>(fixture.write_note("a")));
    const auto id = fixture.entity("a.md")->id;
    const auto check = [&] {
        const auto findings = check_project(fixture.knowledge(), fixture.project());
        REQUIRE(findings);
        return findings->differences.size();
    };
    CHECK(check() == 0);
    // What is one is found though the file was changed just now.
    fixture.knowledge().index().write([&](Tables& tables) {
        tables.database.exec("UPDATE entity SET title = 'b' WHERE id = " +
                             std::to_string(id.value));
    });
    CHECK(check() == 1);
}

}  // namespace
}  // namespace bm
