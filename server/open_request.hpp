#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "server/dispatcher.hpp"
#include "server/in_flight.hpp"
#include "server/outbox.hpp"
#include "server/post_sink.hpp"
#include "server/reply.hpp"
#include "server/subscription.hpp"

namespace bm {

/// What one request over HTTP that belongs to no session consists of, from its admission to the end
/// of its answer. Shared by the thread of the connection and the worker that runs it.
class OpenRequest {
public:
    explicit OpenRequest(const MemoryAccount& account = {})
        : outbox_(std::make_shared<Outbox>(account)), followed_(account) {}
    OpenRequest(const OpenRequest&) = delete;
    OpenRequest& operator=(const OpenRequest&) = delete;
    ~OpenRequest();

    [[nodiscard]] const std::shared_ptr<Outbox>& outbox() const noexcept { return outbox_; }
    [[nodiscard]] InFlight& requests() noexcept { return requests_; }

    /// Keeps the sink, which whoever works on the request refers to.
    PostSink& use(std::shared_ptr<PostSink> sink) {
        sink_ = std::move(sink);
        return *sink_;
    }
    [[nodiscard]] const std::shared_ptr<PostSink>& sink() const noexcept { return sink_; }

    /// Keeps a subscription until either end wants no more of it. Answers with an error when there
    /// is no memory for what it follows.
    void listen(Reply reply, SubscriptionFilter filter, ChangeBus& changes);
    /// Answers the request that listens, which is its orderly end. Nothing for others.
    void finish_listening(const Dispatcher& dispatcher, const RevisionPolicy& policy);
    /// The client has gone: nothing is answered any more.
    void abandon();
    /// Answers what is not answered yet with an error.
    void give_up(const ProtocolError& error);

private:
    std::shared_ptr<Outbox> outbox_;
    InFlight requests_;
    std::shared_ptr<PostSink> sink_;
    std::mutex mutex_;
    std::optional<Reply> reply_;
    MemoryBudget::Share followed_;
    std::unique_ptr<Subscription> subscription_;
};

/// All open requests, so that they can be told that the server ends. Thread-safe.
class OpenRequests {
public:
    /// Membership of one request; ends with the object.
    class Membership {
    public:
        Membership(OpenRequests& all, std::shared_ptr<OpenRequest> one);
        Membership(const Membership&) = delete;
        Membership& operator=(const Membership&) = delete;
        ~Membership();

    private:
        OpenRequests& all_;
        std::shared_ptr<OpenRequest> one_;
    };

    [[nodiscard]] std::vector<std::shared_ptr<OpenRequest>> all() const;

private:
    mutable std::mutex mutex_;
    std::set<std::shared_ptr<OpenRequest>> open_;
};

}  // namespace bm
