#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/file_descriptor.hpp"
#include "server/rate_limit.hpp"
#include "server/socket_bytes.hpp"

namespace bm {

/// The server's end of one connection: bytes with deadlines. For one thread; waiting is sleeping in
/// poll(), which a stop ends where the caller asks for it.
class HttpSocket {
public:
    /// `stop_fd` becomes readable when the server stops. `bytes`: how they go over this socket;
    /// null: as they are.
    HttpSocket(FileDescriptor socket, int stop_fd, std::unique_ptr<SocketBytes> bytes = nullptr);

    enum class Opened { ready, is_plain, failed };
    /// Before anything else: agrees with the client on how bytes go. A stop ends it. When the
    /// client speaks HTTP where TLS is spoken, what is written from then on goes as it is.
    [[nodiscard]] Opened open(Moment deadline);

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
    enum class Stirred { yes, stopped, timed_out, failed };
    /// Sleeps until what was not moved can go on.
    [[nodiscard]] Stirred wait_to_move(SocketBytes::Outcome wanted, Moment deadline,
                                       bool until_stop);

    FileDescriptor socket_;
    int stop_fd_;
    std::unique_ptr<SocketBytes> bytes_;
};

/// Milliseconds for poll(), rounded up, never negative.
[[nodiscard]] int milliseconds_until(Moment deadline) noexcept;

}  // namespace bm
