#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "repository/descriptor.hpp"
#include "sync/prepared_files.hpp"
#include "sync/reconcile.hpp"
#include "tests/support/memory_note_files.hpp"
#include "tests/sync/fixture.hpp"

// How many files a sync opens, and how many at once.

namespace bm {
namespace {

using test::KnowledgeFixture;

/// Hears of every file in a folder that is opened, whoever does it.
class OpenedFiles {
public:
    explicit OpenedFiles(const std::filesystem::path& folder)
        : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
        REQUIRE(::inotify_add_watch(events_.number(), folder.c_str(), IN_OPEN) >= 0);
    }

    std::multiset<std::string> take() {
        std::multiset<std::string> names;
        alignas(inotify_event) std::array<char, 64 * 1024> buffer{};
        while (true) {
            const ssize_t length = ::read(events_.number(), buffer.data(), buffer.size());
            if (length <= 0) return names;
            for (ssize_t at = 0; at < length;) {
                const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
                if (event->len > 0) names.insert(event->name);
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            }
        }
    }

private:
    Descriptor events_;
};

TEST_CASE("a sync opens what looks different and nothing else") {
    KnowledgeFixture fixture;
    for (const char* name : {"a.md", "b.md", "c.md", "d.png"}) fixture.write(name, name);
    fixture.settled_stamp("d.png");
    OpenedFiles opened(fixture.notes());
    const auto sync = [&] { REQUIRE(reconcile_project(fixture.knowledge(), fixture.project())); };
    sync();
    CHECK(opened.take().size() == 4);
    sync();
    CHECK(opened.take().empty());
    fixture.write("b.md", "says more now");
    fixture.settled_stamp("b.md");
    opened.take();
    sync();
    CHECK(opened.take() == std::multiset<std::string>{"b.md"});
    std::filesystem::rename(fixture.notes() / "c.md", fixture.notes() / "moved.md");
    fixture.settled_stamp("moved.md");
    sync();
    const auto moved = opened.take();
    CHECK(std::set<std::string>(moved.begin(), moved.end()) == std::set<std::string>{"moved.md"});
    std::filesystem::remove(fixture.notes() / "a.md");
    sync();
    CHECK(opened.take().empty());
}

/// Says how many are read at the same time.
class CountedFiles final : public NoteFiles {
public:
    Result<FileContent> read(const RelativePath& path) override {
        const int now = ++in_flight_;
        int most = most_;
        while (now > most && !most_.compare_exchange_weak(most, now)) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        auto content = files.read(path);
        --in_flight_;
        return content;
    }
    Result<MeasuredFile> measure(const RelativePath& path) override { return files.measure(path); }
    Result<FileStamp> stamp(const RelativePath& path) override { return files.stamp(path); }
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

    [[nodiscard]] int most() const { return most_; }

    test::MemoryNoteFiles files;

private:
    std::atomic<int> in_flight_ = 0;
    std::atomic<int> most_ = 0;
};

TEST_CASE("no more files are in hand at once than was asked for and they come in order") {
    CountedFiles files;
    std::vector<SeenFile> wanted;
    for (int i = 0; i < 60; ++i) {
        const auto path = RelativePath::parse(std::to_string(i) + ".md").value();
        wanted.push_back({path, *files.write(path, "text " + std::to_string(i), std::nullopt)});
    }
    const auto asked = wanted;
    PreparedFiles prepared(files, std::move(wanted), 10);
    for (const auto& file : asked) {
        const auto next = prepared.next();
        REQUIRE(next);
        REQUIRE(*next);
        CHECK((*next)->path == file.path);
    }
    CHECK_FALSE(prepared.next());
    CHECK(files.most() <= 10);
    CHECK(files.most() > 1);
}

TEST_CASE("ten files at once is what is asked for unless the settings say otherwise") {
    KnowledgeFixture fixture;
    CHECK(fixture.knowledge().config()->sync_max_concurrent_files == 10);
}

}  // namespace
}  // namespace bm
