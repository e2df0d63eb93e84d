#include "cloud/rclone_release.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloud/program_run.hpp"
#include "cloud/rclone_program.hpp"
#include "repository/checksum.hpp"
#include "tests/cloud/fake_http.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;

/// A folder that has an rclone already, and a release that is to take its place.
struct Installing {
    test::TemporaryFolder temporary;
    fs::path folder = temporary.path() / "rclone";
    fs::path programs = temporary.path() / "bin";
    test::FakeHttp http;
    std::string archive = "an archive";
    std::stop_source stop;

    Installing() {
        fs::create_directories(folder);
        fs::create_directories(programs);
        std::ofstream(folder / "rclone") << "old";
    }
    void program(const std::string& name, const std::string& text) const {
        std::ofstream(programs / name) << "#!/bin/sh\n" << text;
        fs::permissions(programs / name, fs::perms::owner_all);
    }
    CloudResult<void> run() {
        const RcloneRelease release{"1.75.2", "https://x/rclone.zip", checksum_of(archive)};
        return install_rclone(http, release,
                              {folder,
                               programs.string(),
                               {"PATH=" + programs.string() + ":/usr/bin:/bin"},
                               {},
                               stop.get_token()});
    }
    /// What is there, and nothing beside it.
    [[nodiscard]] std::string left() const {
        std::string names;
        for (const auto& entry : fs::directory_iterator(folder))
            names += entry.path().filename().string() + '=';
        return names + temporary.read("rclone/rclone");
    }
};

TEST_CASE("an installation that comes to nothing leaves what was there, and nothing else") {
    for (const std::string what : {"stopped", "broken off", "refused", "changed", "empty archive",
                                   "no unpacker", "does not run", "in the way"}) {
        CAPTURE(what);
        Installing it;
        std::string place = "rclone=old";
        if (what != "no unpacker")
            it.program("unzip",
                       what == "empty archive" ? "exit 0\n" : "echo exit 1 >\"$7/rclone\"\n");
        if (what == "stopped") {
            it.http.answer_by([&](const HttpCall& call) -> CloudResult<HttpAnswer> {
                CHECK(call.on_head(HttpAnswer{200, {}, ""}));
                CHECK(call.on_piece("an arch"));
                it.stop.request_stop();
                return cloud_fail(CloudFault::interrupted, "The transfer was ended.");
            });
        } else if (what == "broken off") {
            it.http.fail();
        } else if (what == "refused") {
            it.http.answer(404, "none");
        } else {
            it.http.answer(200, what == "changed" ? "another" : it.archive);
        }
        if (what == "in the way") {
            fs::remove(it.folder / "rclone");
            fs::create_directories(it.folder / "rclone/x");
            it.program("unzip", "printf '#!/bin/sh\\necho rclone v1.75.2\\n' >\"$7/rclone\"\n");
            CHECK(it.run().error().message.starts_with("Cannot put rclone in its place: "));
            CHECK(fs::exists(it.folder / "rclone/x"));
            continue;
        }
        const auto done = it.run();
        REQUIRE_FALSE(done);
        const std::map<std::string, CloudFault> faults{{"stopped", CloudFault::interrupted},
                                                       {"broken off", CloudFault::network},
                                                       {"refused", CloudFault::network}};
        const auto fault = faults.find(what);
        CHECK(done.error().fault ==
              (fault == faults.end() ? CloudFault::rclone_failed : fault->second));
        CHECK(it.left() == place);
    }
}

TEST_CASE("python3 unpacks where nothing else does") {
    const auto python = program_on_path("/usr/bin:/usr/local/bin", "python3");
    if (!python) {
        MESSAGE("skipped: no python3 here");
        return;
    }
    Installing it;
    fs::create_symlink(*python, it.programs / "python3");
    const fs::path made = it.temporary.path() / "made.zip";
    REQUIRE(
        run_program({*python,
                     {"-c",
                      "import sys, zipfile\n"
                      "with zipfile.ZipFile(sys.argv[1], 'w') as z:\n"
                      "    z.writestr('rclone-v1/README', 'x')\n"
                      "    z.writestr('rclone-v1/rclone', '#!/bin/sh\\necho rclone v1.75.2\\n')\n",
                      made},
                     {"PATH=/usr/bin:/bin"}},
                    {}, {})
            .succeeded());
    it.archive = it.temporary.read("made.zip");
    it.http.answer(200, it.archive);
    const auto done = it.run();
    REQUIRE_MESSAGE(done, (done ? std::string() : done.error().message));
    CHECK(it.left() == "rclone=#!/bin/sh\necho rclone v1.75.2\n");
}

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
