#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "server/connection.hpp"
#include "server/endpoint_parts.hpp"
#include "server/outbox.hpp"

namespace bm {

/// One client of the transport of 2024-11-05: it reads one stream of events, and posts each of its
/// messages on its own. Any thread may give and send.
class SseConnection final : public Connection {
public:
    explicit SseConnection(std::size_t longest_message, const MemoryAccount& account = {})
        : longest_(longest_message), outbox_(account), given_memory_(account) {}

    void send(const Json& message) override;
    Received receive() override;
    [[nodiscard]] bool is_ending() override;
    [[nodiscard]] std::size_t longest_message() const override { return longest_; }

    /// A message that the client has posted. False when too many wait already.
    [[nodiscard]] bool give(std::string message);
    /// Nothing more comes; the first reason counts.
    void end(Ending why);

    [[nodiscard]] Outbox& outbox() noexcept { return outbox_; }

private:
    std::size_t longest_;
    Outbox outbox_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> given_;
    std::size_t given_bytes_ = 0;
    MemoryBudget::Share given_memory_;
    std::optional<Ending> ending_;
};

/// The transport of 2024-11-05 (HTTP with SSE): GET on one path opens the stream of events and a
/// session with it, whose first event names the path for posts. Thread-safe.
class SseEndpoint {
public:
    /// `posts_path` is told to clients, so it is as they see it.
    SseEndpoint(EndpointParts parts, std::string posts_path);

    /// GET, and OPTIONS.
    void serve_stream(HttpExchange& exchange);
    /// POST, and OPTIONS.
    void serve_post(HttpExchange& exchange);
    [[nodiscard]] const std::string& posts_path() const noexcept { return posts_path_; }

    /// Lets every client's work end as on any orderly stop.
    void end_streams();

private:
    struct Open {
        std::string owner;
        std::shared_ptr<SseConnection> connection;
    };

    void run(HttpExchange& exchange, const Caller& caller, SseConnection& connection,
             const std::string& id);
    [[nodiscard]] std::shared_ptr<SseConnection> find(std::string_view id, std::string_view owner);

    EndpointParts parts_;
    std::string posts_path_;
    std::mutex mutex_;
    std::map<std::string, Open, std::less<>> open_;
    bool stopping_ = false;
};

}  // namespace bm
