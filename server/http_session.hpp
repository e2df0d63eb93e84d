#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/change_bus.hpp"
#include "server/in_flight.hpp"
#include "server/json_rpc.hpp"
#include "server/rate_limit.hpp"
#include "server/session.hpp"
#include "server/session_stream.hpp"
#include "server/subscription.hpp"

namespace bm {

/// Where it is counted what a session takes up.
struct SessionMemory {
    MemoryAccount account{};      ///< of its client
    KeptAnswers* kept = nullptr;  ///< outlives the session
};

/// A legacy session over HTTP. Its work belongs to it and not to the connections that brought it.
/// Thread-safe.
class HttpSession {
public:
    /// Streams of answers that are kept for clients that come back for the rest...
    static constexpr std::size_t max_kept_streams = 64;
    /// ...and those of them that went out whole already.
    static constexpr std::size_t max_delivered_streams = 4;

    /// An empty id: of a server without sessions, for one post. `project` is the only one that its
    /// owner may hear of.
    HttpSession(std::string id, std::string owner, const RevisionPolicy& policy, ChangeBus& changes,
                const Json& client_capabilities = Json::object(), SteadyClock clock = steady_now,
                std::optional<std::string> project = std::nullopt,
                const SessionMemory& memory = {});
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;
    ~HttpSession() = default;

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] const std::string& owner() const noexcept { return owner_; }
    [[nodiscard]] LegacySession& legacy() noexcept { return legacy_; }
    [[nodiscard]] InFlight& requests() noexcept { return requests_; }
    [[nodiscard]] StandaloneStream& standalone() noexcept { return standalone_; }

    /// A stream for the answers to one post, which spoke of that revision.
    [[nodiscard]] std::shared_ptr<SessionStream> open_stream(std::size_t expected,
                                                             const RevisionPolicy& spoken);
    /// Null when it is not kept, or no more.
    [[nodiscard]] std::shared_ptr<SessionStream> find_stream(std::uint64_t number);

    /// Keeps nothing of a stream that turned out to be none.
    void forget_stream(std::uint64_t number);
    /// Forgets the answers that were complete before `horizon`, and what is beyond the limits.
    void forget_old_streams(Moment horizon);

    /// A connection that listened does so no more.
    void stop_listening(const Outbox& outbox);

    void on_notification(const Notification& notification);
    /// An answer of the client to a request of ours.
    void on_response(Response response);

    /// Stops its requests, which are not answered, and ends what it listens on.
    void end();
    /// Whether its client ever asked for anything beyond the handshake.
    [[nodiscard]] bool has_worked() const { return requests_.has_admitted(); }
    /// Neither works nor listens.
    [[nodiscard]] bool is_idle();
    /// When it last worked or listened, of a session that is idle; Moment::min() when it never did.
    [[nodiscard]] Moment idle_since();

private:
    void trim_streams(std::size_t most);

    std::string id_;
    std::string owner_;
    SteadyClock clock_;
    KeptAnswers* kept_;
    LegacySession legacy_;
    InFlight requests_;
    StandaloneStream standalone_;
    std::mutex mutex_;
    Moment listened_until_ = Moment::min();
    std::uint64_t last_stream_ = StandaloneStream::number;
    std::map<std::uint64_t, std::shared_ptr<SessionStream>> streams_;
    SessionNotices notices_;  // last: nothing is delivered to what has gone
};

}  // namespace bm
