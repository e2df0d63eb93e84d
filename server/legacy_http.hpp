#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "server/accepted_media.hpp"
#include "server/endpoint_parts.hpp"
#include "server/json_rpc.hpp"
#include "server/legacy_session_store.hpp"
#include "server/session_post.hpp"

namespace bm {

/// Serves the revisions with a handshake over Streamable HTTP: sessions, their streams, and what
/// comes without a session. Thread-safe.
class LegacyHttp {
public:
    struct Options {
        LegacySessionStore::Limits sessions{};
        /// No sessions: every message stands alone, and nothing is sent that nobody asked for.
        bool is_stateless = false;
    };

    LegacyHttp(const EndpointParts& parts, Options options);

    /// A posted request; `initialize` among them.
    void serve(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
               Request request);
    /// A posted notification or response.
    void serve(HttpExchange& exchange, const Caller& caller, SingleMessage message);
    void serve(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted, Batch batch);
    /// GET: listen, or come back for the rest of a stream.
    void listen(HttpExchange& exchange, const Caller& caller);
    /// DELETE: the session ends.
    void end_session(HttpExchange& exchange, const Caller& caller);

    /// The revision of the session that a request names, else the one that applies without.
    [[nodiscard]] const RevisionPolicy& revision_of(const HttpRequest& request,
                                                    const Caller& caller);
    [[nodiscard]] bool is_stateless() const noexcept { return options_.is_stateless; }
    /// Everything that is at work or listens.
    [[nodiscard]] std::vector<std::shared_ptr<HttpSession>> sessions();

private:
    /// Keeps a session for as long as it is served, where no session is kept for longer.
    class Passing;

    [[nodiscard]] std::shared_ptr<HttpSession> find_session(HttpExchange& exchange,
                                                            const Caller& caller,
                                                            const std::optional<RequestId>& id);
    /// The session that a message belongs to. Null when a guard has answered.
    [[nodiscard]] std::shared_ptr<HttpSession> session_of(HttpExchange& exchange,
                                                          const Caller& caller,
                                                          const std::optional<RequestId>& id);
    void open_session(HttpExchange& exchange, const Caller& caller, const Request& request);
    void serve_post(HttpExchange& exchange, const Caller& caller, SessionPost post);
    void listen_on(HttpExchange& exchange, const Caller& caller, HttpSession& session,
                   const std::optional<EventId>& last);
    [[nodiscard]] StandaloneStream::Attached attach(HttpSession& session,
                                                    const std::shared_ptr<Outbox>& outbox,
                                                    const std::optional<EventId>& last);

    const EndpointParts& parts_;
    Options options_;
    LegacySessionStore sessions_;
    std::mutex mutex_;
    std::set<std::shared_ptr<HttpSession>> passing_;
};

}  // namespace bm
