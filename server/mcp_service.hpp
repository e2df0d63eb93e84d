#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "server/mcp_endpoint.hpp"

namespace bm {

/// What all services of one HTTP server share. Everything that is referred to outlives them.
struct SharedEndpointParts {
    StreamSlots& slots;
    ClientRates& completions;
    const OriginPolicy& origins;
    MemoryBudget* memory = nullptr;
    KeptAnswers* kept = nullptr;
    Authorizer* authorizer = nullptr;
    std::size_t longest_message = 16 * std::size_t{1024} * 1024;
    std::chrono::milliseconds keep_alive = keep_alive_interval;
    ServerLog log{};
    AnnouncedChanges announced{};
    std::size_t page_size = 100;
    WorkerPool::Limits workers{.threads = 16};
    LegacyHttp::Options legacy{};

    [[nodiscard]] EndpointGuards guards() const { return {origins, authorizer, longest_message}; }
};

/// MCP over one catalogue, as one of several on a server: sessions, tasks, sealed states, workers
/// and subscriptions are its own, so that none of them is known to another service. Thread-safe.
class McpService {
public:
    /// `catalog` and `changes` outlive it.
    McpService(const Catalog& catalog, ChangeBus& changes, const SharedEndpointParts& shared);

    /// Serves a request that has passed admit_mcp_caller().
    void serve(HttpExchange& exchange, const Caller& caller) {
        endpoint_.serve_caller(exchange, caller);
    }

    /// Nothing runs and nothing waits: it may be destroyed once nobody holds it.
    [[nodiscard]] bool is_idle() { return pool_.wait_until_idle(steady_now()); }

    void end_streams() { endpoint_.end_streams(); }
    void give_up_requests() { endpoint_.give_up_requests(); }
    void drop_queued() { pool_.drop_queued(); }
    [[nodiscard]] bool wait_until_idle(Moment deadline) { return pool_.wait_until_idle(deadline); }

private:
    Dispatcher dispatcher_;
    // Before the endpoint: its threads end after what they work for was told to.
    WorkerPool pool_;
    McpEndpoint endpoint_;
};

/// The services of a server that keeps one for each account.
class McpServices {
public:
    McpServices() = default;
    McpServices(const McpServices&) = delete;
    McpServices& operator=(const McpServices&) = delete;
    virtual ~McpServices() = default;

    /// What serves this caller and nobody else's account; it stays open for as long as it is held.
    /// Or what to answer a caller who has none. Called from many threads at once.
    [[nodiscard]] virtual std::variant<std::shared_ptr<McpService>, HttpResponse> open(
        const Principal& caller, const SharedEndpointParts& shared) = 0;

    /// Those that are open now.
    [[nodiscard]] virtual std::vector<std::shared_ptr<McpService>> all_open() = 0;

    /// The server has ended: every service goes before this returns, and with it what refers to
    /// `shared`. Nobody opens one afterwards.
    virtual void end() = 0;
};

/// The endpoint of a server with many services: asks who calls first, and looks for sessions only
/// in what is the caller's. Thread-safe.
class SharedMcpEndpoint {
public:
    SharedMcpEndpoint(McpServices& services, SharedEndpointParts shared)
        : services_(services), shared_(std::move(shared)) {}

    void serve(HttpExchange& exchange);

    void end_streams();
    void give_up_requests();
    void drop_queued();
    [[nodiscard]] bool wait_until_idle(Moment deadline);

private:
    McpServices& services_;
    SharedEndpointParts shared_;
};

}  // namespace bm
