#include "repository/note_files.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/child_process.hpp"
#include "tests/support/ordinary_user.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;

namespace {

bm::RelativePath path(std::string_view text) { return bm::RelativePath::parse(text).value(); }

/// A project inside a folder that holds other things too.
struct Fixture {
    bm::test::TemporaryFolder folder;
    bm::DiskNoteFiles files{folder.path() / "project"};

    Fixture() { fs::create_directories(root()); }
    [[nodiscard]] fs::path root() const { return folder.path() / "project"; }
    void put(const std::string& name, std::string_view bytes) const {
        folder.write("project/" + name, bytes);
    }
    [[nodiscard]] std::string text_of(const std::string& name) const {
        return folder.read("project/" + name);
    }
    /// Every name in the project, sorted.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& entry : fs::recursive_directory_iterator(root())) {
            all.push_back(entry.path().lexically_relative(root()).string());
        }
        std::sort(all.begin(), all.end());
        return all;
    }
};

using Names = std::vector<std::string>;

mode_t mode_of(const fs::path& file) {
    struct stat seen {};
    REQUIRE(::stat(file.c_str(), &seen) == 0);
    return seen.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a file is read with its stamp and its birth") {
    const Fixture it;
    it.put("a/Note.md", "text");
    bm::DiskNoteFiles files(it.root());
    const auto read = files.read(path("a/Note.md"));
    REQUIRE(read);
    CHECK(read->bytes == "text");
    CHECK(read->stamp.size == 4);
    CHECK(read->stamp == files.stamp(path("a/Note.md")));
    CHECK(read->born <= bm::system_now());
    CHECK(read->born > bm::system_now() - std::chrono::minutes(1));
}

TEST_CASE("what is not there is not found") {
    Fixture it;
    it.put("file", "x");
    for (const std::string& name :
         {std::string("no.md"), std::string("no/no.md"), std::string("file/no.md"),
          std::string(300, 'n') + ".md", std::string(300, 'n') + "/x.md"}) {
        CAPTURE(name);
        CHECK(it.files.read(path(name)).error().fault == bm::Fault::not_found);
        CHECK(it.files.measure(path(name)).error().fault == bm::Fault::not_found);
        CHECK(it.files.stamp(path(name)).error().fault == bm::Fault::not_found);
        CHECK_FALSE(it.files.exists(path(name)));
    }
    CHECK(it.files.read(path("no.md")).error().message == "File not found: no.md");
}

TEST_CASE("a folder or a pipe is not read") {
    Fixture it;
    it.put("folder/x.md", "");
    REQUIRE(::mkfifo((it.root() / "pipe").c_str(), 0600) == 0);
    for (const char* name : {"folder", "pipe"}) {
        CAPTURE(name);
        const auto read = it.files.read(path(name));
        REQUIRE_FALSE(read);
        CHECK(read.error().fault == bm::Fault::unavailable);
        CHECK(read.error().message.starts_with("Failed to read file: "));
        CHECK_FALSE(it.files.exists(path(name)));
    }
}

TEST_CASE("measuring gives the checksum of the bytes and the stamp of reading") {
    Fixture it;
    std::string bytes;
    for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i % 253);
    it.put("big.bin", bytes);
    const auto measured = it.files.measure(path("big.bin"));
    REQUIRE(measured);
    CHECK(measured->checksum == bm::checksum_of(bytes));
    CHECK(measured->stamp == it.files.read(path("big.bin"))->stamp);
    CHECK(measured->stamp.size == 200'000);
    it.put("empty", "");
    CHECK(it.files.measure(path("empty"))->checksum == bm::checksum_of(""));
    CHECK(it.files.read(path("empty"))->bytes.empty());
}

TEST_CASE("a file too large for memory is refused by read and not by measure") {
    Fixture it;
    it.put("huge", "");
    fs::resize_file(it.root() / "huge", (256ULL << 20) + 1);  // a hole, takes no room
    const auto read = it.files.read(path("huge"));
    REQUIRE_FALSE(read);
    CHECK(read.error().message ==
          "Failed to read file: huge: File too large. Split it, or raise the limit on the size "
          "of files (`ulimit -f`) if there is one, and try again.");
    CHECK(it.files.measure(path("huge"))->stamp.size == (256LL << 20) + 1);
}

TEST_CASE("a new file is written whole and with the folders it needs") {
    Fixture it;
    const auto stamp = it.files.write(path("a/b/Note.md"), "text", std::nullopt);
    REQUIRE(stamp);
    CHECK(it.text_of("a/b/Note.md") == "text");
    CHECK(*stamp == it.files.stamp(path("a/b/Note.md")));
    CHECK(it.names() == Names{"a", "a/b", "a/b/Note.md"});
    CHECK(it.files.write(path("empty.md"), "", std::nullopt));
    CHECK(it.text_of("empty.md").empty());
}

TEST_CASE("a project whose folder is missing is unavailable and never made again") {
    Fixture it;
    it.put("Note.md", "text");
    const auto stamp = *it.files.stamp(path("Note.md"));
    fs::rename(it.root(), it.folder.path() / "unmounted");
    const auto written = it.files.write(path("a/New.md"), "text", std::nullopt);
    REQUIRE_FALSE(written);
    CHECK(written.error() ==
          bm::Error{bm::Fault::unavailable,
                    "Failed to write file: a/New.md: the project folder " + it.root().string() +
                        " is not there. Mount its disk or create the folder, or tell "
                        "where it is now with `bm project move`."});
    using bm::Fault;
    CHECK(it.files.write(path("Note.md"), "x", stamp).error().fault == Fault::unavailable);
    CHECK(it.files.read(path("Note.md")).error().fault == Fault::unavailable);
    CHECK(it.files.stamp(path("Note.md")).error().fault == Fault::unavailable);
    CHECK(it.files.remove(path("Note.md")).error().fault == Fault::unavailable);
    CHECK(it.files.move(path("Note.md"), path("B.md")).error().fault == Fault::unavailable);
    CHECK_FALSE(fs::exists(it.root()));
}

TEST_CASE("a file that is not there for certain is told from one that nobody may look at") {
    Fixture it;
    it.put("folder/x.md", "");
    it.put("locked/x.md", "");
    CHECK(it.files.stamp(path("folder")).error().fault == bm::Fault::not_found);
    CHECK(it.files.stamp(path("folder/y.md")).error().fault == bm::Fault::not_found);
    const bm::test::OrdinaryUser user;
    REQUIRE(::chmod((it.root() / "locked").c_str(), 0) == 0);
    const auto hidden = it.files.stamp(path("locked/x.md"));
    REQUIRE(::chmod((it.root() / "locked").c_str(), 0755) == 0);
    CHECK(hidden.error().fault == bm::Fault::unavailable);
}

TEST_CASE("every path that leads to one file has the same place") {
    Fixture it;
    it.put("real/Note.md", "text");
    fs::create_directory_symlink("real", it.root() / "alias");
    fs::create_symlink("../alias/Note.md", it.root() / "real/link.md");
    const auto place = it.files.place_of(path("real/Note.md"), bm::FinalLink::followed);
    REQUIRE(place);
    CHECK(place->path == path("real/Note.md"));
    for (const char* name : {"alias/Note.md", "alias/link.md", "real/link.md"}) {
        CAPTURE(name);
        CHECK(it.files.place_of(path(name), bm::FinalLink::followed) == place);
    }
    const auto link = it.files.place_of(path("alias/link.md"), bm::FinalLink::itself);
    REQUIRE(link);
    CHECK(link->path == path("real/link.md"));
    CHECK(link->folder == place->folder);
    // What does not exist yet has a place too.
    for (const char* name : {"alias/a/b/New.md", "real/a/b/New.md"}) {
        const auto made_later = it.files.place_of(path(name), bm::FinalLink::followed);
        REQUIRE(made_later);
        CHECK(made_later->path == path("real/a/b/New.md"));
        CHECK(made_later->name == "a/b/New.md");
        CHECK(made_later->folder == place->folder);
    }
    fs::create_symlink("/etc", it.root() / "etc");
    CHECK(it.files.place_of(path("etc/passwd"), bm::FinalLink::followed).error().fault ==
          bm::Fault::forbidden);
    CHECK_FALSE(fs::exists(it.root() / "real/a"));
}

TEST_CASE("a new file never replaces one that is there") {
    Fixture it;
    it.put("Note.md", "theirs");
    const auto written = it.files.write(path("Note.md"), "mine", std::nullopt);
    REQUIRE_FALSE(written);
    CHECK(written.error() == bm::Error{bm::Fault::conflict, "File already exists: Note.md"});
    CHECK(it.text_of("Note.md") == "theirs");
    CHECK(it.names() == Names{"Note.md"});
}

TEST_CASE("a file is replaced only in the state that was seen") {
    Fixture it;
    it.put("Note.md", "first");
    const auto seen = it.files.read(path("Note.md"))->stamp;
    const auto second = it.files.write(path("Note.md"), "second", seen);
    REQUIRE(second);
    CHECK(it.text_of("Note.md") == "second");
    CHECK(second->inode != seen.inode);

    const auto stale = it.files.write(path("Note.md"), "third", seen);
    REQUIRE_FALSE(stale);
    CHECK(stale.error().fault == bm::Fault::conflict);
    CHECK(it.text_of("Note.md") == "second");

    fs::remove(it.root() / "Note.md");
    CHECK(it.files.write(path("Note.md"), "fourth", *second).error().fault == bm::Fault::conflict);
    CHECK(it.files.write(path("gone/Note.md"), "x", *second).error().fault == bm::Fault::conflict);
    CHECK(it.names().empty());
}

TEST_CASE("an edit from outside that keeps the length is noticed") {
    Fixture it;
    it.put("Note.md", "aaaa");
    const auto seen = it.files.read(path("Note.md"))->stamp;
    std::ofstream(it.root() / "Note.md", std::ios::in | std::ios::out) << "bbbb";
    const timespec times[2] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 1}};
    REQUIRE(::utimensat(AT_FDCWD, (it.root() / "Note.md").c_str(), times, 0) == 0);
    CHECK(it.files.write(path("Note.md"), "mine", seen).error().fault == bm::Fault::conflict);
    CHECK(it.text_of("Note.md") == "bbbb");
}

TEST_CASE("a file keeps its permissions when it is replaced") {
    Fixture it;
    it.put("Note.md", "first");
    for (const mode_t mode : {0600U, 0644U, 0664U, 0640U}) {
        CAPTURE(mode);
        REQUIRE(::chmod((it.root() / "Note.md").c_str(), mode) == 0);
        REQUIRE(it.files.write(path("Note.md"), "x", *it.files.stamp(path("Note.md"))));
        CHECK(mode_of(it.root() / "Note.md") == mode);
    }
    const mode_t mask = ::umask(027);
    CHECK(it.files.write(path("New.md"), "x", std::nullopt));
    ::umask(mask);
    CHECK(mode_of(it.root() / "New.md") == 0640);
}

TEST_CASE("a write that fails leaves the old file whole and nothing beside it") {
    Fixture it;
    it.put("Note.md", "old text");
    const auto seen = *it.files.stamp(path("Note.md"));
    // A full disk, as far as one process can have one: no file may grow beyond 4 KiB.
    bm::test::ChildProcess child([&] {
        const rlimit limit{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        std::signal(SIGXFSZ, SIG_IGN);
        const auto replaced = it.files.write(path("Note.md"), std::string(100'000, 'x'), seen);
        const auto created =
            it.files.write(path("a/b.md"), std::string(100'000, 'x'), std::nullopt);
        if (replaced || created) return 1;
        if (replaced.error().fault != bm::Fault::unavailable) return 2;
        const std::string told = replaced.error().message;
        if (!told.starts_with("Failed to write file: Note.md: File too large. ")) return 3;
        return 0;
    });
    CHECK(child.wait() == 0);
    CHECK(it.text_of("Note.md") == "old text");
    CHECK(it.names() == Names{"Note.md"});
}

TEST_CASE("a folder that may not be written in is said to be so") {
    const bm::test::OrdinaryUser user;
    Fixture it;
    REQUIRE(::chmod(it.root().c_str(), 0555) == 0);
    const auto written = it.files.write(path("Note.md"), "x", std::nullopt);
    REQUIRE(::chmod(it.root().c_str(), 0755) == 0);
    REQUIRE_FALSE(written);
    CHECK(
        written.error().message ==
        "Failed to write file: Note.md: Permission denied. Change the permissions of it or of its "
        "folder and try again.");
}

TEST_CASE("no symbolic link leads out of the project") {
    Fixture it;
    it.folder.write("secret/plan.md", "secret");
    it.put("inside.md", "inside");
    fs::create_symlink(it.folder.path() / "secret/plan.md", it.root() / "file.md");
    fs::create_symlink("../secret/plan.md", it.root() / "relative.md");
    fs::create_symlink(it.folder.path() / "secret", it.root() / "folder");
    fs::create_symlink("/etc", it.root() / "etc");
    fs::create_symlink("..", it.root() / "up");
    fs::create_symlink("up", it.root() / "twice");
    // A neighbour whose name begins like the project's.
    it.folder.write("project-old/x.md", "old");
    fs::create_symlink(it.folder.path() / "project-old/x.md", it.root() / "neighbour.md");
    for (const char* name : {"file.md", "relative.md", "folder/plan.md", "etc/passwd",
                             "up/secret/plan.md", "twice/secret/plan.md", "neighbour.md"}) {
        CAPTURE(name);
        CHECK(it.files.read(path(name)).error().fault == bm::Fault::forbidden);
        CHECK(it.files.measure(path(name)).error().fault == bm::Fault::forbidden);
        CHECK(it.files.stamp(path(name)).error().fault == bm::Fault::forbidden);
        CHECK_FALSE(it.files.exists(path(name)));
        CHECK_FALSE(it.files.folder_exists(name));
        CHECK(it.files.write(path(name), "evil", std::nullopt).error().fault ==
              bm::Fault::forbidden);
    }
    for (const char* name : {"folder/new.md", "etc/new.md", "up/new.md", "folder/a/b.md"}) {
        CAPTURE(name);
        CHECK(it.files.write(path(name), "evil", std::nullopt).error().fault ==
              bm::Fault::forbidden);
        CHECK(it.files.move(path("inside.md"), path(name)).error().fault == bm::Fault::forbidden);
        CHECK(it.files.remove(path(name)).error().fault == bm::Fault::forbidden);
    }
    CHECK(it.files.move(path("folder/plan.md"), path("stolen.md")).error().fault ==
          bm::Fault::forbidden);
    CHECK(it.folder.read("secret/plan.md") == "secret");
    CHECK(it.text_of("inside.md") == "inside");
    CHECK(std::distance(fs::directory_iterator(it.folder.path() / "secret"), {}) == 1);
}

TEST_CASE("a symbolic link that stays inside is followed") {
    Fixture it;
    it.put("real/Note.md", "text");
    fs::create_symlink("real/Note.md", it.root() / "link.md");
    fs::create_symlink(it.root() / "real/Note.md", it.root() / "absolute.md");
    fs::create_symlink("real", it.root() / "folder");
    fs::create_symlink("../link.md", it.root() / "real/back.md");
    for (const char* name :
         {"link.md", "absolute.md", "folder/Note.md", "real/back.md", "folder/back.md"}) {
        CAPTURE(name);
        REQUIRE(it.files.read(path(name)));
        CHECK(it.files.read(path(name))->bytes == "text");
        CHECK(it.files.exists(path(name)));
    }
    CHECK(it.files.folder_exists("folder"));

    // Writing through a link changes what it points to and leaves the link.
    REQUIRE(it.files.write(path("link.md"), "new", *it.files.stamp(path("link.md"))));
    CHECK(it.text_of("real/Note.md") == "new");
    CHECK(fs::is_symlink(it.root() / "link.md"));
    // Removing and moving mean the link itself.
    CHECK(it.files.remove(path("link.md")));
    CHECK(it.text_of("real/Note.md") == "new");
    CHECK(it.files.move(path("absolute.md"), path("moved.md")));
    CHECK(fs::is_symlink(it.root() / "moved.md"));
}

TEST_CASE("a project may itself be reached through a symbolic link") {
    Fixture it;
    it.put("real/Note.md", "text");
    fs::create_directory_symlink(it.root(), it.folder.path() / "alias");
    fs::create_symlink(it.root() / "real/Note.md", it.root() / "by-real-name.md");
    fs::create_symlink(it.folder.path() / "alias/real/Note.md", it.root() / "by-alias.md");
    bm::DiskNoteFiles files(it.folder.path() / "alias");
    CHECK(files.read(path("real/Note.md"))->bytes == "text");
    CHECK(files.read(path("by-real-name.md"))->bytes == "text");
    CHECK(files.read(path("by-alias.md"))->bytes == "text");
    CHECK(files.write(path("b/New.md"), "x", std::nullopt));
}

TEST_CASE("links that go in circles end") {
    Fixture it;
    fs::create_symlink("b", it.root() / "a");
    fs::create_symlink("a", it.root() / "b");
    CHECK(it.files.read(path("a")).error().fault == bm::Fault::unavailable);
    CHECK(it.files.read(path("a/x.md")).error().fault == bm::Fault::unavailable);
    CHECK(it.files.write(path("a/x.md"), "", std::nullopt).error().fault == bm::Fault::unavailable);
}

TEST_CASE("a folder that becomes a link to elsewhere between two calls leads nowhere") {
    Fixture it;
    it.folder.write("secret/Note.md", "secret");
    it.put("docs/Note.md", "text");
    std::atomic<bool> stop = false;
    std::jthread swapper([&] {
        while (!stop) {
            std::error_code ignored;
            fs::rename(it.root() / "docs", it.root() / "kept", ignored);
            fs::create_directory_symlink(it.folder.path() / "secret", it.root() / "docs", ignored);
            fs::remove(it.root() / "docs", ignored);
            fs::rename(it.root() / "kept", it.root() / "docs", ignored);
        }
    });
    int read = 0;
    for (int round = 0; round < 3'000; ++round) {
        const auto note = it.files.read(path("docs/Note.md"));
        if (!note) continue;
        REQUIRE(note->bytes == "text");
        ++read;
        (void)it.files.write(path("docs/evil.md"), "evil", std::nullopt);
        (void)it.files.remove(path("docs/evil.md"));
    }
    stop = true;
    swapper.join();
    CHECK(read > 0);
    CHECK_FALSE(fs::exists(it.folder.path() / "secret/evil.md"));
    CHECK(it.folder.read("secret/Note.md") == "secret");
}

TEST_CASE("a file moves into folders that are made for it") {
    Fixture it;
    it.put("a/Note.md", "text");
    const auto before = *it.files.stamp(path("a/Note.md"));
    const auto moved = it.files.move(path("a/Note.md"), path("b/c/Other.md"));
    REQUIRE(moved);
    CHECK(moved->inode == before.inode);
    CHECK(moved->mtime_ns == before.mtime_ns);
    CHECK(moved == it.files.stamp(path("b/c/Other.md")));
    CHECK(it.text_of("b/c/Other.md") == "text");
    // The folder it left is the caller's business.
    CHECK(it.names() == Names{"a", "b", "b/c", "b/c/Other.md"});
    it.files.prune_empty_folders(path("a/Note.md"));
    CHECK(it.names() == Names{"b", "b/c", "b/c/Other.md"});
}

TEST_CASE("a move never replaces a file and says which one is in the way") {
    Fixture it;
    it.put("a.md", "a");
    it.put("b.md", "b");
    CHECK(it.files.move(path("a.md"), path("b.md")).error() ==
          bm::Error{bm::Fault::conflict, "Destination already exists: b.md"});
    CHECK(it.files.move(path("a.md"), path("a.md")).error().fault == bm::Fault::conflict);
    CHECK(it.files.move(path("gone.md"), path("new/c.md")).error() ==
          bm::Error{bm::Fault::not_found, "Source file not found: gone.md"});
    fs::create_directory(it.root() / "folder");
    CHECK(it.files.move(path("a.md"), path("folder")).error().fault == bm::Fault::conflict);
    CHECK(it.files.move(path("folder"), path("other")).error().fault == bm::Fault::not_found);
    const auto below_a_file = it.files.move(path("a.md"), path("b.md/c.md"));
    REQUIRE_FALSE(below_a_file);
    CHECK(below_a_file.error().message == "Failed to move file a.md -> b.md/c.md: Not a directory");
    CHECK(it.text_of("a.md") == "a");
    CHECK(it.text_of("b.md") == "b");
    CHECK(it.names() == Names{"a.md", "b.md", "folder"});
}

TEST_CASE("a change of case is a move like any other") {
    Fixture it;
    it.put("note.md", "text");
    CHECK(it.files.move(path("note.md"), path("Note.md")));
    CHECK(it.names() == Names{"Note.md"});
    // Two names of one file are not two spellings of one name.
    fs::create_hard_link(it.root() / "Note.md", it.root() / "NOTE.md");
    CHECK(it.files.move(path("Note.md"), path("NOTE.md")).error().fault == bm::Fault::conflict);
    CHECK(it.names() == Names{"NOTE.md", "Note.md"});
}

TEST_CASE("removing a file takes the folders with it that become empty") {
    Fixture it;
    it.put("a/b/c/Note.md", "x");
    it.put("a/keep.md", "x");
    REQUIRE(it.files.remove(path("a/b/c/Note.md")));
    CHECK(it.names() == Names{"a", "a/keep.md"});
    CHECK(it.files.remove(path("a/b/c/Note.md")));
    CHECK(it.files.remove(path("never/was.md")));
    REQUIRE(it.files.remove(path("a/keep.md")));
    CHECK(it.names().empty());
    CHECK(fs::exists(it.root()));
    fs::create_directory(it.root() / "folder");
    CHECK(it.files.remove(path("folder")).error().fault == bm::Fault::unavailable);
}

TEST_CASE("folders are there or not") {
    Fixture it;
    it.put("a/b/x.md", "");
    CHECK(it.files.folder_exists(""));
    CHECK(it.files.folder_exists("a"));
    CHECK(it.files.folder_exists("a/b"));
    for (const char* name : {"a/b/x.md", "b", "..", "/etc", "a/../a", "a//b"}) {
        CAPTURE(name);
        CHECK_FALSE(it.files.folder_exists(name));
    }
    CHECK_FALSE(bm::DiskNoteFiles(it.root() / "gone").folder_exists(""));
}

TEST_CASE("names of every sort are legal") {
    Fixture it;
    for (const char* name : {"ünï/日本語 ノート.md", "a..b.md", "...", "x~.md", "-rf", "a b/ c .md",
                             "quote'\".md", "back\\slash.md", "new\nline.md"}) {
        CAPTURE(name);
        REQUIRE(it.files.write(path(name), name, std::nullopt));
        CHECK(it.files.read(path(name))->bytes == name);
    }
}

TEST_CASE("of many who create one file exactly one wins") {
    Fixture it;
    std::atomic<int> winners = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            if (it.files.write(path("a/Note.md"), std::to_string(i), std::nullopt)) ++winners;
        });
    }
    threads.clear();
    CHECK(winners == 1);
    CHECK(it.names() == Names{"a", "a/Note.md"});
}

TEST_CASE("a reader beside a writer sees the old bytes or the new and never a mixture") {
    Fixture it;
    it.put("Note.md", std::string(50'000, 'a'));
    std::atomic<bool> stop = false;
    std::jthread writer([&] {
        for (char c = 'b'; !stop; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
            const auto stamp = it.files.stamp(path("Note.md"));
            if (stamp) (void)it.files.write(path("Note.md"), std::string(50'000, c), *stamp);
        }
    });
    for (int round = 0; round < 500; ++round) {
        const auto note = it.files.read(path("Note.md"));
        REQUIRE(note);
        REQUIRE(note->bytes == std::string(50'000, note->bytes.front()));
    }
    stop = true;
}

TEST_CASE("settings are replaced whole with the mode that was asked for") {
    const bm::test::TemporaryFolder folder;
    const auto file = folder.path() / "data/config.json";
    REQUIRE(bm::write_file_atomically(file, "{}", 0600));
    CHECK(folder.read("data/config.json") == "{}");
    CHECK(mode_of(file) == 0600);
    CHECK(mode_of(folder.path() / "data") == 0700);
    REQUIRE(bm::write_file_atomically(file, "{\"a\": 1}", 0600));
    CHECK(folder.read("data/config.json") == "{\"a\": 1}");
    CHECK(std::distance(fs::directory_iterator(folder.path() / "data"), {}) == 1);

    // Somebody keeps the real file elsewhere.
    fs::rename(file, folder.path() / "real.json");
    fs::create_symlink(folder.path() / "real.json", file);
    REQUIRE(bm::write_file_atomically(file, "linked", 0600));
    CHECK(fs::is_symlink(file));
    CHECK(folder.read("real.json") == "linked");

    const auto refused = bm::write_file_atomically(file / "below", "x", 0600);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == bm::Fault::unavailable);
}

TEST_CASE("a file that somebody saves before it is removed stays") {
    Fixture it;
    it.put("a/Note.md", "read");
    const auto seen = it.files.stamp(path("a/Note.md"));
    REQUIRE(seen);
    it.put("a/saved", "theirs");
    fs::rename(it.root() / "a/saved", it.root() / "a/Note.md");
    const auto removed = it.files.remove_expected(path("a/Note.md"), *seen);
    REQUIRE_FALSE(removed);
    CHECK(removed.error().fault == bm::Fault::conflict);
    CHECK(it.text_of("a/Note.md") == "theirs");
    CHECK(it.names() == Names{"a", "a/Note.md"});
    const auto now = it.files.stamp(path("a/Note.md"));
    REQUIRE(it.files.remove_expected(path("a/Note.md"), *now));
    CHECK(it.names().empty());
    CHECK(it.files.remove_expected(path("a/Note.md"), *now));
}

TEST_CASE("removing a link that leads to the expected file removes the link") {
    Fixture it;
    it.put("a/Note.md", "text");
    fs::create_symlink("a/Note.md", it.root() / "link.md");
    const auto seen = it.files.stamp(path("link.md"));
    REQUIRE(seen);
    REQUIRE(it.files.remove_expected(path("link.md"), *seen));
    CHECK(it.names() == Names{"a", "a/Note.md"});
}
