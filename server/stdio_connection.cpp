#include "server/stdio_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string>
#include <utility>

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
    // The output is polled for nothing but its reader going away. A wake-up that was heard stays
    // readable, and says no more than that the input has hung up: what it still holds is read.
    const bool woken = ending_since_.load() != Moment::max();
    std::array<pollfd, 4> fds{{{input_.number(), POLLIN, 0},
                               {options_.stop_fd, POLLIN, 0},
                               {woken ? -1 : wake_.read_end.number(), POLLIN, 0},
                               {output_.number(), 0, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0) return std::nullopt;  // a signal: look again
    if (fds[1].revents != 0) return Ending::stop_requested;
    // A pipe without a reader is an error, a socket or terminal without one has hung up.
    if (peer_gone_ || (fds[3].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
        lose_peer();
        return Ending::peer_gone;
    }
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
    const Sending sending(senders_);
    const std::string line = compact_text(message) + '\n';
    const std::scoped_lock lock(writing_);
    if (peer_gone_) return;
    const std::size_t left = write_some_of(line);
    if (left == 0 || !options_.log) return;
    options_.log(Severity::warning, "the client stopped reading: of a message of " +
                                        std::to_string(line.size()) + " bytes " +
                                        std::to_string(left) + " were not sent");
}

/// Writes until all is through or the peer is lost; returns how many bytes are left.
std::size_t StdioConnection::write_some_of(std::string_view bytes) {
    Moment moved = steady_now();
    while (!bytes.empty() && !peer_gone_) {
        if (!wait_for_room(moved)) {
            lose_peer();
            break;
        }
        const ssize_t count =
            ::write(output_.number(), bytes.data(), std::min(bytes.size(), write_size));
        if (count > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
            moved = steady_now();
        } else if (count < 0 && errno != EINTR && errno != EAGAIN) {
            lose_peer();
        }
    }
    return bytes.size();
}

/// False when the end has begun and the client has not read for too long.
bool StdioConnection::wait_for_room(Moment moved) {
    for (;;) {
        const Moment ending = ending_since_;
        const Moment stopping = stopping_since_;
        const bool ends = ending != Moment::max();
        const bool stops = stopping != Moment::max();
        Moment until = ends ? std::max(moved, ending) + options_.patience : Moment::max();
        if (stops) until = std::min(until, stopping + options_.patience_when_stopped);
        // What is known already stays readable and would turn the wait into a spin. Nobody but us
        // may see the input hang up: the thread that reads it may be the one that waits here.
        std::array<pollfd, 4> fds{{{output_.number(), POLLOUT, 0},
                                   {stops ? -1 : options_.stop_fd, POLLIN, 0},
                                   {ends ? -1 : wake_.read_end.number(), POLLIN, 0},
                                   {ends ? -1 : input_.number(), POLLRDHUP, 0}}};
        const int ready = ::poll(fds.data(), fds.size(), poll_timeout(until));
        if (ready < 0) continue;
        if (ready == 0) return false;
        if (fds[1].revents != 0) begin_to_stop();
        if (fds[2].revents != 0 || fds[3].revents != 0) begin_to_end();
        if (fds[0].revents != 0) return true;
    }
}

void StdioConnection::begin_to_end() {
    Moment never = Moment::max();
    if (!ending_since_.compare_exchange_strong(never, steady_now())) return;
    const char byte = 1;
    // A full pipe is readable already, which is all that a byte could achieve.
    [[maybe_unused]] const auto written = ::write(wake_.write_end.number(), &byte, 1);
}

void StdioConnection::begin_to_stop() {
    Moment never = Moment::max();
    stopping_since_.compare_exchange_strong(never, steady_now());
    begin_to_end();
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

}  // namespace bm
