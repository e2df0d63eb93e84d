#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/file_descriptor.hpp"

namespace bm::test {

using FieldList = std::vector<std::pair<std::string, std::string>>;

/// What a server has answered.
struct HttpReply {
    int status = 0;  ///< 0: nothing came
    FieldList fields;
    std::string body;
    bool is_broken = false;  ///< the connection ended before the body did

    /// The value of the first field of this name, or "".
    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
};

/// A client of HTTP/1.1 made of nothing but a socket, so that it can misbehave. Each wait is
/// bounded: what does not come in a long time counts as not coming.
class HttpClient {
public:
    /// From this address, which is one of the machine itself; empty: the usual one.
    explicit HttpClient(int port, const std::string& from = {});

    /// Sends the bytes as they are. False when the server has closed its side.
    bool write(std::string_view bytes);
    void shut_writing();
    void close() { socket_ = FileDescriptor(); }

    /// The next answer, whole; chunks are put together.
    HttpReply read();
    /// The head of the next answer, whose body comes in pieces.
    HttpReply read_head();
    /// The next event of a stream without the blank line behind it; comments are events here.
    /// Nothing when the stream is complete or broken, see stream_is_complete().
    std::optional<std::string> next_event();
    /// The same, without comments.
    std::optional<std::string> next_real_event();
    [[nodiscard]] bool stream_is_complete() const noexcept { return complete_; }
    /// Whether the server closes the connection within the stretch, saying nothing more.
    bool is_closed_within(std::chrono::milliseconds stretch);
    /// Whether anything comes within the stretch.
    bool has_more_within(std::chrono::milliseconds stretch);

private:
    bool receive(std::chrono::milliseconds limit);
    std::optional<std::string> take_line();
    bool take_chunk();

    FileDescriptor socket_;
    std::string received_;
    std::string stream_;  // chunks without their framing
    bool chunked_ = false;
    bool complete_ = false;
    bool closed_ = false;
};

/// A request with its length. `fields` come behind Host.
[[nodiscard]] std::string http_request(std::string_view method, std::string_view path,
                                       const FieldList& fields = {}, std::string_view body = {},
                                       std::string_view host = "localhost");

/// The data of an event, without `data: `; "" when it has none.
[[nodiscard]] std::string event_data(const std::string& event);
/// The value of a line `name: value` of an event.
[[nodiscard]] std::string event_field(const std::string& event, const std::string& name);

}  // namespace bm::test
