#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "server/connection.hpp"
#include "server/http_message.hpp"
#include "server/in_flight.hpp"
#include "server/outbox.hpp"
#include "server/protocol_era.hpp"

namespace bm {

/// Where everything goes that one posted message brings about: what precedes the answer, and the
/// answer. Ends its outbox when all is said. Thread-safe.
class PostSink : public MessageSink, public AnswerSink {};

/// The status that an answer has when nothing of it was sent yet.
[[nodiscard]] int http_status_of_answer(const Json& message, const RevisionPolicy& policy);

/// A whole answer of JSON. What precedes it is dropped.
class WholeAnswer final : public PostSink {
public:
    /// Shares the outbox: whoever stops a request may be later than all others that know of it.
    WholeAnswer(std::shared_ptr<Outbox> outbox, const RevisionPolicy& policy)
        : outbox_(std::move(outbox)), policy_(policy) {}

    void send(const Json& /*message*/) override {}
    [[nodiscard]] bool reaches_client() const noexcept override { return false; }
    void answer(Json message) override;
    void skip() override;

    /// Once the outbox has ended. 202 without a body for a request that was given up.
    [[nodiscard]] HttpResponse take_response();

private:
    void settle(HttpResponse response);

    std::shared_ptr<Outbox> outbox_;
    const RevisionPolicy& policy_;
    std::mutex mutex_;
    HttpResponse response_;
};

/// Answers as events, without ids: nothing is kept for later.
class EventAnswer final : public PostSink {
public:
    /// What becomes of an answer that is an error, where it comes first: an event like any other
    /// unless the revision gives it a status of its own, or always an answer without a stream.
    enum class EarlyErrors { by_status, whole };

    EventAnswer(std::shared_ptr<Outbox> outbox, const RevisionPolicy& policy, EarlyErrors errors)
        : outbox_(std::move(outbox)), policy_(policy), errors_(errors) {}

    void send(const Json& message) override;
    void answer(Json message) override;
    void skip() override;

    /// The head of a stream goes out now: whatever comes from here on is an event. Not 0 when it is
    /// too late for that: the outbox holds the text of an answer with this status.
    [[nodiscard]] int begin_stream();

private:
    /// The end, which follows the answer, wakes who sends both.
    enum class Wakes { now, with_end };
    void push_event(const Json& message, Wakes wakes);

    std::shared_ptr<Outbox> outbox_;
    const RevisionPolicy& policy_;
    EarlyErrors errors_;
    std::mutex mutex_;
    bool is_stream_ = false;
    int refused_with_ = 0;
};

/// An answer of JSON. One with status 429 tells when to come back.
[[nodiscard]] HttpResponse json_response(int status, const Json& message);

}  // namespace bm
