#pragma once

#include <string_view>

#include "server/endpoint_parts.hpp"
#include "server/http_era.hpp"
#include "server/legacy_http.hpp"
#include "server/modern_post.hpp"

namespace bm {

/// The methods of the endpoint, as Allow names them.
[[nodiscard]] std::string_view mcp_methods(bool is_stateless) noexcept;

/// The guards of the endpoint in their order: origin and host, method, credentials. Answers
/// preflight requests. Nothing when the exchange has been answered.
[[nodiscard]] std::optional<Caller> admit_mcp_caller(const EndpointGuards& guards,
                                                     std::string_view methods,
                                                     HttpExchange& exchange);

/// The endpoint of Streamable HTTP: one path, and all revisions on it. Decides which era a message
/// belongs to and hands it on. Thread-safe.
class McpEndpoint {
public:
    McpEndpoint(EndpointParts parts, LegacyHttp::Options options);

    void serve(HttpExchange& exchange);
    /// The same for a request that has passed the guards.
    void serve_caller(HttpExchange& exchange, const Caller& caller);

    /// Ends every stream that would last: in order, where the revision knows an order for it.
    void end_streams();
    /// Answers everything that is not answered yet with an error, and tells its work to stop.
    void give_up_requests();

private:
    void serve_post(HttpExchange& exchange, const Caller& caller);
    void take_message(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted);
    void take_request(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
                      Request request);
    void take_batch(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
                    Batch batch);
    void refuse_unknown_version(HttpExchange& exchange,
                                const std::optional<RequestId>& id = std::nullopt);
    void take_other(HttpExchange& exchange, const Caller& caller, HttpEra era,
                    SingleMessage message);
    void refuse_malformed(HttpExchange& exchange, const Caller& caller, const Malformed& malformed);
    [[nodiscard]] std::string_view allowed_methods() const {
        return mcp_methods(legacy_.is_stateless());
    }

    EndpointParts parts_;
    OpenRequests open_;
    ModernPost modern_;
    LegacyHttp legacy_;
};

}  // namespace bm
