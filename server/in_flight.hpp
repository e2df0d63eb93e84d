#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "server/json_rpc.hpp"
#include "server/rate_limit.hpp"

namespace bm {

/// Where the answer to one request goes: to the client, or into the answer to a batch.
class AnswerSink {
public:
    AnswerSink() = default;
    AnswerSink(const AnswerSink&) = delete;
    AnswerSink& operator=(const AnswerSink&) = delete;
    virtual ~AnswerSink() = default;

    virtual void answer(Json message) = 0;
    /// There will be no answer.
    virtual void skip() = 0;
};

/// Proof that a request was admitted. Two requests may use one id after each other, never one
/// ticket.
struct Ticket {
    RequestId id;
    std::uint64_t number = 0;
};

/// The unanswered requests of one client. Whoever takes a request out of here, and nobody else,
/// settles it: that is how each is answered once and a cancelled one never. Thread-safe.
class InFlight {
public:
    struct Admitted {
        Ticket ticket;
        std::stop_token cancelled;
    };
    /// A request that was taken out.
    struct Taken {
        Ticket ticket;
        std::stop_source stop;
        // Shared because the requests of one batch answer into one place, which goes when the last
        // has.
        std::shared_ptr<AnswerSink> sink;
    };

    explicit InFlight(SteadyClock clock = steady_now) : clock_(std::move(clock)) {}

    /// Nothing when an unanswered request has this id.
    [[nodiscard]] std::optional<Admitted> admit(const RequestId& id,
                                                std::shared_ptr<AnswerSink> sink);

    /// Takes a request out to answer it. Nothing when someone else has done so.
    [[nodiscard]] std::optional<Taken> take(const Ticket& ticket);

    /// Stops a request on its client's wish: it is never answered. False when there is none of this
    /// id.
    bool cancel(const RequestId& id);
    /// Whether there ever was one.
    [[nodiscard]] bool has_admitted() const;

    /// Takes out all that are left, in the order in which they came.
    [[nodiscard]] std::vector<Taken> take_all();

    /// Waits until nothing is left, or until `deadline`. True when nothing is left.
    bool wait_until_empty(Moment deadline);

    /// When a request was taken out last; Moment::min() when none ever was.
    [[nodiscard]] Moment last_taken() const;

private:
    void note_taken();

    SteadyClock clock_;
    mutable std::mutex mutex_;
    std::condition_variable emptied_;
    Moment last_taken_ = Moment::min();
    std::map<RequestId, Taken> open_;
    std::uint64_t last_number_ = 0;
};

}  // namespace bm
