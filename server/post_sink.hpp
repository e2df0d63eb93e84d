#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

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
    WholeAnswer(Outbox& outbox, const RevisionPolicy& policy) : outbox_(outbox), policy_(policy) {}

    /// Only the parts of batches come this way: an array is an answer.
    void send(const Json& message) override;
    [[nodiscard]] bool reaches_client() const noexcept override { return false; }
    void answer(Json message) override;
    void skip() override;

    /// Once the outbox has ended. 202 without a body for a request that was given up.
    [[nodiscard]] HttpResponse take_response();

private:
    void settle(int status, const Json& message);

    Outbox& outbox_;
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

    EventAnswer(Outbox& outbox, const RevisionPolicy& policy, EarlyErrors errors,
                std::size_t expected = 1)
        : outbox_(outbox), policy_(policy), errors_(errors), open_(expected) {}

    void send(const Json& message) override;
    void answer(Json message) override;
    void skip() override;

    /// Not 0 when there is no stream: the outbox holds the text of an answer with this status.
    [[nodiscard]] int refused_with() const noexcept { return refused_with_; }

private:
    Outbox& outbox_;
    const RevisionPolicy& policy_;
    EarlyErrors errors_;
    std::atomic<std::size_t> open_;
    std::atomic<bool> has_sent_{false};
    std::atomic<int> refused_with_{0};
};

/// An answer of JSON. One with status 429 tells when to come back.
[[nodiscard]] HttpResponse json_response(int status, const Json& message);

}  // namespace bm
