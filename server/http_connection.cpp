#include "server/http_connection.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <utility>
#include <variant>

#include "server/chunked_body.hpp"
#include "server/http_response.hpp"

namespace bm {
namespace {

using Clock = std::chrono::system_clock;

/// A small body goes out with its head; a large one is not held twice, however slowly it is read.
constexpr std::size_t most_copied_bytes = 64 * std::size_t{1024};

/// How often a connection without a request looks whether threads are short.
constexpr std::chrono::seconds crowd_interval{5};

constexpr std::string_view no_memory = "Too much waits to be read or taken: come back in a moment";

std::size_t length_of_blank_lines(std::string_view text) {
    std::size_t length = 0;
    while (text.substr(length, 2) == "\r\n") length += 2;
    return length;
}

std::string chunk_size_line(std::size_t size) {
    std::array<char, 24> line{};
    const int length = std::snprintf(line.data(), line.size(), "%zx\r\n", size);
    return {line.data(), static_cast<std::size_t>(length)};
}

}  // namespace

class HttpConnection::Exchange final : public HttpExchange {
public:
    Exchange(HttpConnection& connection, HttpHead head)
        : connection_(connection), head_(std::move(head)) {
        head_.request.peer =
            connection_.around_.proxies.client_of(connection_.peer_, head_.request.fields);
        head_.request.is_from_here =
            (connection_.peer_ == "127.0.0.1" || connection_.peer_ == "::1") &&
            !connection_.around_.proxies.contain(connection_.peer_);
        count_for({});
        body_is_read_ = !head_.is_chunked && head_.length == 0;
    }

    [[nodiscard]] const HttpRequest& request() const noexcept override { return head_.request; }

    [[nodiscard]] bool exceeds(std::size_t limit) const noexcept override {
        return head_.length > limit;
    }

    void count_for(const std::string& client) override {
        account_ = MemoryAccount(connection_.around_.memory, client);
        memory_ = MemoryBudget::Share(account_);
    }

    [[nodiscard]] bool read_body(std::size_t limit) override {
        if (body_is_read_) return true;
        if (exceeds(limit)) return refuse(413, "The body is too large");
        if (head_.awaits_continue && connection_.received_.empty() &&
            !connection_.socket_.write_all("HTTP/1.1 100 Continue\r\n\r\n")) {
            return lose_peer();
        }
        const Moment deadline = steady_now() + connection_.around_.limits.body_time;
        body_is_read_ = head_.is_chunked ? read_chunks(limit, deadline) : read_counted(deadline);
        return body_is_read_;
    }

    [[nodiscard]] bool receive_body(std::uint64_t limit,
                                    const std::function<bool(std::string_view)>& take) override {
        if (body_is_read_) return true;
        if (head_.length > limit) return refuse(413, "The body is too large");
        if (head_.awaits_continue && connection_.received_.empty() &&
            !connection_.socket_.write_all("HTTP/1.1 100 Continue\r\n\r\n")) {
            return lose_peer();
        }
        body_is_read_ = head_.is_chunked ? hand_on_chunks(limit, take) : hand_on_counted(take);
        return body_is_read_;
    }

    void begin_body(const HttpResponse& head, std::uint64_t length) override {
        has_begun_ = true;
        framing_ = BodyFraming::by_length;
        closes_ = !may_go_on();
        HttpResponse sized = head;
        sized.fields.add("Content-Length", std::to_string(length));
        pending_ = response_head(sized, BodyFraming::told, closes_, Clock::now());
        left_to_send_ = head_.request.method == "HEAD" ? 0 : length;
    }

    void answer(const HttpResponse& response) override {
        if (!try_answer(response)) refuse(503, no_memory);
    }

    [[nodiscard]] bool try_answer(const HttpResponse& response) override {
        MemoryBudget::Share memory(account_);
        if (!memory.resize(response.body.size())) return false;
        write(response);
        return true;
    }

    /// Tells the client that its request cannot be served. False.
    bool refuse(int status, std::string_view sentence) {
        HttpResponse response =
            connection_.around_.service.refusal(head_.request, status, sentence);
        if (status == 503) response.fields.add("Retry-After", "5");
        write(response);
        return false;
    }

    void write(const HttpResponse& response) {
        has_begun_ = true;
        closes_ = !may_go_on();
        std::string bytes = response_head(response, BodyFraming::by_length, closes_, Clock::now());
        std::string_view body;
        if (head_.request.method != "HEAD" && response.status != 204) body = response.body;
        if (body.size() <= most_copied_bytes) bytes += std::exchange(body, {});
        if (!connection_.socket_.write_all(bytes) || !connection_.socket_.write_all(body)) {
            lose_peer();
        }
        is_complete_ = true;
    }

    void begin_stream(const HttpResponse& head) override {
        has_begun_ = true;
        framing_ = head_.is_http_1_0 ? BodyFraming::by_close : BodyFraming::chunked;
        closes_ = !may_go_on();
        pending_ = response_head(head, framing_, closes_, Clock::now());
    }

    bool send(std::string_view piece) override {
        if (peer_gone_) return false;
        if (piece.empty()) return true;
        left_to_send_ -= std::min<std::uint64_t>(left_to_send_, piece.size());
        const bool is_chunked = framing_ == BodyFraming::chunked;
        if (is_chunked) pending_ += chunk_size_line(piece.size());
        if (pending_.size() + piece.size() <= most_copied_bytes) {
            pending_ += piece;
        } else if (!flush() || !(connection_.socket_.write_all(piece) || lose_peer())) {
            return false;
        }
        if (is_chunked) pending_ += "\r\n";
        return true;
    }

    void end_stream() override {
        if (framing_ == BodyFraming::chunked) pending_ += "0\r\n\r\n";
        flush();
        // A body that is shorter than it was said to be ends with its connection.
        is_complete_ = left_to_send_ == 0;
    }

    /// Sends what was said. False when the client has gone.
    bool flush() {
        if (peer_gone_) return false;
        const std::string bytes = std::exchange(pending_, {});
        return bytes.empty() || connection_.socket_.write_all(bytes) || lose_peer();
    }

    [[nodiscard]] Waited wait(int readable, Moment deadline) override {
        if (!flush()) return Waited::peer_gone;
        switch (connection_.socket_.wait_for(readable, deadline)) {
            case HttpSocket::Waited::ready:
                return Waited::ready;
            case HttpSocket::Waited::timed_out:
                return Waited::timed_out;
            case HttpSocket::Waited::peer_gone:
                break;
        }
        lose_peer();
        return Waited::peer_gone;
    }

    [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
    /// Whether the next request on this connection can be told from this one.
    [[nodiscard]] bool leaves_connection_usable() const {
        return is_complete_ && !peer_gone_ && !closes_ && framing_ != BodyFraming::by_close;
    }
    [[nodiscard]] bool peer_gone() const noexcept { return peer_gone_; }

private:
    [[nodiscard]] bool may_go_on() const {
        return head_.keeps_alive && body_is_read_ && !connection_.around_.is_stopping() &&
               !connection_.around_.is_crowded();
    }

    bool lose_peer() {
        peer_gone_ = true;
        return false;
    }

    /// More bytes of the body. False when there are none to come; the client has been told.
    bool receive(Moment deadline) {
        // Not until the stop: a request whose head was taken gets an answer.
        switch (connection_.socket_.read_some(connection_.received_, deadline, false)) {
            case HttpSocket::Read::some:
                if (!memory_.resize(connection_.received_.size() + chunked_bytes_)) {
                    return refuse(503, no_memory);
                }
                if (steady_now() < deadline) return true;
                [[fallthrough]];
            case HttpSocket::Read::timed_out:
                return refuse(408, "The body did not come in time");
            case HttpSocket::Read::closed:
            case HttpSocket::Read::stopped:
                break;
        }
        return lose_peer();
    }

    [[nodiscard]] Moment next_piece_by() const {
        return steady_now() + connection_.around_.limits.body_time;
    }

    bool hand_on_counted(const std::function<bool(std::string_view)>& take) {
        std::uint64_t left = head_.length;
        while (true) {
            const std::string_view piece = std::string_view(connection_.received_).substr(0, left);
            if (!piece.empty() && !take(piece)) return false;
            left -= piece.size();
            connection_.received_.erase(0, piece.size());
            if (left == 0) return true;
            // Large files take their time; each piece has its own.
            if (!receive(next_piece_by())) return false;
        }
    }

    bool hand_on_chunks(std::uint64_t limit, const std::function<bool(std::string_view)>& take) {
        ChunkedBody body(static_cast<std::size_t>(limit));
        std::uint64_t total = 0;
        for (;;) {
            std::string_view rest = connection_.received_;
            const ChunkedBody::State state = body.feed(rest);
            connection_.received_.erase(0, connection_.received_.size() - rest.size());
            const std::string piece = std::exchange(body.body(), {});
            total += piece.size();
            if (state == ChunkedBody::State::too_large || total > limit)
                return refuse(413, "The body is too large");
            if (state == ChunkedBody::State::malformed)
                return refuse(400, "The chunks are malformed");
            if (!piece.empty() && !take(piece)) return false;
            if (state == ChunkedBody::State::complete) return true;
            if (!receive(next_piece_by())) return false;
        }
    }

    bool read_counted(Moment deadline) {
        while (connection_.received_.size() < head_.length) {
            if (!receive(deadline)) return false;
        }
        std::string rest = connection_.received_.substr(head_.length);
        connection_.received_.resize(head_.length);
        head_.request.body = std::exchange(connection_.received_, std::move(rest));
        return true;
    }

    bool read_chunks(std::size_t limit, Moment deadline) {
        ChunkedBody body(limit);
        for (;;) {
            std::string_view rest = connection_.received_;
            const ChunkedBody::State state = body.feed(rest);
            connection_.received_.erase(0, connection_.received_.size() - rest.size());
            chunked_bytes_ = body.body().size();
            if (state == ChunkedBody::State::complete) break;
            if (state == ChunkedBody::State::too_large) return refuse(413, "The body is too large");
            if (state == ChunkedBody::State::malformed)
                return refuse(400, "The chunks are malformed");
            if (!receive(deadline)) return false;
        }
        head_.request.body = std::move(body.body());
        return true;
    }

    HttpConnection& connection_;
    HttpHead head_;
    MemoryAccount account_;
    MemoryBudget::Share memory_;     // of the body
    std::size_t chunked_bytes_ = 0;  // of it, already without its framing
    std::string pending_;            // said, but not yet sent
    BodyFraming framing_ = BodyFraming::by_length;
    bool body_is_read_ = false;
    bool has_begun_ = false;
    bool closes_ = true;  // as the head has told the client
    bool is_complete_ = false;
    bool peer_gone_ = false;
    std::uint64_t left_to_send_ = 0;  // of a body whose length was told
};

HttpConnection::HttpConnection(HttpSocket socket, Surroundings surroundings)
    : socket_(std::move(socket)), around_(std::move(surroundings)), peer_(socket_.peer()) {}

void HttpConnection::run() {
    const auto opened = socket_.open(steady_now() + around_.limits.head_time);
    if (opened == HttpSocket::Opened::is_plain) {
        refuse({400, "TLS is spoken here: the address begins with https://"});
    }
    if (opened != HttpSocket::Opened::ready) return socket_.close_gently();
    for (bool is_first = true;; is_first = false) {
        auto head = next_head(is_first);
        if (!head || !serve(*std::move(head))) break;
    }
    socket_.close_gently();
}

std::optional<HttpHead> HttpConnection::next_head(bool is_first) {
    const auto end = read_head(is_first);
    if (!end) return std::nullopt;
    auto parsed = parse_http_head(std::string_view(received_).substr(0, *end), around_.limits.head);
    if (const auto* refusal = std::get_if<HttpRefusal>(&parsed)) {
        refuse(*refusal);
        return std::nullopt;
    }
    received_.erase(0, *end);
    return std::get<HttpHead>(std::move(parsed));
}

std::optional<std::size_t> HttpConnection::read_head(bool is_first) {
    const ConnectionLimits& limits = around_.limits;
    Moment deadline = steady_now() + (is_first ? limits.head_time : limits.idle_time);
    bool has_begun = false;
    for (;;) {
        // Robustness of old: blank lines in front of a request are nothing.
        received_.erase(0, length_of_blank_lines(received_));
        const std::size_t most = std::min(received_.size(), limits.head.bytes + 1);
        if (const auto end = end_of_head(std::string_view(received_).substr(0, most))) return end;
        if (received_.size() > limits.head.bytes) {
            refuse({431, "The head is too large"});
            return std::nullopt;
        }
        if (!received_.empty() && !has_begun) {
            has_begun = true;
            deadline = steady_now() + limits.head_time;
        }
        // An idle connection looks now and then whether its place is needed.
        const Moment until =
            has_begun ? deadline : std::min(deadline, steady_now() + crowd_interval);
        const auto read = socket_.read_some(received_, until, !has_begun);
        if (read == HttpSocket::Read::timed_out && until < deadline && !around_.is_crowded()) {
            continue;
        }
        const bool is_late = read == HttpSocket::Read::timed_out || steady_now() >= deadline;
        if (is_late && has_begun) refuse({408, "The head did not come in time"});
        if (is_late || read != HttpSocket::Read::some) return std::nullopt;
    }
}

bool HttpConnection::serve(HttpHead head) {
    Exchange exchange(*this, std::move(head));
    if (around_.is_stopping()) {
        return exchange.refuse(503, "The server is stopping");
    }
    try {
        around_.service.serve(exchange);
    } catch (const std::exception& error) {
        if (around_.log) {
            around_.log(Severity::error, std::string("a request failed: ") + error.what());
        }
        if (!exchange.has_begun()) exchange.refuse(500, "The request failed");
        return false;
    }
    return exchange.flush() && exchange.leaves_connection_usable();
}

void HttpConnection::refuse(const HttpRefusal& refusal) {
    // The client may be gone; nobody minds.
    const HttpResponse response = plain_response(refusal.status, refusal.reason);
    [[maybe_unused]] const bool sent = socket_.write_all(
        response_head(response, BodyFraming::by_length, true, Clock::now()) + response.body);
}

}  // namespace bm
