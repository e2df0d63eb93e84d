#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "server/call.hpp"
#include "server/change_bus.hpp"
#include "server/connection.hpp"
#include "server/dispatcher.hpp"
#include "server/in_flight.hpp"
#include "server/memory_budget.hpp"
#include "server/reply.hpp"
#include "server/session.hpp"
#include "server/subscription.hpp"
#include "server/worker_pool.hpp"

namespace bm {

/// Everything that one client says on one connection without headers, from its first message to its
/// last: which era each request belongs to, the legacy session where there is one, the order of
/// what must keep its order, and the orderly end. Requests that may take time run beside each
/// other.
class Conversation {
public:
    struct Options {
        WorkerPool::Limits workers{};
        MemoryAccount memory{};  ///< of what the client follows
        /// Completions per second; people do not type faster.
        std::size_t completions_per_second = 50;
        /// How long what is running may go on after the end of input.
        std::chrono::milliseconds grace{700};
        /// When we stop waiting for what does not even end when it is told to.
        std::chrono::milliseconds hard_limit{1800};
        SteadyClock clock = steady_now;
        ServerLog log{};
        std::optional<Principal> caller{};  ///< none where nobody asks who calls
    };

    Conversation(const Dispatcher& dispatcher, ChangeBus& changes, Connection& connection,
                 Options options);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    /// Waits for what is still running.
    ~Conversation() = default;

    /// Answers until the client or we end it, then settles what is open: quick calls finish, the
    /// others are stopped and answered with an error, subscriptions end. False when the hard limit
    /// passed with work still running; the destructor would wait for it.
    [[nodiscard]] bool run();

private:
    struct OpenSubscription {
        Reply reply;
        std::unique_ptr<Subscription> subscription;
        MemoryBudget::Share memory;  // of what it follows
    };
    /// A request and how it came.
    struct Arrival {
        std::shared_ptr<AnswerSink> sink;
        bool in_batch = false;
        std::size_t bytes = 0;
    };

    void on_line(std::string_view bytes);
    void on_message(Message message, std::size_t bytes);
    void on_request(Request request, const Arrival& arrival);
    void on_notification(const Notification& notification);
    void on_response(Response response);
    void on_malformed(const Malformed& malformed);
    void on_batch(Batch batch, std::size_t bytes);

    [[nodiscard]] OrError<const RevisionPolicy*> settle_era(const Request& request,
                                                            bool in_batch) const;
    void run_in_order(std::unique_ptr<Call> call);
    void run_on_worker(std::unique_ptr<Call> call, std::size_t bytes);
    void open_session(const Opening& opening);
    void open_subscription(Reply reply, SubscriptionFilter filter);
    void end_subscriptions();
    [[nodiscard]] bool settle(Ending ending);
    [[nodiscard]] UnreadableId unreadable_id() const;
    void note(Severity severity, std::string_view what) const;

    const Dispatcher& dispatcher_;
    ChangeBus& changes_;
    Connection& connection_;
    Options options_;
    RateLimit completions_;
    InFlight requests_;
    std::shared_ptr<AnswerSink> direct_;  // every request that came alone answers here
    std::optional<LegacySession> session_;
    std::optional<SessionNotices> notices_;
    std::map<RequestId, OpenSubscription> subscriptions_;
    WorkerPool pool_;  // last: its threads end before what they use
};

}  // namespace bm
