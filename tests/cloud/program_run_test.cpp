#include "cloud/program_run.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "cloud/rclone_program.hpp"
#include "cloud/rclone_run.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bm;
using namespace bm::test;

namespace {

std::filesystem::path script(const TemporaryFolder& folder, const std::string& text) {
    folder.write("rclone", "#!/bin/sh\n" + text);
    const auto file = folder.path() / "rclone";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
}

/// Somebody who asks to stop.
class Stopper {
public:
    Stopper() { REQUIRE(::pipe(ends_.data()) == 0); }
    ~Stopper() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Stopper(const Stopper&) = delete;
    Stopper& operator=(const Stopper&) = delete;
    [[nodiscard]] StopRequest request() const { return {ends_[0]}; }
    void ask() const { REQUIRE(::write(ends_[1], "x", 1) == 1); }

private:
    std::array<int, 2> ends_{};
};

}  // namespace

TEST_CASE("arguments arrive as they are, and input and lines get through") {
    const TemporaryFolder folder;
    const auto file = script(folder,
                             "for a in \"$@\"; do printf '%s\\n' \"$a\"; done\n"
                             "cat\necho E=$X >&2\nexit 3\n");
    std::vector<std::string> out;
    std::string err;
    const std::string odd = "$(touch x) 'q' \"d\" ; *\\";
    const auto end = run_program(
        {file, {odd, "", "ü"}, {"PATH=/bin:/usr/bin", "X=1"}, "in\nlast"},
        [&](std::string_view line) { out.emplace_back(line); },
        [&](std::string_view line) { err = line; });
    CHECK(out == std::vector<std::string>{odd, "", "ü", "in", "last"});
    CHECK(err == "E=1");
    CHECK(end.exit_code == 3);
    CHECK_FALSE(end.was_stopped);
}

TEST_CASE("much input and much output do not block each other") {
    const std::string big(3 << 20, 'x');
    std::size_t seen = 0;
    const auto end = run_program({"/bin/cat", {}, {}, big + "\n" + big},
                                 [&](std::string_view line) { seen += line.size(); }, {});
    CHECK(end.succeeded());
    CHECK(seen == 2 * big.size());
}

TEST_CASE("a program that is not there is told by its error") {
    CHECK(run_program({"/no/such/program", {}, {}}, {}, {}).start_error == ENOENT);
}

TEST_CASE("a request to stop gives a program time, a second one or the end of that time does not") {
    const TemporaryFolder folder;
    const Stopper stopper;
    ProgramLimits limits;
    limits.stop = stopper.request();
    const auto after = [&](int requests) {
        return [&stopper, requests, done = false](std::string_view) mutable {
            for (int i = 0; i < requests && !done; ++i) stopper.ask();
            done = true;
        };
    };
    const std::string polite =
        "trap 'echo bye; exit 7' INT\necho ready\nwhile :; do sleep 0.1; done\n";
    const std::string deaf = "trap '' INT\necho ready\nwhile :; do sleep 0.1; done\n";
    SUBCASE("it ends by itself") {
        const auto end =
            run_program({script(folder, polite), {}, {"PATH=/bin:/usr/bin"}}, after(1), {}, limits);
        CHECK(end.exit_code == 7);
        CHECK(end.was_stopped);
    }
    SUBCASE("its time is over") {
        limits.grace = std::chrono::milliseconds(300);
        const auto end =
            run_program({script(folder, deaf), {}, {"PATH=/bin:/usr/bin"}}, after(1), {}, limits);
        CHECK(end.signal == SIGKILL);
    }
    SUBCASE("asked twice") {
        const auto end =
            run_program({script(folder, deaf), {}, {"PATH=/bin:/usr/bin"}}, after(2), {}, limits);
        CHECK(end.signal == SIGKILL);
    }
}

TEST_CASE("rclone is found by its setting or on PATH, and its version remembered") {
    const TemporaryFolder folder;
    const auto file = script(
        folder, "echo x >> " + (folder.path() / "calls").string() + "\necho rclone v1.70.0\n");
    RcloneSearch search;
    search.search_path = "relative:" + folder.path().string();
    search.environment = {"PATH=/bin:/usr/bin"};
    search.cache = folder.path() / "cache.json";
    auto found = find_rclone(search);
    REQUIRE(found);
    CHECK(found->file == file);
    CHECK(found->version->minor == 70);
    CHECK(find_rclone(search)->version == found->version);
    CHECK(folder.read("calls") == "x\n");
    // Another program under the same name is asked again.
    script(folder, "echo rclone v1.71.10\n");
    CHECK(find_rclone(search)->version->minor == 71);
    search.search_path = "/nowhere";
    const auto missing = find_rclone(search);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message == "rclone not found");
    CHECK(missing.error().hint == "rclone is not installed. Run: bm cloud setup");
    search.configured = folder.path() / "other";
    CHECK(find_rclone(search).error().message.find("rclone_path names") != std::string::npos);
}

TEST_CASE("every run has its limits, and failures say what to do") {
    const TemporaryFolder folder;
    RcloneSetup setup;
    setup.program = {script(folder,
                            "printf '%s\\n' '{\"level\":\"critical\",\"msg\":\"dial: "
                            "connection refused\"}' >&2\nexit 1\n"),
                     parse_rclone_version("rclone v1.60.1-DEV")};
    setup.config_file = "/conf";
    setup.environment = {"PATH=/bin:/usr/bin"};
    const RcloneCall call{{"lsf", "r:"}, "", folder.path() / "log", std::nullopt};
    const auto words = rclone_arguments(setup, call);
    const auto has = [](const std::vector<std::string>& all, const std::string& word) {
        return std::find(all.begin(), all.end(), word) != all.end();
    };
    CHECK(has(words, "--contimeout"));
    CHECK_FALSE(has(words, "--color"));
    setup.program.version = parse_rclone_version("rclone v1.61.0");
    setup.is_tigris = true;
    CHECK(has(rclone_arguments(setup, call), "--color"));
    CHECK(has(rclone_arguments(setup, call), "X-Tigris-Consistent: true"));
    const auto outcome = run_rclone(setup, call);
    CHECK(outcome.trouble == RcloneTrouble::network);
    const auto failure = failure_of(outcome, "http://host");
    CHECK(failure.fault == CloudFault::network);
    CHECK(failure.message == "Cannot reach cloud storage at http://host: dial: connection refused");
    CHECK(folder.read("log").find("refused") != std::string::npos);
}

TEST_CASE("a program that leaves another one running is not waited for through its outputs") {
    const TemporaryFolder folder;
    folder.write("log", "before\n");
    ProgramCall call{.file = "/bin/sh",
                     .arguments = {"-c", "echo out; echo err >&2; (sleep 20) & exit 3"},
                     .environment = {"PATH=/usr/bin:/bin"}};
    call.output_file = folder.path() / "log";
    const auto began = std::chrono::steady_clock::now();
    const auto end = run_program(call, {}, {});
    CHECK(end.exit_code == 3);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
    CHECK(folder.read("log") == "before\nout\nerr\n");
    call.output_file = folder.path() / "none" / "log";
    CHECK(run_program(call, {}, {}).start_error == ENOENT);
    call.output_file = folder.path() / "log";
    call.arguments = {"-c", "exec sleep 20"};
    ProgramLimits limits;
    limits.longest = std::chrono::milliseconds(300);
    CHECK(run_program(call, {}, {}, limits).was_stopped);
}
