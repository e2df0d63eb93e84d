#include <filesystem>
#include <fstream>
#include <variant>

#include <doctest/doctest.h>
#include <unistd.h>

#include "sync/note_store.hpp"
#include "sync/watcher.hpp"
#include "tests/support/ordinary_user.hpp"
#include "tests/sync/watched_fixture.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::WatchedFixture;

TEST_CASE("files that are added and edited and moved and deleted are followed") {
    WatchedFixture fixture;
    fixture.start();
    fixture.write("in/a.md", "# A\nfirst words");
    REQUIRE(fixture.gets("in/a.md"));
    const auto id = fixture.entity("in/a.md")->external_id;
    fixture.write("in/a.md", "# A\nzebra words");
    CHECK(fixture.comes_to_say("in/a.md", "zebra"));
    fs::rename(fixture.notes() / "in/a.md", fixture.notes() / "b.md");
    REQUIRE(fixture.gets("b.md"));
    CHECK(fixture.entity("b.md")->external_id == id);
    CHECK_FALSE(fixture.entity("in/a.md"));
    fs::remove(fixture.notes() / "b.md");
    CHECK(fixture.loses("b.md"));
}

TEST_CASE("the atomic saves of editors are one modification of the same note") {
    WatchedFixture fixture;
    fixture.write("a.md", "# A\nold words");
    fixture.start();
    const auto id = fixture.entity("a.md")->external_id;
    SUBCASE("vim") {
        fs::rename(fixture.notes() / "a.md", fixture.notes() / "a.md~");
        fixture.write("a.md", "# A\nnew words");
        fs::remove(fixture.notes() / "a.md~");
    }
    SUBCASE("VS Code") {
        std::ofstream saved(fixture.notes() / "a.md", std::ios::trunc);
        saved << "# A\n" << std::flush << "new words";
    }
    SUBCASE("Obsidian") {
        fixture.write("a.md.tmp", "# A\nnew words");
        fs::rename(fixture.notes() / "a.md.tmp", fixture.notes() / "a.md");
    }
    SUBCASE("rclone") {
        fixture.write("a.md.0a1b2c3d.partial", "# A\nnew words");
        fs::rename(fixture.notes() / "a.md.0a1b2c3d.partial", fixture.notes() / "a.md");
    }
    CHECK(fixture.comes_to_say("a.md", "new words"));
    CHECK(fixture.entity("a.md")->external_id == id);
    const auto project = fixture.project().id;
    CHECK(fixture.read_index([&](Tables& tables) { return tables.entities.count(project); }) == 1);
}

TEST_CASE("a folder that is renamed keeps its notes") {
    WatchedFixture fixture;
    fixture.write("old/deep/a.md", "# A\nsome words");
    fixture.start();
    const auto id = fixture.entity("old/deep/a.md")->external_id;
    fs::rename(fixture.notes() / "old", fixture.notes() / "new");
    REQUIRE(fixture.gets("new/deep/a.md"));
    CHECK(fixture.entity("new/deep/a.md")->external_id == id);
    CHECK(fixture.loses("old/deep/a.md"));
    fixture.write("new/deep/a.md", "# A\nother words");
    CHECK(fixture.comes_to_say("new/deep/a.md", "other"));
    fs::remove_all(fixture.notes() / "new");
    CHECK(fixture.loses("new/deep/a.md"));
}

TEST_CASE("a file that somebody keeps open and extends is indexed meanwhile") {
    WatchedFixture fixture;
    fixture.start();
    std::ofstream journal(fixture.notes() / "journal.md", std::ios::app);
    journal << "# Journal\nfirst line\n" << std::flush;
    CHECK(fixture.comes_to_say("journal.md", "first line"));
    journal << "second line\n" << std::flush;
    CHECK(fixture.comes_to_say("journal.md", "second line"));
}

TEST_CASE("forward references resolve when their target appears from whichever side") {
    WatchedFixture fixture;
    fixture.start();
    const auto is_resolved = [&](std::string_view from) {
        return eventually([&] {
            if (!fixture.entity(from)) return false;
            const auto links = fixture.links(from);
            return links.size() == 1 && links.front().to_path.has_value();
        });
    };
    fixture.write("a.md", "- knows [[By File]]\n");
    fixture.write("b.md", "- knows [[By Tool]]\n");
    REQUIRE(fixture.gets("a.md"));
    REQUIRE(fixture.gets("b.md"));
    fixture.write("By File.md", "x");
    CHECK(is_resolved("a.md"));
    NoteDraft draft;
    draft.title = "By Tool";
    REQUIRE(std::holds_alternative<StoredNote>(
        NoteStore(fixture.knowledge(), fixture.project()).write("", draft, true)));
    CHECK(is_resolved("b.md"));
}

TEST_CASE("what this program writes itself is not indexed a second time") {
    WatchedFixture fixture;
    fixture.start();
    const int runs = fixture.told.runs();
    NoteDraft draft;
    draft.title = "Mine";
    REQUIRE(std::holds_alternative<StoredNote>(
        NoteStore(fixture.knowledge(), fixture.project()).write("", draft, true)));
    REQUIRE(eventually([&] { return fixture.told.runs() > runs; }));
    CHECK(fixture.told.last().is_clean());
    CHECK(fixture.told.last().checksums.empty());
}

TEST_CASE("13.1 item 89: ignored files are not indexed and a new ignore rule is obeyed") {
    WatchedFixture fixture;
    fixture.write("private/a.md", "x");
    fixture.start();
    fixture.write(".hidden.md", "x");
    fixture.write("node_modules/b.md", "x");
    fixture.write("seen.md", "x");
    REQUIRE(fixture.gets("seen.md"));
    CHECK_FALSE(fixture.entity(".hidden.md"));
    CHECK_FALSE(fixture.entity("node_modules/b.md"));
    REQUIRE(fixture.entity("private/a.md"));
    fixture.write(".gitignore", "private\n");
    CHECK(fixture.loses("private/a.md"));
    fs::remove(fixture.notes() / ".gitignore");
    REQUIRE(fixture.gets("private/a.md"));
    fixture.write("private/b.md", "x");
    CHECK(fixture.gets("private/b.md"));
    fixture.folder().write("data/.bmignore", "private\n");
    CHECK(fixture.loses("private/b.md"));
}

TEST_CASE("permissions that change are noticed and the index keeps what nobody may read") {
    WatchedFixture fixture;
    fixture.write("in/a.md", "# A\nsome words");
    {
        const test::OrdinaryUser user;
        fixture.start();  // the threads of the watcher stay what this one is now
    }
    fs::permissions(fixture.notes() / "in", fs::perms::none);
    fixture.write("b.md", "x");
    REQUIRE(fixture.gets("b.md"));
    const auto names_folder = [&] {
        const auto report = fixture.told.last();
        return report.unreadable_folders == std::vector<std::string>{"in/"};
    };
    CHECK(eventually(names_folder));
    CHECK(fixture.entity("in/a.md"));
    fs::permissions(fixture.notes() / "in", fs::perms::owner_all);
    fixture.write("in/c.md", "x");
    CHECK(fixture.gets("in/c.md"));
}

TEST_CASE("a burst of files from outside is indexed to the last one") {
    WatchedFixture fixture;
    fixture.start();
    constexpr int kFiles = 700;  // more than are looked at one by one
    for (int i = 0; i < kFiles; ++i) {
        fixture.write("f" + std::to_string(i % 9) + "/n" + std::to_string(i) + ".md", "x");
    }
    const auto project = fixture.project().id;
    CHECK(eventually([&] {
        return fixture.read_index([&](Tables& tables) { return tables.entities.count(project); }) ==
               kFiles;
    }));
}

}  // namespace
}  // namespace bm
