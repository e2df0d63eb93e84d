#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "server/file_descriptor.hpp"
#include "server/rate_limit.hpp"
#include "server/socket_bytes.hpp"

namespace bm {

/// The address of the other end, without its port; "" when it has none.
[[nodiscard]] std::string peer_address(int socket);

/// How long a client that takes an answer slowly holds its thread, and what it has asked for.
struct WritePatience {
    std::chrono::milliseconds without_progress{10'000};
    /// What it has to take of one answer on the whole, beside that time: a slow line does more.
    std::size_t least_bytes_per_second = 8 * std::size_t{1024};
};

/// The server's end of one connection: bytes with deadlines. For one thread; waiting is sleeping in
/// poll(), which a stop ends where the caller asks for it.
class HttpSocket {
public:
    /// `stop_fd` becomes readable when the server stops. `bytes`: how they go over this socket;
    /// null: as they are.
    HttpSocket(FileDescriptor socket, int stop_fd, std::unique_ptr<SocketBytes> bytes = nullptr,
               WritePatience patience = {});

    enum class Opened { ready, is_plain, failed };
    /// Before anything else: agrees with the client on how bytes go. A stop ends it. When the
    /// client speaks HTTP where TLS is spoken, what is written from then on goes as it is.
    [[nodiscard]] Opened open(Moment deadline);

    enum class Read { some, closed, timed_out, stopped };
    /// Appends what has come, at least one byte, to `out`.
    [[nodiscard]] Read read_some(std::string& out, Moment deadline, bool until_stop);

    /// Writes all of it. False when the client has gone, or takes nothing for too long or all of
    /// it too slowly.
    [[nodiscard]] bool write_all(std::string_view bytes);

    enum class Waited { ready, peer_gone, timed_out };
    /// Sleeps until `readable` is, or the client has closed its side. Does not look at bytes that
    /// the client sends meanwhile.
    [[nodiscard]] Waited wait_for(int readable, Moment deadline);

    /// Sends what is left, then closes without cutting off an answer that the client has not read
    /// yet: what it still sends is read over for a moment.
    void close_gently();

    [[nodiscard]] std::string peer() const { return peer_address(socket_.number()); }

private:
    enum class Stirred { yes, stopped, timed_out, failed };
    /// Sleeps until what was not moved can go on.
    [[nodiscard]] Stirred wait_to_move(SocketBytes::Outcome wanted, Moment deadline,
                                       bool until_stop);

    /// When a client that has taken so much of an answer has been too slow.
    [[nodiscard]] Moment whole_by(Moment began, std::size_t total) const noexcept;

    FileDescriptor socket_;
    int stop_fd_;
    std::unique_ptr<SocketBytes> bytes_;
    WritePatience patience_;
};

/// Milliseconds for poll(), rounded up, never negative.
[[nodiscard]] int milliseconds_until(Moment deadline) noexcept;

}  // namespace bm
