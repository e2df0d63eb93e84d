#include "host/tree_care.hpp"

#include <fstream>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "host/webdav_files.hpp"
#include "repository/note_files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm::test {
namespace {

namespace fs = std::filesystem;

struct CareFixture {
    TemporaryFolder temporary;
    SpaceFolders folders = HostData{temporary.path()}.space(7);
    std::shared_ptr<Space> space = std::make_shared<Space>(
        folders, [](LogLevel, std::string_view) {}, "1");

    CareFixture() {
        // Its folder is made by whoever writes first.
        fs::create_directories(folders.data / "main");
        REQUIRE(space->projects().by_permalink("main"));
    }
    void write(const std::string& name, std::string_view bytes) const {
        fs::create_directories((folders.data / name).parent_path());
        std::ofstream(folders.data / name) << bytes;
    }
    /// What the history has of what went of a note in main, the latest first.
    std::vector<std::string> kept(std::string_view path) {
        std::vector<std::string> all;
        const auto project = *space->projects().by_permalink("main");
        space->knowledge().history().each(project.path, [&](const HistoryRecord& record) {
            const bool is_ours = record.action == HistoryAction::overwritten ||
                                 record.action == HistoryAction::deleted;
            if (is_ours && record.path.str() == path && record.checksum)
                all.push_back(*space->knowledge().history().bytes(project.path, record));
            return true;
        });
        return all;
    }
    static void put(const ServedTree& tree, const std::string& path, std::string_view bytes) {
        auto upload = WebDavFiles(tree).begin_upload(path, false);
        REQUIRE(upload);
        REQUIRE((*upload)->take(bytes));
        REQUIRE((*upload)->publish({}, {}));
    }
};

TEST_CASE("what goes through WebDAV is in the history, under the whole space and one project") {
    CareFixture f;
    f.write("main/d/a.md", "# A\n\none\n");
    const ServedTree all = tree_of(f.space, {});
    CHECK(all.root == f.folders.data);
    CareFixture::put(all, "main/d/a.md", "two");
    CHECK(f.kept("d/a.md") == std::vector<std::string>{"# A\n\none\n"});
    const ServedTree main = tree_of(f.space, f.space->projects().by_permalink("main"));
    CHECK(main.hashes == all.hashes);
    REQUIRE(WebDavFiles(main).remove("d"));
    CHECK(f.kept("d/a.md") == std::vector<std::string>{"two", "# A\n\none\n"});
    // What is no note is kept when it is deleted: the client may have failed to replace it.
    f.write("main/x.png", "1");
    CareFixture::put(all, "main/x.png", "2");
    CHECK(f.kept("x.png").empty());
    REQUIRE(WebDavFiles(all).remove("main/x.png"));
    CHECK(f.kept("x.png") == std::vector<std::string>{"2"});
    f.write("main/x.png", std::string(static_cast<std::size_t>(kMaxNoteBytes) + 1, 'x'));
    REQUIRE(WebDavFiles(all).remove("main/x.png"));
    CHECK(f.kept("x.png").size() == 1);
    // In no project: nothing to keep, and no fault.
    f.write("elsewhere/b.md", "1");
    REQUIRE(WebDavFiles(all).remove("elsewhere"));
    CHECK_FALSE(fs::exists(f.folders.data / "elsewhere"));
}

TEST_CASE("the folder of a project is never missing") {
    CareFixture f;
    f.write("main/a.md", "one");
    const ServedTree all = tree_of(f.space, {});
    REQUIRE(WebDavFiles(all).remove("main"));
    CHECK(fs::is_empty(f.folders.data / "main"));
    f.write("main/a.md", "two");
    REQUIRE(WebDavFiles(all).move("main", "moved", true));
    CHECK(fs::is_empty(f.folders.data / "main"));
    CHECK(fs::exists(f.folders.data / "moved/a.md"));
    // Where somebody else has taken it, it comes back.
    fs::remove_all(f.folders.data / "main");
    const ServedTree main = tree_of(f.space, f.space->projects().by_permalink("main"));
    CHECK(fs::is_directory(f.folders.data / "main"));
    CareFixture::put(main, "b.md", "three");
    CHECK(fs::exists(f.folders.data / "main/b.md"));
}

TEST_CASE("no sentence names a folder of the host") {
    CareFixture f;
    const ServedTree all = tree_of(f.space, {});
    const std::string main = (f.folders.data / "main").string();
    CHECK(all.care->shown("the project folder " + main + " is not there") ==
          "the project folder /main is not there");
}

}  // namespace
}  // namespace bm::test
