#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/authorizer.hpp"
#include "server/change_bus.hpp"
#include "server/client_limits.hpp"
#include "server/dispatcher.hpp"
#include "server/event_stream.hpp"
#include "server/http_exchange.hpp"
#include "server/http_origin.hpp"
#include "server/kept_answers.hpp"
#include "server/memory_budget.hpp"
#include "server/outbox.hpp"
#include "server/severity.hpp"
#include "server/worker_pool.hpp"

namespace bm {

/// What is asked of a request before anybody looks at what it wants.
struct EndpointGuards {
    const OriginPolicy& origins;
    Authorizer* authorizer = nullptr;  ///< null: open to whoever reaches us
    std::size_t longest_message = 16 * std::size_t{1024} * 1024;
    /// Whether somebody keeps callers of one project to it; else they are turned away.
    bool serves_bound_callers = true;
};

/// Who sent a request.
struct Caller {
    std::optional<Principal> principal;  ///< none where nobody asks who calls
    /// Whom limits count: the principal, else the address. Empty for programs of this machine that
    /// nobody asks who they are: they are all the user's, and have the limits of all.
    std::string client;
    /// Whom sessions belong to: the principal with what he may touch, or everybody.
    [[nodiscard]] std::string owner() const;
    /// The only project that he may touch; none when he may touch all.
    [[nodiscard]] std::optional<std::string> project() const {
        return principal ? principal->project : std::nullopt;
    }
};

/// What the endpoints of MCP over HTTP share. Everything that is referred to outlives them.
struct EndpointParts {
    const Dispatcher& dispatcher;
    ChangeBus& changes;
    WorkerPool& pool;
    StreamSlots& slots;
    ClientRates& completions;
    const OriginPolicy& origins;
    /// Of answers on their way and of what clients follow. Null: as much as there is.
    MemoryBudget* memory = nullptr;
    KeptAnswers* kept = nullptr;       ///< null: only their sessions limit them
    Authorizer* authorizer = nullptr;  ///< null: open to whoever reaches us
    std::size_t longest_message = 16 * std::size_t{1024} * 1024;
    std::chrono::milliseconds keep_alive = keep_alive_interval;
    SteadyClock clock = steady_now;
    ServerLog log{};

    [[nodiscard]] EndpointGuards guards() const {
        return {origins, authorizer, longest_message,
                dispatcher.offering().catalog.serves_bound_callers()};
    }
    [[nodiscard]] MemoryAccount memory_of(const Caller& caller) const {
        return {memory, caller.client};
    }
};

/// The guards that need no body, for every endpoint: size, origin and host, then credentials.
/// Preflight requests pass the first of them. Nothing when one has answered.
[[nodiscard]] bool admit_origin(const EndpointGuards& guards, HttpExchange& exchange);
[[nodiscard]] std::optional<Caller> admit_credentials(const EndpointGuards& guards,
                                                      HttpExchange& exchange);

/// Answers with what a page of another origin needs to read it.
void answer_with_cors(HttpExchange& exchange, HttpResponse response);
/// A sentence as an error of JSON-RPC without an id.
void answer_error(HttpExchange& exchange, int status, std::string_view sentence);
/// 405, naming what the path takes.
void answer_method_not_allowed(HttpExchange& exchange, std::string_view allowed);
/// 429, with when to come back.
void answer_busy(HttpExchange& exchange, std::string_view sentence,
                 const std::optional<RequestId>& id = std::nullopt);
/// What is said of a request that could not be served, before anybody looked at who calls: pages of
/// allowed origins may read it.
[[nodiscard]] HttpResponse unserved_response(const OriginPolicy& origins,
                                             const HttpRequest& request, int status,
                                             std::string_view sentence);

/// The requests of one message. What they did is done when there is no memory for what they say, so
/// their client is told that, and not to send them again.
struct LostAnswers {
    std::vector<RequestId> ids;
    bool is_batch = false;

    [[nodiscard]] HttpResponse response() const;
    /// For those that are not among the `answered`.
    [[nodiscard]] std::string events(const std::vector<RequestId>& answered = {}) const;
};
/// Answers a message whose requests have run.
void answer_call(HttpExchange& exchange, HttpResponse response, const LostAnswers& lost);

/// The place for a long stream; null when there is none and the client has been told.
[[nodiscard]] StreamSlots::Slot admit_stream(const EndpointParts& parts, const Caller& caller,
                                             HttpExchange& exchange,
                                             const std::optional<RequestId>& id = std::nullopt);

/// Waits until an answer is ready, as long as it takes. False when the client has gone.
[[nodiscard]] bool wait_for_end(HttpExchange& exchange, const Outbox& outbox);
/// Sends the answers to a message as events until either side ends them. Their beginning waits for
/// so long for what follows, to go out together with it. Where something was lost on the way it
/// ends with `last_words`, or breaks off if it `can_be_resumed`. True when it is complete.
bool send_event_stream(const EndpointParts& parts, HttpExchange& exchange, Outbox& outbox,
                       std::function<std::string()> last_words, bool can_be_resumed = false,
                       std::chrono::milliseconds patience = {});
/// The same at once for a stream that goes on for as long as its client may listen: it ends soon
/// after the caller's credentials have expired or were taken back.
bool send_listening_stream(const EndpointParts& parts, HttpExchange& exchange, const Caller& caller,
                           Outbox& outbox);
/// Whether the credentials of the request still let the same caller in.
[[nodiscard]] bool is_still_admitted(const EndpointParts& parts, const HttpExchange& exchange,
                                     const Caller& caller);

/// Whether the caller may do this; else the authorizer has answered.
[[nodiscard]] bool admit_scope(const EndpointParts& parts, const Caller& caller,
                               const Request& request, HttpExchange& exchange);
/// The same for every request in a posted message.
[[nodiscard]] bool admit_scope(const EndpointParts& parts, const Caller& caller,
                               const Message& message, HttpExchange& exchange);

}  // namespace bm
