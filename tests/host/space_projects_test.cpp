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
