#include "markdown/path_safety.hpp"

#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using bm::is_safe_client_path;

TEST_CASE("every recorded path is judged as recorded") {
    std::ifstream file("vectors/path_validation.json");
    const auto rows = nlohmann::json::parse(file);
    REQUIRE(rows.size() > 50);
    for (const auto& row : rows) {
        const auto path = row[0].get<std::string>();
        CAPTURE(path);
        CHECK(is_safe_client_path(path) == (row.size() > 2 ? row[2]["v0.23"] : row[1]).get<bool>());
    }
}

TEST_CASE("13.2 item 23: paths that leave the project are refused") {
    for (const std::string path :
         {// up the tree
          "../", "../../", "../../../", "../outside", "../secrets", "../keys.md", "../../../etc",
          "../../../etc/malicious", "../../etc/hosts", "..", "../ETC", "../Etc/SECRETS", "../x.md",
          // up from inside
          "notes/../../../etc", "folder/../../outside", "w/../../out.md", "a/../../b/file.md",
          "project/folder/../../../Windows", "legitimate/path/../../.ssh",
          "assets/../../../tmp/evil", "valid/folder/../../home/user", "docs/../../.env_folder",
          "notes/文档/../../../etc", "docs/café/../../secrets", "files/αβγ/../../../malicious",
          "a/..",
          // backslashes
          "..\\", "..\\..\\", "..\\secrets", "..\\keys.txt", "..\\..\\Windows", "..\\WINDOWS",
          "..\\..\\..\\Windows\\System32", "notes\\..\\..\\..\\Windows", "\\\\..\\..\\Windows",
          // absolute
          "/", "/etc", "/etc/shadow", "/root", "/tmp/malicious", "/home/user", "//x", "\\x",
          "\\\\server\\share", "\\\\host\\share\\f.md",
          // drives
          "C:\\Windows", "C:\\Users\\user", "D:\\secrets", "C:/x", "c:x", "é:x",
          // home
          "~", "~/", "~/.ssh", "~/Documents", "~\\AppData", "a/~/b", "~backup",
          // hidden in blanks
          " ../../../etc ", "\t../../../secrets\t", " ..\\..\\Windows ", "notes/ ../../ malicious",
          " ../../x ", "\t../x", "x/\t../y", "x/..\t", "a/.. /b", "a/.. ./b", "...", "a/\u3000..",
          // control characters
          "a\nb", "a\rb",
          "a\x01"
          "b",
          "notes\n../x"}) {
        CAPTURE(path);
        CHECK_FALSE(is_safe_client_path(path));
    }
    CHECK_FALSE(is_safe_client_path(std::string_view("a\0b", 3)));
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += "../";
    CHECK_FALSE(is_safe_client_path(deep + "etc/malicious"));
}

TEST_CASE("paths inside the project are accepted") {
    for (const std::string path : {"",
                                   " ",
                                   "notes",
                                   "folder/subfolder",
                                   "projects/2025",
                                   "archive/old-notes",
                                   "./notes",
                                   "folder/./subfolder",
                                   "./folder/subfolder",
                                   "deep/nested/directory/structure",
                                   "meeting-notes",
                                   "research/ml",
                                   "no<>te:s",
                                   "a//b",
                                   "trail/",
                                   "a b/c",
                                   "Some Dir",
                                   "wait..what.md",
                                   "a..b",
                                   "..hidden",
                                   "a/..b/c",
                                   "%2e%2e/x",
                                   "con.md",
                                   "a\\b.md",
                                   "ünïcode/文档.md",
                                   "🎉.md",
                                   "tab\tin name"}) {
        CAPTURE(path);
        CHECK(is_safe_client_path(path));
    }
}
