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

/// How long a client that takes nothing of an answer holds its thread.
constexpr std::chrono::seconds write_patience{10};

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

bool is_only_busy() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

int milliseconds_until(Moment deadline) noexcept {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

HttpSocket::HttpSocket(FileDescriptor socket, int stop_fd)
    : socket_(std::move(socket)), stop_fd_(stop_fd) {
    set_flags(socket_.number());
}

HttpSocket::Read HttpSocket::read_some(std::string& out, Moment deadline, bool until_stop) {
    std::array<char, read_size> buffer;
    for (;;) {
        const auto got = ::recv(socket_.number(), buffer.data(), buffer.size(), 0);
        if (got > 0) {
            out.append(buffer.data(), static_cast<std::size_t>(got));
            return Read::some;
        }
        if (got == 0 || !is_only_busy()) return Read::closed;
        std::array<pollfd, 2> watched = {
            {{socket_.number(), POLLIN, 0}, {until_stop ? stop_fd_ : -1, POLLIN, 0}}};
        const int count = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
        if (count < 0 && errno != EINTR) return Read::closed;
        if (watched[0].revents != 0) continue;
        if (watched[1].revents != 0) return Read::stopped;
        if (count == 0 && steady_now() >= deadline) return Read::timed_out;
    }
}

bool HttpSocket::write_all(std::string_view bytes) {
    Moment moved = steady_now();
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            moved = steady_now();
            continue;
        }
        if (!is_only_busy()) return false;
        pollfd watched{socket_.number(), POLLOUT, 0};
        const int count = ::poll(&watched, 1, milliseconds_until(moved + write_patience));
        if (count == 0 && steady_now() >= moved + write_patience) return false;
        if (count < 0 && errno != EINTR) return false;
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
    ::shutdown(socket_.number(), SHUT_WR);
    const Moment deadline = steady_now() + linger_time;
    std::string ignored;
    for (std::size_t total = 0; total < most_lingering_bytes; total += ignored.size()) {
        ignored.clear();
        if (read_some(ignored, deadline, true) != Read::some) break;
        if (steady_now() >= deadline) break;
    }
    socket_ = FileDescriptor();
}

std::string HttpSocket::peer_address() const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
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
