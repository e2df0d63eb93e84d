#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/json_rpc.hpp"
#include "server/kept_answers.hpp"
#include "server/outbox.hpp"
#include "server/post_sink.hpp"
#include "server/replay_buffer.hpp"

namespace bm {

/// Names an event within a session: which stream, and which of its events. On the wire `3-17`.
struct EventId {
    std::uint64_t stream = 0;
    std::uint64_t event = 0;

    [[nodiscard]] static std::optional<EventId> from(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend bool operator==(const EventId&, const EventId&) = default;
};

/// The answer to one post of a legacy session, as events that outlive the connection they went out
/// on: a client that lost it asks for the rest. Thread-safe.
class SessionStream final : public PostSink, public std::enable_shared_from_this<SessionStream> {
public:
    /// `expected`: answers until the stream is complete. Where clients cannot come back, events
    /// have no ids. `kept` counts the events, knows the stream once it is complete, and outlives
    /// it.
    SessionStream(std::uint64_t number, const RevisionPolicy& policy, std::size_t expected,
                  bool can_be_resumed = true, KeptAnswers* kept = nullptr);
    SessionStream(const SessionStream&) = delete;
    SessionStream& operator=(const SessionStream&) = delete;
    ~SessionStream() override;

    void send(const Json& message) override;
    void answer(Json message) override;
    void skip() override;
    /// Its client comes back for the rest: the connection ends, and the work goes on.
    void leave_stream() override;

    /// Sends what comes from here on to this outbox, after everything behind `event`. Whoever had
    /// the stream before loses it. False when that event, or one behind it, is not kept.
    [[nodiscard]] bool attach(std::shared_ptr<Outbox> outbox, std::uint64_t event);

    /// Its events are kept no longer: nobody can come back for them.
    void forget();
    [[nodiscard]] bool is_forgotten() const noexcept { return forgotten_; }

    /// All of it went out to a client that was there to the end. It may still have missed it.
    void set_delivered() noexcept { delivered_ = true; }
    [[nodiscard]] bool is_delivered() const noexcept { return delivered_; }

    /// The requests whose answers were given to an outbox, each as often as it was answered. Once
    /// the outbox has broken off nothing more gets there.
    [[nodiscard]] std::vector<RequestId> answered() const;

    [[nodiscard]] bool is_complete() const;
    /// When it became so.
    [[nodiscard]] Moment completed_at() const;
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

private:
    class LastWords;

    [[nodiscard]] bool completes();
    void make_room();
    bool add(std::string bytes, bool is_last = false);
    [[nodiscard]] std::string next_id() const;

    std::uint64_t number_;
    bool can_be_resumed_;
    KeptAnswers* kept_;
    mutable std::mutex mutex_;
    ReplayBuffer events_;
    std::shared_ptr<Outbox> attached_;
    std::vector<RequestId> answered_;
    std::size_t open_;
    std::uint64_t place_ = 0;  // among the kept ones, once it is complete
    Moment completed_at_{};
    std::atomic<bool> delivered_{false};
    std::atomic<bool> forgotten_{false};
};

/// What a legacy session hears without having asked: goes to the newest of the connections that
/// listen, waits a while when there is none. Thread-safe.
class StandaloneStream final : public MessageSink {
public:
    static constexpr std::uint64_t number = 0;
    /// Connections that listen at a time.
    static constexpr std::size_t most_listeners = 8;

    /// `kept` counts the events, which go where all together are too many, and outlives the stream.
    explicit StandaloneStream(KeptAnswers* kept = nullptr);

    void send(const Json& message) override;

    enum class Attached { yes, not_kept, too_many, has_ended };
    /// Joins as the newest. With an event, everything behind it comes first, if that is kept.
    [[nodiscard]] Attached attach(std::shared_ptr<Outbox> outbox,
                                  std::optional<std::uint64_t> event);
    void detach(const Outbox& outbox);
    /// Nobody listens from here on.
    void end_all();

    [[nodiscard]] std::size_t listeners() const;

private:
    [[nodiscard]] bool waits_already(const Json& message) const;
    void keep_undelivered(const Json& message);
    void make_room();

    KeptAnswers* kept_;
    mutable std::mutex mutex_;
    ReplayBuffer events_;
    std::vector<std::shared_ptr<Outbox>> attached_;  // the newest last
    std::vector<Json> undelivered_;
    std::size_t undelivered_bytes_ = 0;
    bool has_ended_ = false;
};

}  // namespace bm
