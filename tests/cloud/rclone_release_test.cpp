#include "cloud/rclone_release.hpp"

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace bm
