#include "server/http_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/trusted_proxies.hpp"

namespace bm {
namespace {

/// How long, and how much, a client may go on sending after its refusal.
constexpr std::chrono::milliseconds linger_time{300};
constexpr std::size_t most_lingering_bytes = 1024 * std::size_t{1024};

constexpr std::size_t read_size = 16 * std::size_t{1024};

void set_flags(int fd) {
    // The accept that hands us the socket sets neither. Programs that we start must not hold it.
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

int milliseconds_until(Moment deadline) noexcept {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

HttpSocket::HttpSocket(FileDescriptor socket, int stop_fd, std::unique_ptr<SocketBytes> bytes,
                       WritePatience patience)
    : socket_(std::move(socket)), stop_fd_(stop_fd), bytes_(std::move(bytes)), patience_(patience) {
    set_flags(socket_.number());
    if (!bytes_) bytes_ = std::make_unique<PlainBytes>(socket_.number());
}

HttpSocket::Stirred HttpSocket::wait_to_move(SocketBytes::Outcome wanted, Moment deadline,
                                             bool until_stop) {
    const short event = wanted == SocketBytes::Outcome::wants_write ? POLLOUT : POLLIN;
    std::array<pollfd, 2> watched = {
        {{socket_.number(), event, 0}, {until_stop ? stop_fd_ : -1, POLLIN, 0}}};
    const int count = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
    if (count < 0 && errno != EINTR) return Stirred::failed;
    if (count > 0 && watched[0].revents != 0) return Stirred::yes;
    if (count > 0 && watched[1].revents != 0) return Stirred::stopped;
    return steady_now() >= deadline ? Stirred::timed_out : Stirred::yes;
}

HttpSocket::Opened HttpSocket::open(Moment deadline) {
    for (;;) {
        const SocketBytes::Outcome outcome = bytes_->open();
        if (outcome == SocketBytes::Outcome::moved) return Opened::ready;
        if (outcome == SocketBytes::Outcome::is_plain) {
            bytes_ = std::make_unique<PlainBytes>(socket_.number());
            return Opened::is_plain;
        }
        // A byte now and then does not help.
        if (outcome == SocketBytes::Outcome::closed || steady_now() >= deadline ||
            wait_to_move(outcome, deadline, true) != Stirred::yes) {
            return Opened::failed;
        }
    }
}

HttpSocket::Read HttpSocket::read_some(std::string& out, Moment deadline, bool until_stop) {
    std::array<char, read_size> buffer;
    for (;;) {
        const auto got = bytes_->read(buffer.data(), buffer.size());
        if (got.outcome == SocketBytes::Outcome::moved) {
            out.append(buffer.data(), got.count);
            return Read::some;
        }
        if (got.outcome == SocketBytes::Outcome::closed) return Read::closed;
        switch (wait_to_move(got.outcome, deadline, until_stop)) {
            case Stirred::yes:
                break;
            case Stirred::stopped:
                return Read::stopped;
            case Stirred::timed_out:
                return Read::timed_out;
            case Stirred::failed:
                return Read::closed;
        }
    }
}

Moment HttpSocket::whole_by(Moment began, std::size_t total) const noexcept {
    return began + patience_.without_progress +
           std::chrono::milliseconds(total * 1000 / patience_.least_bytes_per_second);
}

bool HttpSocket::write_all(std::string_view bytes) {
    const Moment began = steady_now();
    Moment moved = began;
    std::size_t total = 0;
    while (!bytes.empty()) {
        const auto sent = bytes_->write(bytes);
        if (sent.outcome == SocketBytes::Outcome::moved) {
            bytes.remove_prefix(sent.count);
            total += sent.count;
            moved = steady_now();
            // A byte now and then does not help.
            if (moved >= whole_by(began, total)) return false;
            continue;
        }
        if (sent.outcome == SocketBytes::Outcome::closed) return false;
        const Moment until = std::min(moved + patience_.without_progress, whole_by(began, total));
        const Stirred stirred = wait_to_move(sent.outcome, until, false);
        if (stirred == Stirred::timed_out || stirred == Stirred::failed) return false;
    }
    return true;
}

HttpSocket::Waited HttpSocket::wait_for(int readable, Moment deadline) {
    for (;;) {
        // Not POLLIN: bytes of the client's next request would keep us awake.
        std::array<pollfd, 2> watched = {{{socket_.number(), POLLRDHUP, 0}, {readable, POLLIN, 0}}};
        const int count = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
        if (count < 0 && errno != EINTR) return Waited::peer_gone;
        if (count > 0 && watched[1].revents != 0) return Waited::ready;
        if (count > 0 && watched[0].revents != 0) return Waited::peer_gone;
        if (count <= 0 && steady_now() >= deadline) return Waited::timed_out;
    }
}

void HttpSocket::close_gently() {
    bytes_->end();
    ::shutdown(socket_.number(), SHUT_WR);
    // What is read over need not be understood.
    bytes_ = std::make_unique<PlainBytes>(socket_.number());
    const Moment deadline = steady_now() + linger_time;
    std::string ignored;
    for (std::size_t total = 0; total < most_lingering_bytes; total += ignored.size()) {
        ignored.clear();
        if (read_some(ignored, deadline, true) != Read::some) break;
        if (steady_now() >= deadline) break;
    }
    socket_ = FileDescriptor();
}

std::string peer_address(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return {};
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* raw = nullptr;
    if (address.ss_family == AF_INET) raw = &reinterpret_cast<sockaddr_in&>(address).sin_addr;
    if (address.ss_family == AF_INET6) raw = &reinterpret_cast<sockaddr_in6&>(address).sin6_addr;
    if (raw == nullptr) return {};
    if (::inet_ntop(address.ss_family, raw, text.data(), text.size()) == nullptr) return {};
    // Who comes over IPv4 to a socket of IPv6 is the same peer as over IPv4.
    const auto parsed = IpAddress::from(text.data());
    return parsed ? parsed->text() : std::string(text.data());
}

}  // namespace bm
