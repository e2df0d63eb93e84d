#include "host/project_path.hpp"

#include <doctest/doctest.h>

namespace bm {

TEST_CASE("every spelling of a project's path leaves the host as one") {
    for (const char* path : {"/app/data/x", "app/data/x", "/x", "x", "//x", "x/", "/app/data//x"}) {
        CAPTURE(path);
        CHECK(normalised_project_path(path) == "/x");
    }
    CHECK(normalised_project_path("/app/data/a/b") == "/a/b");
    CHECK(normalised_project_path("app/x") == "/app/x");
    CHECK(normalised_project_path("C:\\notes") == "C:\\notes");
    CHECK(normalised_project_path("c:/notes") == "c:/notes");
    CHECK(normalised_project_path("") == "/");
}

TEST_CASE("only one plain name may be a folder below the root of a space") {
    CHECK(single_folder("notes") == "notes");
    CHECK(single_folder("/My Notes/") == "My Notes");
    CHECK(single_folder("/app/data/notes") == "notes");
    for (const char* path : {"", "/", ".", "..", "/..", "a/b", "a/../b", ".git", "a\\b", "C:\\x",
                             "a\nb", "a\x7f", "\xff", "/app/data/../x"}) {
        CAPTURE(path);
        CHECK_FALSE(single_folder(path));
    }
    CHECK_FALSE(single_folder(std::string(256, 'a')));
}

}  // namespace bm
