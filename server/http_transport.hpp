#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/authorizer.hpp"
#include "server/change_bus.hpp"
#include "server/client_limits.hpp"
#include "server/http_connection.hpp"
#include "server/http_handler.hpp"
#include "server/legacy_session_store.hpp"
#include "server/mcp_service.hpp"
#include "server/offering.hpp"
#include "server/severity.hpp"
#include "server/tls_certificate.hpp"
#include "server/worker_pool.hpp"
#include "tools/catalog.hpp"

namespace bm {

/// How MCP is spoken over HTTP.
enum class HttpTransportKind {
    streamable,  ///< one endpoint, all revisions
    sse,         ///< the two endpoints of 2024-11-05, for clients that know nothing newer
};

/// How many calls that compute run at a time: as many as the machine has cores, but two at least.
[[nodiscard]] std::size_t calls_at_once() noexcept;

struct HttpTransportOptions {
    HttpTransportKind kind = HttpTransportKind::streamable;
    /// 127.0.0.1 and localhost: both loopback addresses, of IPv4 and, where there is one, of IPv6.
    std::string host = "127.0.0.1";
    int port = 8000;            ///< 0: one that the system picks
    std::string path = "/mcp";  ///< of the endpoint; with and without a slash at its end
    /// Beside the loopback ones of a server that is bound so; see OriginPolicy::Lists.
    std::vector<std::string> allowed_origins{};
    std::vector<std::string> allowed_hosts{};
    std::optional<std::string> public_url{};
    std::optional<TlsFiles> tls{};  ///< none: HTTP without TLS
    /// `ADDRESS` or `ADDRESS/BITS` of each proxy that may tell for whom it calls; see
    /// TrustedProxies.
    std::vector<std::string> trusted_proxies{};
    /// Becomes readable when we are to stop, as StopSignals::fd() does. -1: only an error ends us.
    int stop_fd = -1;
    ServerLog log{};
    AnnouncedChanges announced{};
    std::size_t page_size = 100;
    WorkerPool::Limits workers{.threads = 64, .computing = calls_at_once()};
    bool legacy_stateless = false;

    std::size_t connections = 1200;
    ConnectionLimits connection_limits{};
    std::size_t longest_message = 16 * std::size_t{1024} * 1024;
    /// Of bodies, and of answers that are not taken yet, over all connections.
    MemoryBudget::Limits memory{};
    /// Of answers that were sent and are kept for clients that lost their connection.
    std::size_t kept_answer_bytes = 32 * std::size_t{1024} * 1024;
    StreamSlots::Limits streams{};
    LegacySessionStore::Limits sessions{};
    std::size_t completions_per_second = 50;
    std::chrono::milliseconds keep_alive = keep_alive_interval;
    /// How long what is running may go on once we are to stop, and when we stop waiting for what
    /// does not even end when it is told to.
    std::chrono::milliseconds grace{700};
    std::chrono::milliseconds hard_limit{1800};

    /// Who may call. Null: whoever reaches us, which only this machine may...
    Authorizer* authorizer = nullptr;
    /// ...unless this says that everybody may.
    bool is_open_to_all = false;
    /// Asked before the handlers: each has the paths that it owns.
    std::vector<HttpBranch*> branches{};
    /// Asked in their order for every path that is not the endpoint's.
    std::vector<HttpHandler*> handlers{};
    /// How it is told that nothing is at a path, that a Host is none of ours, and that a body
    /// cannot be had: as the handlers' answers look.
    RefusalForm refusal = plain_response;
    /// Told the URL of the endpoint once we listen.
    std::function<void(std::string_view url)> on_listening{};
    /// Told, at every start, what whoever runs the server should know.
    std::function<void(std::string_view text)> on_warning{};
    /// Told why we cannot serve. The log is told too.
    std::function<void(std::string_view reason)> on_failure{};
    /// Called when work goes on after the hard limit. By default it ends the process: what was
    /// answered is on disk by then, and whoever stopped us waits for our exit.
    std::function<void()> give_up{};
};

/// Serves until we are told to stop, and returns the exit code. Refuses to listen beyond this
/// machine without an authorizer, unless the options say that this is meant. `changes` may be
/// published to from any thread, before, during and after.
[[nodiscard]] int serve_http(const Catalog& catalog, ChangeBus& changes,
                             HttpTransportOptions options);

/// The same for a server that keeps a space for each account; its endpoint is a streamable one.
/// `options.workers` are those of each service. Needs an authorizer.
[[nodiscard]] int serve_http(McpServices& services, HttpTransportOptions options);

}  // namespace bm
