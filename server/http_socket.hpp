#pragma once

#include <string>
#include <string_view>

#include "server/file_descriptor.hpp"
#include "server/rate_limit.hpp"

namespace bm {

/// The server's end of one connection: bytes with deadlines. For one thread; waiting is sleeping in
/// poll(), which a stop ends where the caller asks for it.
class HttpSocket {
public:
    /// `stop_fd` becomes readable when the server stops.
    HttpSocket(FileDescriptor socket, int stop_fd);

    enum class Read { some, closed, timed_out, stopped };
    /// Appends what has come, at least one byte, to `out`.
    [[nodiscard]] Read read_some(std::string& out, Moment deadline, bool until_stop);

    /// Writes all of it. False when the client has gone or takes nothing for too long.
    [[nodiscard]] bool write_all(std::string_view bytes);

    enum class Waited { ready, peer_gone, timed_out };
    /// Sleeps until `readable` is, or the client has closed its side. Does not look at bytes that
    /// the client sends meanwhile.
    [[nodiscard]] Waited wait_for(int readable, Moment deadline);

    /// Sends what is left, then closes without cutting off an answer that the client has not read
    /// yet: what it still sends is read over for a moment.
    void close_gently();

    [[nodiscard]] std::string peer_address() const;

private:
    FileDescriptor socket_;
    int stop_fd_;
};

/// Milliseconds for poll(), rounded up, never negative.
[[nodiscard]] int milliseconds_until(Moment deadline) noexcept;

}  // namespace bm
