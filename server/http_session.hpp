#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/change_bus.hpp"
#include "server/in_flight.hpp"
#include "server/json_rpc.hpp"
#include "server/rate_limit.hpp"
#include "server/session.hpp"
#include "server/session_stream.hpp"
#include "server/subscription.hpp"

namespace bm {

/// A legacy session over HTTP. Its work belongs to it and not to the connections that brought it.
/// Thread-safe.
class HttpSession {
public:
    /// Connections on which one session may listen for what it did not ask for.
    static constexpr std::size_t max_listeners = 8;
    /// Streams of answers that are kept for clients that come back for the rest.
    static constexpr std::size_t max_kept_streams = 64;
    static constexpr std::chrono::minutes kept_after_completion{5};

    /// An empty id: of a server without sessions, for one post.
    HttpSession(std::string id, std::string owner, const RevisionPolicy& policy, ChangeBus& changes,
                const Json& client_capabilities = Json::object());
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
    /// Null when it is not kept.
    [[nodiscard]] std::shared_ptr<SessionStream> find_stream(std::uint64_t number);

    void on_notification(const Notification& notification);
    /// An answer of the client to a request of ours.
    void on_response(Response response);

    /// Stops its requests, which are not answered, and ends what it listens on.
    void end();
    /// Neither works nor listens.
    [[nodiscard]] bool is_idle();

private:
    void forget_old_streams();

    std::string id_;
    std::string owner_;
    LegacySession legacy_;
    InFlight requests_;
    StandaloneStream standalone_;
    std::mutex mutex_;
    std::uint64_t last_stream_ = StandaloneStream::number;
    std::map<std::uint64_t, std::shared_ptr<SessionStream>> streams_;
    SessionNotices notices_;  // last: nothing is delivered to what has gone
};

}  // namespace bm
