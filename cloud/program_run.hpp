#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// Why a program went on or stopped before it was done: a descriptor that gets one byte for each
/// time somebody asks to stop, and that nobody reads from. Negative: nobody can ask.
struct StopRequest {
    int descriptor = -1;
    /// How often it was asked for so far.
    [[nodiscard]] int count() const noexcept;
    [[nodiscard]] bool was_made() const noexcept { return count() > 0; }
};

/// A program with its arguments; no shell ever sees them.
struct ProgramCall {
    std::filesystem::path file;
    std::vector<std::string> arguments;    ///< without the program's name
    std::vector<std::string> environment;  ///< `NAME=value`
    std::string input = {};                ///< what it reads; empty: /dev/null
    /// Gets both of its outputs, added at the end, and the sinks get nothing: for a program that
    /// leaves another one running, which would hold its outputs open.
    std::filesystem::path output_file = {};
};

struct ProgramLimits {
    StopRequest stop = {};
    /// After a request to stop it gets SIGINT and so long to end; a second request, or the end of
    /// that time, kills it.
    std::chrono::milliseconds grace = std::chrono::seconds(90);
    /// Killed after so long.
    std::optional<std::chrono::milliseconds> longest = {};
};

/// How it ended.
struct ProgramEnd {
    int start_error = 0;  ///< an errno value: it never ran
    int exit_code = -1;   ///< -1 when a signal ended it
    int signal = 0;
    bool was_stopped = false;  ///< we have asked it to stop, or killed it

    [[nodiscard]] bool succeeded() const noexcept { return start_error == 0 && exit_code == 0; }
};

/// Gets whole lines without their ends, as they come; the last one also when its end is missing.
using LineSink = std::function<void(std::string_view line)>;

/// Runs a program to its end, in a process group of its own, so that Ctrl+C reaches it through us
/// alone. It dies with the calling thread, however that ends. A line of more than 1 MiB is given in
/// pieces. Throws std::system_error when this process has no descriptors left.
ProgramEnd run_program(const ProgramCall& call, const LineSink& out, const LineSink& err,
                       const ProgramLimits& limits = {});

}  // namespace bm
