#include "host/space_projects.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include "host/host_data.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm::test {
namespace {

/// A space without a server around it.
struct SpaceFixture {
    SpaceFixture() { REQUIRE(tenant_of(folders)); }

    std::filesystem::path folder(const std::string& name) {
        std::filesystem::create_directories(folders.data / name);
        return folders.data / name;
    }

    TemporaryFolder temporary;
    SpaceFolders folders = HostData{temporary.path()}.space(7);
    std::string log;
    KnowledgeBase knowledge{{folders.state, folders.environment(), system_now,
                             [this](LogLevel, std::string_view text) {
                                 log += text;
                                 log += '\n';
                             },
                             std::nullopt}};
    SpaceProjects projects{knowledge, folders.data, folders.state.root / "known-folders"};
};

}  // namespace

TEST_CASE("a tenant is made once") {
    TemporaryFolder temporary;
    const SpaceFolders folders = HostData{temporary.path()}.space(1);
    const auto first = tenant_of(folders);
    REQUIRE(first);
    CHECK(first->bucket == "space" + first->id.substr(0, 8));
    CHECK(tenant_of(folders)->id == first->id);
}

TEST_CASE("a folder that a project had is not found anew until it has gone") {
    SpaceFixture space;
    REQUIRE(space.projects.add("Keep", std::nullopt, true));
    space.folder("found");
    CHECK(space.projects.discover() == std::vector<std::string>{"found"});
    CHECK(space.log.find("Auto-discovered project: found") != std::string::npos);
    REQUIRE(space.projects.remove("found"));
    CHECK(space.projects.discover().empty());
    std::filesystem::remove(space.folders.data / "found");
    CHECK(space.projects.discover().empty());
    space.folder("found");
    CHECK(space.projects.discover() == std::vector<std::string>{"found"});
}

TEST_CASE("what a project leaves out of itself is no rule for the folders beside it") {
    SpaceFixture space;
    const auto keep = space.projects.add("Keep", std::nullopt, true);
    REQUIRE(keep);
    for (const Project& project : space.projects.all()) {
        std::filesystem::create_directories(project.path);
        std::ofstream(project.path / ".gitignore") << "drafts/\n";
        std::ofstream(project.path / ".bmignore") << "ideas\n!node_modules\n";
    }
    for (const char* name : {"drafts", "ideas", "node_modules"}) space.folder(name);
    CHECK(space.projects.discover() == std::vector<std::string>{"drafts", "ideas"});
    std::ofstream(space.folders.state.ignore_file()) << IgnoreRules::default_text() << "secrets\n";
    space.folder("secrets");
    CHECK(space.projects.discover().empty());
}

TEST_CASE("a folder that cannot become a project is told of once") {
    SpaceFixture space;
    REQUIRE(space.projects.add("My Notes", std::nullopt, true));
    space.folder("my notes");
    CHECK(space.projects.discover().empty());
    CHECK(space.log.find("'my notes' cannot become a project: its name is taken") !=
          std::string::npos);
    space.log.clear();
    CHECK(space.projects.discover().empty());
    CHECK(space.log.empty());
}

TEST_CASE("a folder that is set aside leaves its place to what is new") {
    SpaceFixture space;
    REQUIRE(space.projects.add("Keep", std::nullopt, true));
    REQUIRE(space.projects.add("Old", std::nullopt, false));
    const auto old = space.folders.data / "old";
    std::ofstream(old / "a.bin") << "x";
    CHECK_FALSE(*space.projects.set_aside(old));  // a project has it
    REQUIRE(space.projects.remove("Old"));
    const auto aside = space.projects.set_aside(old);
    REQUIRE(aside);
    REQUIRE(*aside);
    CHECK(std::filesystem::exists(**aside / "a.bin"));
    CHECK_FALSE(std::filesystem::exists(old));
    CHECK_FALSE(*space.projects.set_aside(old));
    // No tombstone: this is another folder.
    space.folder("old");
    CHECK(space.projects.discover() == std::vector<std::string>{"old"});
    space.projects.sweep();
    CHECK_FALSE(std::filesystem::exists(**aside));
    CHECK(std::filesystem::exists(old));
    CHECK_FALSE(*space.projects.set_aside(space.folders.state.root));
}

TEST_CASE("the folder of a project that has gone is made again where the root is there") {
    SpaceFixture space;
    REQUIRE(space.projects.add("Keep", std::nullopt, true));
    REQUIRE(space.projects.add("Other", std::nullopt, false));
    CHECK(space.projects.make_missing_folders().empty());
    std::filesystem::remove(space.folders.data / "other");
    CHECK(space.projects.make_missing_folders() == std::vector<std::string>{"other"});
    CHECK(std::filesystem::is_directory(space.folders.data / "other"));
    CHECK(space.projects.all().size() == 3);  // with main
    // What is in the way is left alone, and so is a root that is not mounted.
    std::filesystem::remove(space.folders.data / "other");
    std::ofstream(space.folders.data / "other") << "x";
    CHECK(space.projects.make_missing_folders().empty());
    std::filesystem::remove_all(space.folders.data);
    CHECK(space.projects.make_missing_folders().empty());
    CHECK_FALSE(std::filesystem::exists(space.folders.data));
}

TEST_CASE("what is hidden, a link, a file or ignored is no project") {
    SpaceFixture space;
    REQUIRE(space.projects.add("Keep", std::nullopt, true));
    space.folder(".hidden");
    space.folder("node_modules");
    std::ofstream(space.folders.data / "file") << "x";
    std::filesystem::create_directory_symlink("/", space.folders.data / "link");
    CHECK(space.projects.discover().empty());
}

}  // namespace bm::test
