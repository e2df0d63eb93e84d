#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "server/http_message.hpp"
#include "server/http_response.hpp"
#include "server/rate_limit.hpp"

namespace bm {

/// One request and the way back to its client. Belongs to the thread of its connection; is answered
/// once, whole or as a stream.
class HttpExchange {
public:
    HttpExchange() = default;
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;
    virtual ~HttpExchange() = default;

    /// Its body is empty before read_body().
    [[nodiscard]] virtual const HttpRequest& request() const noexcept = 0;

    /// True when the head itself tells that the body is larger than `limit`.
    [[nodiscard]] virtual bool exceeds(std::size_t limit) const noexcept = 0;

    /// Whose memory its body and its answer are from now on: before a body is read.
    virtual void count_for(const std::string& client) = 0;

    /// Reads the body, once. False when it could not be had (too large, too slow, not well-formed,
    /// gone): the client has got its answer then.
    [[nodiscard]] virtual bool read_body(std::size_t limit) = 0;

    /// The same for a body that is handed on in pieces as it comes and never held: `take` says
    /// whether it wants more. False also when it does not; nothing was answered then.
    [[nodiscard]] virtual bool receive_body(std::uint64_t limit,
                                            const std::function<bool(std::string_view)>& take) = 0;

    /// Where there is no memory for the answer the client is told to come back (503): nothing has
    /// happened yet that it would repeat.
    virtual void answer(const HttpResponse& response) = 0;
    /// The same, but false, and nothing is answered, when there is no memory for it.
    [[nodiscard]] virtual bool try_answer(const HttpResponse& response) = 0;

    /// Sends the head of an answer whose body has that length and follows in pieces through send().
    /// Ends with end_stream().
    virtual void begin_body(const HttpResponse& head, std::uint64_t length) = 0;

    /// Begins an answer whose body follows in pieces. What is said goes out when the exchange waits
    /// or ends, or when it is much: head, pieces and end in one go where nothing comes between.
    virtual void begin_stream(const HttpResponse& head) = 0;
    /// False when the client has gone. Empty pieces are nothing.
    virtual bool send(std::string_view piece) = 0;
    /// The body is complete. A stream that ends without it looks broken to the client.
    virtual void end_stream() = 0;

    enum class Waited { ready, peer_gone, timed_out };
    /// Sleeps until the descriptor is readable. A client that closes its side has gone.
    [[nodiscard]] virtual Waited wait(int readable, Moment deadline) = 0;
};

/// Answers every request that comes to a server.
class HttpService {
public:
    HttpService() = default;
    HttpService(const HttpService&) = delete;
    HttpService& operator=(const HttpService&) = delete;
    virtual ~HttpService() = default;

    /// Answers the exchange before it returns. Called from many threads at once. What it throws
    /// becomes a 500 where nothing was sent yet.
    virtual void serve(HttpExchange& exchange) = 0;

    /// How it is worded that a request cannot be served, whatever it wants: its body cannot be had,
    /// the server ends, or serve() has thrown. Called from many threads at once.
    [[nodiscard]] virtual HttpResponse refusal(const HttpRequest& /*request*/, int status,
                                               std::string_view sentence) {
        return plain_response(status, sentence);
    }
};

}  // namespace bm
