#include "cloud/rclone_release.hpp"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

TEST_CASE("the newest version is read from the first line, and nothing else is one") {
    CHECK(published_version("rclone v1.75.2\n") == "1.75.2");
    CHECK(published_version("rclone v1.75.2") == "1.75.2");
    for (const char* text :
         {"", "1.75.2", "rclone v", "rclone v1.75.2-beta", "rclone v1.75.2/../..", "<html>"}) {
        CAPTURE(text);
        CHECK_FALSE(published_version(text));
    }
}

TEST_CASE("a checksum belongs to the file of exactly that name") {
    const std::string digest(64, 'a');
    const std::string other(64, 'b');
    const std::string list = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n" + other +
                             "  rclone-v1-linux-amd64.zip.sig\n" + digest +
                             " *rclone-v1-linux-amd64.zip\nshort  rclone-v2.zip\n";
    CHECK(listed_checksum(list, "rclone-v1-linux-amd64.zip")->hex() == digest);
    CHECK_FALSE(listed_checksum(list, "linux-amd64.zip"));
    CHECK_FALSE(listed_checksum(list, "rclone-v2.zip"));
}

TEST_CASE("an archive is named by version, system and machine") {
    const auto name = rclone_archive_name("1.75.2");
    REQUIRE(name);
    CHECK(name->starts_with("rclone-v1.75.2-"));
    CHECK(name->ends_with(".zip"));
}

TEST_CASE("releases come by https, or from this machine") {
    for (const char* url : {"https://downloads.example", "http://127.0.0.1:8080/x",
                            "http://localhost:9", "http://[::1]:9"}) {
        CAPTURE(url);
        CHECK(is_trusted_source(url));
    }
    for (const char* url :
         {"http://downloads.example", "http://localhost:x@evil.example", "ftp://localhost",
          "http://localhost.evil.example", "http://127.0.0.1:1@evil.example/x", ""}) {
        CAPTURE(url);
        CHECK_FALSE(is_trusted_source(url));
    }
}

TEST_CASE("what a download has left goes once its process has ended") {
    const test::TemporaryFolder folder;
    const pid_t ended = ::fork();
    if (ended == 0) ::_exit(0);
    REQUIRE(::waitpid(ended, nullptr, 0) == ended);
    const std::string dead = "download-" + std::to_string(ended);
    const std::string alive = "download-" + std::to_string(::getpid());
    for (const auto& name : {dead, alive, std::string("other")})
        folder.write(name + "/rclone.zip", "x");
    remove_broken_downloads(folder.path());
    CHECK_FALSE(std::filesystem::exists(folder.path() / dead));
    CHECK(std::filesystem::exists(folder.path() / alive));
    CHECK(std::filesystem::exists(folder.path() / "other"));
    remove_broken_downloads(folder.path() / "none");
}

}  // namespace
}  // namespace bm
