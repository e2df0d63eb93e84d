#pragma once

#include <cstddef>
#include <string_view>

namespace bm {

/// How bytes go over a socket that does not block: as they are, or within TLS. Never waits; says
/// instead what to wait for. For one thread.
class SocketBytes {
public:
    enum class Outcome {
        moved,  ///< at least one byte; of open(): it is open
        wants_read,
        wants_write,
        closed,
        is_plain,  ///< of open(): who connected speaks HTTP without TLS
    };
    struct Moved {
        Outcome outcome = Outcome::closed;
        std::size_t count = 0;
    };

    SocketBytes() = default;
    SocketBytes(const SocketBytes&) = delete;
    SocketBytes& operator=(const SocketBytes&) = delete;
    virtual ~SocketBytes() = default;

    /// Before anything else, until it is open.
    [[nodiscard]] virtual Outcome open() = 0;
    [[nodiscard]] virtual Moved read(char* to, std::size_t size) = 0;
    /// What was not moved is offered again, with the same bytes in front.
    [[nodiscard]] virtual Moved write(std::string_view bytes) = 0;
    /// Tells the other side that nothing follows, where that is not the socket's own matter.
    virtual void end() = 0;
};

/// The bytes as they are.
class PlainBytes final : public SocketBytes {
public:
    explicit PlainBytes(int socket) : socket_(socket) {}

    [[nodiscard]] Outcome open() override { return Outcome::moved; }
    [[nodiscard]] Moved read(char* to, std::size_t size) override;
    [[nodiscard]] Moved write(std::string_view bytes) override;
    void end() override {}

private:
    int socket_;
};

}  // namespace bm
