#include "server/mcp_service.hpp"

#include <utility>

namespace bm {

McpService::McpService(const Catalog& catalog, ChangeBus& changes,
                       const SharedEndpointParts& shared)
    : dispatcher_(catalog, shared.announced, shared.page_size, shared.log,
                  {.changes = &changes, .legacy_sessions = !shared.legacy.is_stateless}),
      pool_(shared.workers, shared.log),
      endpoint_({.dispatcher = dispatcher_,
                 .changes = changes,
                 .pool = pool_,
                 .slots = shared.slots,
                 .completions = shared.completions,
                 .origins = shared.origins,
                 .memory = shared.memory,
                 .kept = shared.kept,
                 .authorizer = shared.authorizer,
                 .longest_message = shared.longest_message,
                 .keep_alive = shared.keep_alive,
                 .log = shared.log},
                shared.legacy) {}

void SharedMcpEndpoint::serve(HttpExchange& exchange) {
    const std::string_view allowed = mcp_methods(shared_.legacy.is_stateless);
    const auto caller = admit_mcp_caller(shared_.guards(), allowed, exchange);
    if (!caller) return;
    if (!caller->principal) {
        return answer_error(exchange, 403, "This server keeps one space for each account");
    }
    auto opened = services_.open(*caller->principal, shared_);
    if (auto* refusal = std::get_if<HttpResponse>(&opened)) {
        return answer_with_cors(exchange, std::move(*refusal));
    }
    std::get<std::shared_ptr<McpService>>(opened)->serve(exchange, *caller);
}

void SharedMcpEndpoint::end_streams() {
    for (const auto& service : services_.all_open()) service->end_streams();
}

void SharedMcpEndpoint::give_up_requests() {
    for (const auto& service : services_.all_open()) service->give_up_requests();
}

void SharedMcpEndpoint::drop_queued() {
    for (const auto& service : services_.all_open()) service->drop_queued();
}

bool SharedMcpEndpoint::wait_until_idle(Moment deadline) {
    bool is_idle = true;
    for (const auto& service : services_.all_open()) {
        is_idle = service->wait_until_idle(deadline) && is_idle;
    }
    return is_idle;
}

}  // namespace bm
