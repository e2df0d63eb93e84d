#include "server/stdio_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "server/json_document.hpp"

namespace bm {
namespace {

constexpr std::size_t read_size = 64 * 1024;

/// A pipe that polls as writable takes this many bytes without blocking.
constexpr std::size_t write_size = PIPE_BUF;

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// Milliseconds for poll(): -1 waits for ever, and a stretch that has begun is waited out.
int poll_timeout(Moment until) {
    if (until == Moment::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
}

}  // namespace

StdioConnection::StdioConnection(FileDescriptor input, FileDescriptor output, Options options)
    : input_(std::move(input)),
      output_(std::move(output)),
      options_(options),
      wake_(make_wake_pipe()),
      lines_(options.longest_line) {}

Received StdioConnection::receive() {
    while (!ending_) {
        if (auto line = next_line()) return std::move(*line);
        if (input_ended_) {
            ending_ = Ending::end_of_input;
        } else {
            ending_ = wait_for_input();
        }
    }
    begin_to_end();
    return *ending_;
}

std::optional<Received> StdioConnection::next_line() {
    auto line = lines_.next();
    while (line && !line->too_long && is_blank(line->text)) line = lines_.next();
    if (!line && input_ended_) line = lines_.rest();
    if (!line || (!line->too_long && is_blank(line->text))) return std::nullopt;
    if (line->too_long) return ReceivedTooMuch{};
    return ReceivedMessage{std::move(line->text)};
}

std::optional<Ending> StdioConnection::wait_for_input() {
    // The output is polled for nothing but its reader going away.
    std::array<pollfd, 4> fds{{{input_.number(), POLLIN, 0},
                               {options_.stop_fd, POLLIN, 0},
                               {wake_.read_end.number(), POLLIN, 0},
                               {output_.number(), 0, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0) return std::nullopt;  // a signal: look again
    if (fds[1].revents != 0) return Ending::stop_requested;
    if (peer_gone_ || (fds[3].revents & (POLLERR | POLLNVAL)) != 0) {
        lose_peer();
        return Ending::peer_gone;
    }
    if (fds[2].revents != 0) return Ending::stop_requested;
    if (fds[0].revents != 0) read_some();
    return std::nullopt;
}

void StdioConnection::read_some() {
    std::array<char, read_size> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const ssize_t count = ::read(input_.number(), bytes.data(), bytes.size());
    if (count > 0) {
        lines_.feed({bytes.data(), static_cast<std::size_t>(count)});
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        input_ended_ = true;
    }
}

void StdioConnection::send(const Json& message) {
    if (peer_gone_) return;
    const std::string line = compact_text(message) + '\n';
    const std::scoped_lock lock(writing_);
    write_all(line);
}

void StdioConnection::write_all(std::string_view bytes) {
    while (!bytes.empty() && !peer_gone_) {
        if (!wait_for_room()) return lose_peer();
        const ssize_t count =
            ::write(output_.number(), bytes.data(), std::min(bytes.size(), write_size));
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno != EINTR && errno != EAGAIN) {
            return lose_peer();
        }
    }
}

/// False when the end has begun and the client does not read.
bool StdioConnection::wait_for_room() {
    for (;;) {
        const Moment until = give_up_;
        const bool ending = until != Moment::max();
        // Once the end has begun these two stay readable and would turn the wait into a spin.
        std::array<pollfd, 3> fds{{{output_.number(), POLLOUT, 0},
                                   {ending ? -1 : options_.stop_fd, POLLIN, 0},
                                   {ending ? -1 : wake_.read_end.number(), POLLIN, 0}}};
        const int ready = ::poll(fds.data(), fds.size(), poll_timeout(until));
        if (ready < 0) continue;
        if (fds[0].revents != 0) return true;
        if (ready == 0) return false;
        begin_to_end();
    }
}

void StdioConnection::begin_to_end() {
    Moment never = Moment::max();
    if (!give_up_.compare_exchange_strong(never, steady_now() + options_.patience)) return;
    const char byte = 1;
    // A full pipe is readable already, which is all that a byte could achieve.
    [[maybe_unused]] const auto written = ::write(wake_.write_end.number(), &byte, 1);
}

void StdioConnection::lose_peer() {
    peer_gone_ = true;
    begin_to_end();
}

bool StdioConnection::is_ending() { return peer_gone_ || stop_is_requested(); }

bool StdioConnection::stop_is_requested() const {
    if (options_.stop_fd < 0) return false;
    pollfd fd{options_.stop_fd, POLLIN, 0};
    return ::poll(&fd, 1, 0) > 0;
}

FileDescriptor claim_standard_output() {
    // Whatever still sits in a buffer of the C library follows to standard error: it is no message.
    FileDescriptor ours(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!ours) return ours;
    if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        const FileDescriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        if (!nowhere || ::dup2(nowhere.number(), STDOUT_FILENO) < 0) return {};
    }
    return ours;
}

FileDescriptor claim_standard_input() {
    return FileDescriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
}

}  // namespace bm
