#include "host/host_veil.hpp"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

namespace bm::test {

TEST_CASE("a sentence of the host names none of its folders") {
    const HostVeil veil({"/d/spaces/1", {"/d/state/1"}});
    CHECK(veil.over("in /d/spaces/1/notes and /d/state/1/index.db") == "in /notes and index.db");
    CHECK(veil.over("Cannot read the folder /d/spaces/1: gone") ==
          "Cannot read the folder /: gone");
    CHECK(veil.over("'/d/spaces/1'") == "'/'");
    CHECK(veil.over("/d/state/1.") == "the host's folder.");
    // Nobody's account is another's with a digit more.
    CHECK(veil.over("/d/spaces/10/notes") == "/d/spaces/10/notes");
}

TEST_CASE("a folder with odd characters is not named in JSON either") {
    const HostVeil veil({"/d/\"x\\y\"/1", {"/d/state/1"}});
    CHECK(veil.over(R"({"detail":"no /d/\"x\\y\"/1/main"})") == R"({"detail":"no /main"})");
    CHECK(veil.over("no /d/\"x\\y\"/1/main") == "no /main");
}

TEST_CASE("a folder behind a link is not named as the system calls it") {
    TemporaryFolder temporary;
    const auto real = std::filesystem::canonical(temporary.path()) / "disk";
    std::filesystem::create_directories(real / "spaces" / "1");
    std::filesystem::create_directory_symlink(real, temporary.path() / "link");
    const SpaceFolders folders = HostData{temporary.path() / "link"}.space(1);
    const HostVeil veil(folders);
    CHECK(veil.over((real / "spaces" / "1" / "main").string()) == "/main");
    CHECK(veil.over((folders.data / "main").string()) == "/main");
}

}  // namespace bm::test
