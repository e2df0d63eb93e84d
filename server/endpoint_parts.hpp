#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "server/authorizer.hpp"
#include "server/change_bus.hpp"
#include "server/client_limits.hpp"
#include "server/dispatcher.hpp"
#include "server/http_exchange.hpp"
#include "server/http_origin.hpp"
#include "server/severity.hpp"
#include "server/worker_pool.hpp"

namespace bm {

/// What the endpoints of MCP over HTTP share. Everything that is referred to outlives them.
struct EndpointParts {
    const Dispatcher& dispatcher;
    ChangeBus& changes;
    WorkerPool& pool;
    StreamSlots& slots;
    ClientRates& completions;
    const OriginPolicy& origins;
    Authorizer* authorizer = nullptr;  ///< null: open to whoever reaches us
    std::size_t longest_message = 16 * std::size_t{1024} * 1024;
    std::chrono::milliseconds keep_alive{15'000};
    SteadyClock clock = steady_now;
    ServerLog log{};
};

/// Who sent a request.
struct Caller {
    std::optional<Principal> principal;  ///< none where nobody asks who calls
    std::string client;                  ///< whom limits count: the principal, else the address
    /// Whom sessions belong to: the principal, or everybody.
    [[nodiscard]] std::string owner() const { return principal ? principal->id : std::string(); }
};

/// The guards that need no body, for every endpoint: size, origin and host, credentials. Nothing
/// when one has answered.
[[nodiscard]] std::optional<Caller> admit_caller(const EndpointParts& parts,
                                                 HttpExchange& exchange);
/// The first two of them, which preflight requests pass too.
[[nodiscard]] bool admit_origin(const EndpointParts& parts, HttpExchange& exchange);
[[nodiscard]] std::optional<Caller> admit_credentials(const EndpointParts& parts,
                                                      HttpExchange& exchange);

/// Answers with what a page of another origin needs to read it.
void answer_with_cors(HttpExchange& exchange, HttpResponse response);
/// A sentence as an error of JSON-RPC without an id.
void answer_error(HttpExchange& exchange, int status, std::string_view sentence);
/// 405, naming what the path takes.
void answer_method_not_allowed(HttpExchange& exchange, std::string_view allowed);
/// 429 or 503, with when to come back.
void answer_busy(HttpExchange& exchange, int status, std::string_view sentence,
                 const std::optional<RequestId>& id = std::nullopt);
/// The place for a long stream; null when there is none and the client has been told.
[[nodiscard]] StreamSlots::Slot admit_stream(const EndpointParts& parts, const Caller& caller,
                                             HttpExchange& exchange,
                                             const std::optional<RequestId>& id = std::nullopt);

/// Whether the caller may do this; else the authorizer has answered.
[[nodiscard]] bool admit_scope(const EndpointParts& parts, const Caller& caller,
                               const Request& request, HttpExchange& exchange);
/// The same for every request in a posted message.
[[nodiscard]] bool admit_scope(const EndpointParts& parts, const Caller& caller,
                               const Message& message, HttpExchange& exchange);

}  // namespace bm
