#include "cloud/program_run.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "cloud/rclone_program.hpp"
#include "cloud/rclone_run.hpp"
#include "cloud/scope_memory.hpp"
#include "cloud/sync_lock.hpp"
#include "tests/support/child_process.hpp"
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

constexpr int kNoProcess = 4'194'305;  // more than the kernel gives out

bool is_alive(int pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    const std::string line{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto end = line.rfind(") ");
    return end != std::string::npos && line.substr(end + 2, 1) != "Z";
}

bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 400; ++i) {
        if (holds()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return false;
}

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

TEST_CASE("X-06: a program dies with the process that waits for it") {
    const TemporaryFolder folder;
    const auto file =
        script(folder, "echo $$ >\"$1.new\" && mv \"$1.new\" \"$1\"\nexec sleep 60\n");
    const auto note = folder.path() / "pid";
    const ChildProcess waiting([&] {
        run_program({file, {note.string()}, {"PATH=/bin:/usr/bin"}}, {}, {});
        return 0;
    });
    REQUIRE(eventually([&] { return std::filesystem::exists(note); }));
    const int child = std::stoi(folder.read("pid"));
    CHECK(::kill(child, 0) == 0);
    waiting.kill();
    CHECK(eventually([&] { return !is_alive(child); }));
}

TEST_CASE("X-06: an rclone that a killed command has left behind is ended, another one is not") {
    const TemporaryFolder folder;
    CloudScope scope;
    scope.local_root = folder.path() / "notes";
    scope.remote = "r:b";
    scope.state = folder.path() / "state";
    const auto file = script(folder, "while :; do sleep 0.05; done\n");
    const auto started = [&](const std::string& workdir, int starter) {
        return std::make_unique<ChildProcess>([&] {
            ::setenv(kStartedBy, std::to_string(starter).c_str(), 1);
            ::execl(file.c_str(), "rclone", "bisync", "--use-json-log", "--workdir",
                    workdir.c_str(), nullptr);
            return 1;
        });
    };
    // The one that ran it is gone: this test is the parent now.
    ScopeState state = fresh_state(scope);
    state.in_progress = RunInProgress{kNoProcess, "bm sync", "run", "then"};
    REQUIRE(write_scope_state(scope, state));
    const auto locked_by = [&](int pid) {
        std::ofstream(scope.rclone_lock()) << "{\"PID\":\"" << pid << "\"}";
        return eventually([&] { return is_running_rclone(pid); });
    };
    const auto ours = started(scope.state.string(), kNoProcess);
    REQUIRE(locked_by(ours->id()));
    CHECK(clear_rclone_lock(scope).value_or(false));
    CHECK(ours->wait() == -1);
    CHECK_FALSE(std::filesystem::exists(scope.rclone_lock()));

    const auto elsewhere = started((folder.path() / "elsewhere").string(), kNoProcess);
    REQUIRE(locked_by(elsewhere->id()));
    CHECK(clear_rclone_lock(scope).error().fault == CloudFault::locked);
    const auto by_hand = started(scope.state.string(), 1);
    REQUIRE(locked_by(by_hand->id()));
    CHECK(clear_rclone_lock(scope).error().fault == CloudFault::locked);
    CHECK(is_alive(by_hand->id()));
    const auto attended = started(scope.state.string(), ::getpid());
    state.in_progress->pid = ::getpid();  // its parent still waits for it
    REQUIRE(write_scope_state(scope, state));
    REQUIRE(locked_by(attended->id()));
    CHECK(clear_rclone_lock(scope).error().message.find("Another rclone (PID") == 0);
    CHECK(is_alive(attended->id()));
    CHECK(std::filesystem::exists(scope.rclone_lock()));
}

TEST_CASE("20-45: a full disk is told as what it is, also where rclone has words of its own") {
    CHECK(trouble_in("preallocate: file too big for remaining disk space") ==
          RcloneTrouble::disk_full);
    CHECK(trouble_in("write /n: no space left on device") == RcloneTrouble::disk_full);
    RcloneOutcome outcome;
    outcome.trouble = RcloneTrouble::disk_full;
    outcome.message = "preallocate: file too big for remaining disk space";
    CHECK(failure_of(outcome, "").message ==
          "The disk is full: no space left on device (preallocate: file too big for remaining disk "
          "space)");
    outcome.message = "write /n: no space left on device";
    CHECK(failure_of(outcome, "").message == "The disk is full: write /n: no space left on device");
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

TEST_CASE(
    "the rclone that setup has installed is used where the PATH has none that is new enough") {
    const TemporaryFolder folder;
    const auto on_path = script(folder, "echo rclone v1.60.1-DEV\n");
    RcloneSearch search;
    search.search_path = folder.path().string();
    search.environment = {"PATH=/bin:/usr/bin"};
    search.cache = folder.path() / "cache.json";
    search.installed = folder.path() / "own-rclone";
    CHECK(find_rclone(search)->file == on_path);
    std::filesystem::copy_file(on_path, search.installed);
    std::ofstream(search.installed) << "#!/bin/sh\necho x >> " << (folder.path() / "calls").string()
                                    << "\necho rclone v1.75.2\n";
    for (int i = 0; i < 2; ++i) {
        const auto found = find_rclone(search);
        REQUIRE(found);
        CHECK(found->file == search.installed);
        CHECK(found->version->minor == 75);
    }
    CHECK(folder.read("calls") == "x\n");
    // A newer package comes later.
    script(folder, "echo rclone v1.80.0\n");
    CHECK(find_rclone(search)->file == on_path);
    search.search_path = "/nowhere";
    CHECK(find_rclone(search)->file == search.installed);
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
