#include "cloud/leftover_rclone.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cloud/rclone_program.hpp"
#include "cloud/scope_state.hpp"
#include "markdown/text.hpp"
#include "repository/descriptor.hpp"

namespace bm {

namespace {

std::string process_file(int pid, const char* name) {
    std::ifstream in("/proc/" + std::to_string(pid) + '/' + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::optional<int> parent_of(int pid) {
    const std::string line = process_file(pid, "stat");
    // `pid (name) state parent ...`; the name may hold anything.
    const auto end = line.rfind(") ");
    if (end == std::string::npos || line.size() < end + 5) return std::nullopt;
    int parent = 0;
    const char* from = line.data() + end + 4;
    const auto [stop, problem] = std::from_chars(from, line.data() + line.size(), parent);
    if (problem != std::errc{}) return std::nullopt;
    return parent;
}

bool has_our_words(const CloudScope& scope, int pid) {
    const std::string line = process_file(pid, "cmdline");
    const auto words = split(line, '\0');
    const auto has = [&words](std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    const auto place = std::find(words.begin(), words.end(), std::string_view("--workdir"));
    return has("bisync") && has("--use-json-log") && place != words.end() &&
           std::next(place) != words.end() && *std::next(place) == scope.state.string();
}

/// Nobody who types our words has that in the environment.
bool was_started_by(int starter, int pid) {
    const std::string text = process_file(pid, "environ");
    const auto entries = split(text, '\0');
    const std::string ours = std::string(kStartedBy) + "=" + std::to_string(starter);
    return std::find(entries.begin(), entries.end(), ours) != entries.end();
}

bool is_left_behind(const CloudScope& scope, int pid) {
    const auto state = read_scope_state(scope);
    if (!state || !state->in_progress || state->in_progress->pid <= 1) return false;
    const int starter = state->in_progress->pid;
    const auto parent = parent_of(pid);
    return parent && *parent != starter && was_started_by(starter, pid) &&
           has_our_words(scope, pid);
}

bool ends_within(const Descriptor& process, std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    pollfd end{process.number(), POLLIN, 0};
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        const int ready =
            ::poll(&end, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

}  // namespace

bool end_leftover_rclone(const CloudScope& scope, int pid, std::chrono::milliseconds grace) {
    // A handle, so that what is ended is what was looked at, whoever gets its number afterwards.
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process || !is_left_behind(scope, pid)) return false;
    const auto send = [&process](int signal) {
        return ::syscall(SYS_pidfd_send_signal, process.number(), signal, nullptr, 0) == 0;
    };
    if (!send(SIGINT)) return false;
    if (ends_within(process, grace)) return true;
    constexpr std::chrono::seconds to_die{5};
    return send(SIGKILL) && ends_within(process, to_die);
}

}  // namespace bm
