#include "cli/file_log.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

TEST_CASE("the log file is made with the first line and for its owner only") {
    const test::TemporaryFolder folder;
    FileLog log(folder.path() / "bm.log", LogLevel::info);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "bm.log"));
    log.log()(LogLevel::debug, "hidden");
    log.log()(LogLevel::warning, "seen");
    const std::string text = folder.read("bm.log");
    CHECK(text.find("hidden") == std::string::npos);
    CHECK(text.find("warning seen\n") != std::string::npos);
    struct stat status {};
    REQUIRE(stat((folder.path() / "bm.log").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("the files after a rotation are for their owner only") {
    const test::TemporaryFolder folder;
    FileLog log(folder.path() / "bm.log", LogLevel::info);
    const std::string line(100'000, 'x');
    for (int i = 0; i < 220; ++i) log.log()(LogLevel::info, line);
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        CAPTURE(entry.path());
        CHECK((entry.status().permissions() & std::filesystem::perms::all) ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
        ++files;
    }
    CHECK(files == 3);
}

TEST_CASE("a log that was readable for others no longer is") {
    const test::TemporaryFolder folder;
    const auto file = folder.path() / "bm.log";
    std::ofstream(file) << "old\n";
    std::filesystem::permissions(file, std::filesystem::perms(0644));
    FileLog log(file, LogLevel::info);
    log.log()(LogLevel::info, "new");
    CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0600));
    CHECK(folder.read("bm.log").rfind("old\n", 0) == 0);
}

TEST_CASE("a name in a message cannot forge a line") {
    const test::TemporaryFolder folder;
    FileLog log(folder.path() / "bm.log", LogLevel::info);
    log.log()(LogLevel::info, "refused ../x\n2026-01-01 error forged \x1b[31m");
    const std::string text = folder.read("bm.log");
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("a log that cannot be written stops nothing") {
    FileLog log("/nonexistent/folder/bm.log", LogLevel::info);
    CHECK_NOTHROW(log.log()(LogLevel::error, "x"));
}

TEST_CASE("level names are those of configuration files") {
    CHECK(log_level_from("DEBUG") == LogLevel::debug);
    CHECK(log_level_from("warning") == LogLevel::warning);
    CHECK(log_level_from("CRITICAL") == LogLevel::error);
    CHECK(log_level_from("info") == LogLevel::info);
    CHECK_FALSE(log_level_from("nonsense"));
}

}  // namespace
}  // namespace bm
