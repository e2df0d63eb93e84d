#include "server/socket_bytes.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace bm {
namespace {

/// What a call that moved nothing leaves to wait for.
SocketBytes::Outcome after_nothing(SocketBytes::Outcome wanted) {
    const bool is_only_busy = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return is_only_busy ? wanted : SocketBytes::Outcome::closed;
}

}  // namespace

SocketBytes::Moved PlainBytes::read(char* to, std::size_t size) {
    const auto got = ::recv(socket_, to, size, 0);
    if (got > 0) return {Outcome::moved, static_cast<std::size_t>(got)};
    return {got == 0 ? Outcome::closed : after_nothing(Outcome::wants_read), 0};
}

SocketBytes::Moved PlainBytes::write(std::string_view bytes) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) return {Outcome::moved, static_cast<std::size_t>(sent)};
    return {after_nothing(Outcome::wants_write), 0};
}

}  // namespace bm
