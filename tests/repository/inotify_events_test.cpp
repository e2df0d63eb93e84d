#include "repository/inotify_events.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/watched_way.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using Kind = FileEvent::Kind;
using Seen = std::set<std::string>;

constexpr WatchId kRoot{1};
constexpr WatchId kName{2};

/// One root that is watched, with "skipped" left out.
class Watched {
public:
    explicit Watched(std::size_t most_watches = InotifyEvents::kNoLimit) : events(most_watches) {
        fs::create_directories(root());
    }

    Coverage open() {
        return events.add_root(kRoot, root(), [](std::string_view path, bool) {
            return path.find("skipped") != std::string_view::npos;
        });
    }
    /// Events of a file system are told before the call that caused them returns.
    Seen seen() {
        Seen told;
        for (const auto& event : events.read()) told.insert(text_of(event));
        return told;
    }
    static std::string text_of(const FileEvent& event) {
        switch (event.kind) {
            case Kind::changed:
                return "changed " + event.path;
            case Kind::growing:
                return "growing " + event.path;
            case Kind::tree_changed:
                return "tree " + event.path;
            case Kind::root_gone:
                return "gone";
            case Kind::uncovered:
                return "uncovered";
            case Kind::lost:
                return "lost";
        }
        return "";
    }

    [[nodiscard]] fs::path root() const { return folder.path() / "root"; }
    void write(const std::string& name, std::string_view text) const {
        folder.write("root/" + name, text);
    }
    void append(const std::string& name, std::string_view text) const {
        std::ofstream(root() / name, std::ios::app) << text;
    }

    test::TemporaryFolder folder;
    InotifyEvents events;
};

TEST_CASE("files that are made and changed and removed are told") {
    Watched watched;
    watched.write("old.md", "x");
    REQUIRE(watched.open() == Coverage::complete);
    CHECK(watched.seen().empty());
    watched.write("a.md", "x");
    CHECK(watched.seen().contains("changed a.md"));
    watched.append("old.md", "more");
    CHECK(watched.seen().contains("changed old.md"));
    fs::remove(watched.root() / "old.md");
    CHECK(watched.seen() == Seen{"changed old.md"});
    fs::create_hard_link(watched.root() / "a.md", watched.root() / "linked.md");
    CHECK(watched.seen().contains("changed linked.md"));
}

TEST_CASE("the descriptor is readable when there is something to read and not before") {
    Watched watched;
    watched.open();
    pollfd source{watched.events.descriptor(), POLLIN, 0};
    CHECK(::poll(&source, 1, 0) == 0);
    watched.write("a.md", "x");
    CHECK(::poll(&source, 1, 0) == 1);
    watched.seen();
    CHECK(::poll(&source, 1, 0) == 0);
}

TEST_CASE("a file that stays open is told as growing and as changed when it is closed") {
    Watched watched;
    watched.open();
    const int file = ::open((watched.root() / "log.md").c_str(), O_WRONLY | O_CREAT, 0600);
    REQUIRE(::write(file, "x", 1) == 1);
    CHECK(watched.seen() == Seen{"growing log.md"});
    ::close(file);
    CHECK(watched.seen() == Seen{"changed log.md"});
}

TEST_CASE("the ways in which editors save are told as changes of the file") {
    Watched watched;
    watched.write("a.md", "old");
    watched.open();
    SUBCASE("vim: the old file becomes a backup") {
        fs::rename(watched.root() / "a.md", watched.root() / "a.md~");
        watched.write("a.md", "new");
        fs::remove(watched.root() / "a.md~");
    }
    SUBCASE("VS Code and Obsidian: truncated and written") { watched.write("a.md", "new"); }
    SUBCASE("rclone and bm: another file takes the name") {
        watched.write("a.md.0a1b.partial", "new");
        fs::rename(watched.root() / "a.md.0a1b.partial", watched.root() / "a.md");
    }
    CHECK(watched.seen().contains("changed a.md"));
}

TEST_CASE("permissions and times that change are told") {
    Watched watched;
    watched.write("a.md", "x");
    watched.write("in/b.md", "x");
    watched.open();
    ::chmod((watched.root() / "a.md").c_str(), 0400);
    CHECK(watched.seen() == Seen{"changed a.md"});
    ::chmod((watched.root() / "in").c_str(), 0500);
    CHECK(watched.seen() == Seen{"tree in"});
}

TEST_CASE("new folders are watched with everything that is in them already") {
    Watched watched;
    watched.open();
    watched.write("new/deep/a.md", "x");
    CHECK(watched.seen().contains("tree new"));
    watched.write("new/deep/b.md", "x");
    CHECK(watched.seen().contains("changed new/deep/b.md"));
    watched.write("new/deep/deeper/c.md", "x");
    CHECK(watched.seen().contains("tree new/deep/deeper"));
}

TEST_CASE("folders that are moved within and in and out are followed") {
    Watched watched;
    watched.write("a/deep/note.md", "x");
    watched.folder.write("outside/o.md", "x");
    watched.open();
    fs::rename(watched.root() / "a", watched.root() / "b");
    CHECK(watched.seen() == Seen{"tree a", "tree b"});
    watched.append("b/deep/note.md", "x");
    CHECK(watched.seen().contains("changed b/deep/note.md"));
    fs::rename(watched.folder.path() / "outside", watched.root() / "b/in");
    CHECK(watched.seen() == Seen{"tree b/in"});
    watched.append("b/in/o.md", "x");
    CHECK(watched.seen().contains("changed b/in/o.md"));
    fs::rename(watched.root() / "b", watched.folder.path() / "outside");
    CHECK(watched.seen() == Seen{"tree b"});
    watched.folder.write("outside/deep/note.md", "not ours any more");
    CHECK(watched.seen().empty());
    fs::create_directories(watched.root() / "b/deep");
    watched.seen();
    watched.write("b/deep/again.md", "x");
    CHECK(watched.seen().contains("changed b/deep/again.md"));
}

TEST_CASE("a folder that is removed with all that is in it is told") {
    Watched watched;
    watched.write("a/deep/note.md", "x");
    watched.open();
    fs::remove_all(watched.root() / "a");
    CHECK(watched.seen().contains("tree a"));
    watched.write("a/deep/note.md", "x");
    CHECK(watched.seen().contains("tree a"));
}

TEST_CASE("13.1 item 89: ignored folders and files are not told") {
    Watched watched;
    watched.write("skipped/a.md", "x");
    REQUIRE(watched.open() == Coverage::complete);
    watched.append("skipped/a.md", "x");
    watched.write("skipped-too/b.md", "x");
    watched.write("skipped.md", "x");
    CHECK(watched.seen().empty());
}

TEST_CASE("symbolic links to folders are not followed") {
    Watched watched;
    watched.folder.write("outside/o.md", "x");
    watched.open();
    fs::create_directory_symlink(watched.folder.path() / "outside", watched.root() / "link");
    watched.seen();
    watched.folder.write("outside/o.md", "y");
    CHECK(watched.seen().empty());
}

TEST_CASE("a root that goes away is told once and can be added again") {
    Watched watched;
    watched.write("a.md", "x");
    watched.open();
    SUBCASE("removed") {
        fs::remove_all(watched.root());
        CHECK(watched.seen().contains("gone"));
    }
    SUBCASE("renamed") {
        fs::rename(watched.root(), watched.folder.path() / "elsewhere");
        CHECK(watched.seen() == Seen{"gone"});
        watched.folder.write("elsewhere/a.md", "y");
    }
    CHECK(watched.seen().empty());
    CHECK(watched.open() == Coverage::missing);
    fs::create_directories(watched.root());
    CHECK(watched.open() == Coverage::complete);
    watched.write("b.md", "x");
    CHECK(watched.seen().contains("changed b.md"));
}

TEST_CASE("a root that is a link is watched where it leads") {
    Watched watched;
    watched.folder.write("real/a.md", "x");
    fs::remove(watched.root());
    fs::create_directory_symlink(watched.folder.path() / "real", watched.root());
    REQUIRE(watched.open() == Coverage::complete);
    watched.folder.write("real/a.md", "y");
    CHECK(watched.seen().contains("changed a.md"));
}

TEST_CASE("without enough watches nothing is watched and it is said") {
    Watched watched(3);
    watched.write("a/x.md", "x");
    watched.write("b/x.md", "x");
    CHECK(watched.open() == Coverage::complete);
    fs::create_directory(watched.root() / "c");
    CHECK(watched.seen() == Seen{"uncovered"});
    watched.append("a/x.md", "y");
    CHECK(watched.seen().empty());
    CHECK(watched.open() == Coverage::none_left);
    CHECK(watched.events.add_name(kName, watched.folder.path() / "name"));
}

TEST_CASE("an overflow is told and everything is watched again") {
    Watched watched;
    watched.open();
    std::size_t most = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
    REQUIRE(most > 0);
    if (most > 100'000) return;
    const auto file = watched.root() / "a.md";
    const auto other = watched.root() / "b.md";
    watched.write("a.md", "x");
    for (std::size_t i = 0; i < most; ++i) {
        fs::rename(file, other);
        fs::rename(other, file);
    }
    watched.write("new/b.md", "x");
    Seen told;
    while (!told.contains("lost")) {
        const auto more = watched.seen();
        REQUIRE_FALSE(more.empty());
        told.insert(more.begin(), more.end());
    }
    watched.write("new/b.md", "y");
    CHECK(watched.seen().contains("changed new/b.md"));
}

TEST_CASE("a name is told when its file comes and is written and replaced and goes") {
    Watched watched;
    const fs::path file = watched.root() / "config.json";
    REQUIRE(watched.events.add_name(kName, file));
    watched.write("other.json", "x");
    CHECK(watched.seen().empty());
    watched.write("config.json", "x");
    CHECK(watched.seen() == Seen{"changed "});
    watched.write("config.json", "y");
    CHECK(watched.seen() == Seen{"changed "});
    fs::rename(watched.root() / "other.json", file);
    CHECK(watched.seen() == Seen{"changed "});
    watched.write("config.json", "z");
    CHECK(watched.seen() == Seen{"changed "});
    fs::remove(file);
    CHECK(watched.seen() == Seen{"changed "});
    watched.events.remove(kName);
    watched.write("config.json", "x");
    CHECK(watched.seen().empty());
}

TEST_CASE("a name in a folder that does not exist yet is told") {
    Watched watched;
    REQUIRE(watched.events.add_name(kName, watched.root() / "a/b/c"));
    fs::create_directories(watched.root() / "a/b");
    CHECK(watched.seen() == Seen{"changed "});
    fs::create_directory(watched.root() / "a/b/c");
    CHECK(watched.seen() == Seen{"changed "});
}

TEST_CASE("a name and a root in one folder do not disturb each other") {
    Watched watched;
    watched.write("config.json", "x");
    REQUIRE(watched.events.add_name(kName, watched.root() / "config.json"));
    watched.open();
    watched.write("note.md", "x");
    for (const auto& event : watched.events.read()) CHECK(event.watch == kRoot);
    watched.events.remove(kRoot);
    watched.write("config.json", "y");
    CHECK(watched.seen() == Seen{"changed "});
}

TEST_CASE("two folders that are exchanged are both followed") {
    Watched watched;
    watched.write("a/x.md", "x");
    watched.write("b/deep/y.md", "y");
    watched.open();
    const auto a = watched.root() / "a";
    const auto b = watched.root() / "b";
    REQUIRE(::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0);
    CHECK(watched.seen() == Seen{"tree a", "tree b"});
    watched.append("a/deep/y.md", "y");
    CHECK(watched.seen().contains("changed a/deep/y.md"));
    watched.append("b/x.md", "x");
    CHECK(watched.seen().contains("changed b/x.md"));
}

/// Lets this process open `more` files and no more, as long as it lives.
class FewDescriptors {
public:
    explicit FewDescriptors(int more) {
        ::getrlimit(RLIMIT_NOFILE, &usual_);
        const int next = ::dup(0);
        ::close(next);
        rlimit low = usual_;
        low.rlim_cur = static_cast<rlim_t>(next + more);
        ::setrlimit(RLIMIT_NOFILE, &low);
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &usual_); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

private:
    rlimit usual_{};
};

TEST_CASE("a folder that cannot be opened for want of descriptors is not one that nobody may see") {
    Watched watched;
    watched.write("a/b/c/d/e/f/g/x.md", "x");
    CHECK(watched.open() == Coverage::complete);
    {
        const FewDescriptors few(0);
        CHECK(watched.open() == Coverage::none_left);
    }
    {
        const FewDescriptors few(5);
        CHECK(watched.open() == Coverage::none_left);
    }
    CHECK(watched.open() == Coverage::complete);
    const FewDescriptors few(3);
    fs::create_directories(watched.root() / "new/deep/deeper/deepest");
    CHECK(watched.seen() == Seen{"uncovered"});
}

/// Makes this thread one that permissions mean something to.
class Nobody {
public:
    explicit Nobody(const fs::path& home) {
        if (::geteuid() != 0) return;
        for (const auto& each : fs::recursive_directory_iterator(home)) own(each.path());
        own(home);
        was_root_ = ::seteuid(kNobody) == 0;
        REQUIRE(was_root_);
    }
    ~Nobody() {
        if (was_root_) CHECK(::seteuid(0) == 0);
    }
    Nobody(const Nobody&) = delete;
    Nobody& operator=(const Nobody&) = delete;

private:
    static constexpr uid_t kNobody = 65534;
    static void own(const fs::path& path) {
        REQUIRE(::chown(path.c_str(), kNobody, gid_t(-1)) == 0);
    }

    bool was_root_ = false;
};

TEST_CASE("folders that could not be opened are watched when that is allowed") {
    Watched watched;
    watched.write("sub/deep/a.md", "x");
    watched.write("sub/deep/deeper/b.md", "x");
    const Nobody nobody(watched.folder.path());
    std::string closed;
    SUBCASE("below the root") {}
    SUBCASE("below another folder") { closed = "sub"; }
    SUBCASE("a folder itself") { closed = "sub/deep"; }
    const fs::path folder = watched.root() / closed;
    // Listed, but none of its names leads anywhere.
    REQUIRE(::chmod(folder.c_str(), 0400) == 0);
    REQUIRE(watched.open() == Coverage::complete);
    REQUIRE(::chmod(folder.c_str(), 0700) == 0);
    CHECK(watched.seen() == Seen{"tree " + closed});
    watched.write("sub/deep/a.md", "y");
    watched.write("sub/deep/deeper/b.md", "y");
    const auto told = watched.seen();
    CHECK(told.contains("changed sub/deep/a.md"));
    CHECK(told.contains("changed sub/deep/deeper/b.md"));
}

TEST_CASE("folders that came while nobody could look are watched when that is allowed") {
    Watched watched;
    watched.write("sub/a.md", "x");
    watched.folder.write("new/deep/b.md", "x");
    const Nobody nobody(watched.folder.path());
    REQUIRE(watched.open() == Coverage::complete);
    // Only somebody with more rights can put a folder there: it is closed when the event is read.
    fs::rename(watched.folder.path() / "new", watched.root() / "sub/new");
    REQUIRE(::chmod((watched.root() / "sub").c_str(), 0400) == 0);
    CHECK(watched.seen().contains("tree sub/new"));
    REQUIRE(::chmod((watched.root() / "sub").c_str(), 0700) == 0);
    CHECK(watched.seen() == Seen{"tree sub"});
    watched.write("sub/new/deep/b.md", "y");
    CHECK(watched.seen().contains("changed sub/new/deep/b.md"));
}

TEST_CASE("a folder costs one descriptor for each level while its watches are made") {
    Watched watched;
    fs::create_directories(watched.root() / "1/2/3/4/5/6/7/8/9/10");
    const FewDescriptors few(13);
    CHECK(watched.open() == Coverage::complete);
}

TEST_CASE("a name is told when a folder above it or a link on the way leads elsewhere") {
    Watched watched;
    const auto at = [&](const char* name) { return watched.folder.path() / name; };
    watched.folder.write("real/in/note.md", "x");
    watched.folder.write("other/in/note.md", "x");
    fs::create_directory_symlink("real", at("link"));
    REQUIRE(watched.events.add_name(kName, at("link/in")));
    watched.folder.write("unrelated/x", "x");
    watched.folder.write("real/unrelated", "x");
    CHECK(watched.seen().empty());
    SUBCASE("renamed") { fs::rename(at("real"), at("old")); }
    SUBCASE("another target") {
        fs::create_directory_symlink("other", at("new"));
        fs::rename(at("new"), at("link"));
    }
    SUBCASE("replaced while somebody holds it open") {
        const int held = ::open(at("real/in").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fs::remove_all(at("real/in"));
        fs::create_directories(at("real/in"));
        CHECK(watched.seen() == Seen{"changed "});
        ::close(held);
        return;
    }
    CHECK(watched.seen() == Seen{"changed "});
    fs::remove(at("link"));
    CHECK(watched.seen() == Seen{"changed "});
    fs::create_directory_symlink("new place", at("link"));
    CHECK(watched.seen() == Seen{"changed "});
    watched.folder.write("new place/in/note.md", "x");
    CHECK(watched.seen() == Seen{"changed "});
}

TEST_CASE("a file behind a link is told again and again when it is replaced") {
    Watched watched;
    watched.folder.write("kept/config.json", "1");
    const auto real = watched.folder.path() / "kept/config.json";
    fs::create_symlink(real, watched.root() / "config.json");
    REQUIRE(watched.events.add_name(kName, watched.root() / "config.json"));
    for (int i = 0; i < 3; ++i) {
        watched.folder.write("kept/new", "2");
        fs::rename(watched.folder.path() / "kept/new", real);
        CHECK(watched.seen() == Seen{"changed "});
        watched.folder.write("kept/config.json", "3");
        CHECK(watched.seen() == Seen{"changed "});
    }
}

TEST_CASE("permissions of a named folder are told") {
    Watched watched;
    REQUIRE(watched.events.add_name(kName, watched.root()));
    ::chmod(watched.root().c_str(), 0500);
    CHECK(watched.seen() == Seen{"changed "});
}

TEST_CASE("a name that cannot be watched any more says so once") {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "a/b/c";
    const WatchedWay way = watched_way(path);
    InotifyEvents events(way.names.size() + way.folders.size());
    REQUIRE(events.add_name(kName, path));
    fs::create_directories(folder.path() / "a/b");
    CHECK(events.read() == std::vector<FileEvent>{{Kind::uncovered, kName, ""}});
    fs::create_directories(path);
    CHECK(events.read().empty());
}

}  // namespace
}  // namespace bm
