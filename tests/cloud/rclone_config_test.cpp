#include "cloud/rclone_config.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

const RcloneSection kSection{{"type", "webdav"}, {"pass", "x"}};

TEST_CASE("20-16: our section is replaced, and everything else stays byte by byte") {
    CHECK(with_section("", "ours", kSection) == "[ours]\ntype = webdav\npass = x\n");
    CHECK(with_section("# mine\n[a]\ntype = local\n", "ours", kSection) ==
          "# mine\n[a]\ntype = local\n\n[ours]\ntype = webdav\npass = x\n");
    CHECK(with_section("[a]\nx = 1\n\n[ours]\ntype = s3\nold = 1\n# about b\n[b]\ny = 2\n", "ours",
                       kSection) ==
          "[a]\nx = 1\n\n[ours]\ntype = webdav\npass = x\n\n# about b\n[b]\ny = 2\n");
    CHECK(with_section("[a]\nx = 1", "ours", kSection) ==
          "[a]\nx = 1\n\n[ours]\ntype = webdav\npass = x\n");
    // Again and again, nothing grows.
    const std::string once = with_section("[a]\nx = 1\n[b]\n", "a", kSection);
    CHECK(with_section(once, "a", kSection) == once);
    CHECK(with_section("[ours2]\nx = 1\n", "ours", kSection).starts_with("[ours2]\nx = 1\n"));
}

TEST_CASE("15-92 15-97: the file and its backup are their owner's alone") {
    test::TemporaryFolder folder;
    const auto file = folder.path() / "rclone" / "rclone.conf";
    REQUIRE(write_section(file, "ours", kSection));
    const auto mode_of = [](const std::filesystem::path& path) {
        struct stat seen {};
        REQUIRE(::stat(path.c_str(), &seen) == 0);
        return seen.st_mode & 0777U;
    };
    CHECK(mode_of(file) == 0600U);
    folder.write("rclone/rclone.conf", "[other]\ntype = local\n");
    ::chmod(file.c_str(), 0644);
    REQUIRE(write_section(file, "ours", kSection));
    CHECK(mode_of(file) == 0600U);
    const std::string backup = "rclone/rclone.conf.backup-" + std::to_string(::getpid());
    CHECK(folder.read(backup) == "[other]\ntype = local\n");
    CHECK(mode_of(folder.path() / backup) == 0600U);
    folder.write("rclone/rclone.conf",
                 "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nabc\n");
    const auto refused = write_section(file, "ours", kSection);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("encrypted") != std::string::npos);
    CHECK(folder.read("rclone/rclone.conf").ends_with("abc\n"));
}

TEST_CASE("each kind of storage has its keys, and nothing of a host becomes a key of its own") {
    const auto credentials = [](std::string type, std::string user, std::string secret) {
        StorageCredentials made;
        made.type = std::move(type);
        made.access_key = std::move(user);
        made.secret_key = std::move(secret);
        return made;
    };
    const StorageCredentials s3 = credentials("s3", "a", "s");
    const auto section = section_of(s3, "unused");
    REQUIRE(section);
    CHECK(*section == RcloneSection{{"type", "s3"},
                                    {"provider", "Other"},
                                    {"access_key_id", "a"},
                                    {"secret_access_key", "s"},
                                    {"endpoint", "https://fly.storage.tigris.dev"},
                                    {"region", "auto"},
                                    {"encoding", "Slash,InvalidUtf8"}});
    StorageCredentials webdav = credentials("webdav", "u", "p");
    webdav.endpoint = "https://h/webdav";
    webdav.vendor = "owncloud";
    CHECK(*section_of(webdav, "obscured") == RcloneSection{{"type", "webdav"},
                                                           {"url", "https://h/webdav"},
                                                           {"vendor", "owncloud"},
                                                           {"user", "u"},
                                                           {"pass", "obscured"}});
    webdav.access_key = "u\ntype = local";
    CHECK_FALSE(section_of(webdav, "o"));
    CHECK(section_of(credentials("ftp", "a", "b"), "").error().fault ==
          CloudFault::remote_unsupported);
}

}  // namespace
}  // namespace bm
