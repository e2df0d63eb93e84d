#include "server/http_transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include <poll.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "server/dispatcher.hpp"
#include "server/http_origin.hpp"
#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "server/mcp_endpoint.hpp"
#include "server/mcp_service.hpp"
#include "server/sse_endpoint.hpp"

namespace bm {
namespace {

/// Bodies for handlers: forms and small documents.
constexpr std::size_t longest_plain_body = 64 * std::size_t{1024};

/// An address that only this machine reaches.
bool is_loopback_address(std::string_view host) {
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") &&
            host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string shown_host(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// `path` itself, or with a slash at its end. A redirect would cost clients their body.
bool is_path(std::string_view asked, std::string_view path) {
    return asked == path ||
           (asked.size() == path.size() + 1 && asked.starts_with(path) && asked.back() == '/');
}

std::string without_last_slash(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

/// Where clients of the old transport post, beside where they listen.
std::string posts_path_of(const std::string& path) {
    return path.substr(0, path.rfind('/') + 1) + "messages";
}

/// Sends each request where its path belongs.
class Site final : public HttpService {
public:
    /// One catalogue for all who call.
    Site(const EndpointParts& parts, const HttpTransportOptions& options)
        : path_(without_last_slash(options.path)),
          branches_(options.branches),
          handlers_(options.handlers),
          origins_(parts.origins),
          refusal_(options.refusal),
          pool_(&parts.pool) {
        if (options.kind == HttpTransportKind::sse) {
            sse_ = std::make_unique<SseEndpoint>(parts, posts_path_of(path_));
        } else {
            streamable_ = std::make_unique<McpEndpoint>(
                parts, LegacyHttp::Options{.sessions = options.sessions,
                                           .is_stateless = options.legacy_stateless});
        }
    }

    /// A service for each account.
    Site(McpServices& services, SharedEndpointParts parts, const HttpTransportOptions& options)
        : path_(without_last_slash(options.path)),
          branches_(options.branches),
          handlers_(options.handlers),
          origins_(parts.origins),
          refusal_(options.refusal) {
        shared_ = std::make_unique<SharedMcpEndpoint>(services, std::move(parts));
    }

    void serve(HttpExchange& exchange) override {
        const std::string& path = exchange.request().path;
        if (is_path(path, path_)) return serve_endpoint(exchange);
        if (sse_ && is_path(path, sse_->posts_path())) return sse_->serve_post(exchange);
        for (HttpBranch* branch : branches_) {
            if (branch->owns(path)) return serve_branch(*branch, exchange);
        }
        if (!handlers_.empty() && !is_for_us(exchange.request())) {
            return exchange.answer(refusal_(403, "This Host is not allowed"));
        }
        if (!handlers_.empty() && !exchange.read_body(longest_plain_body)) return;
        for (HttpHandler* handler : handlers_) {
            if (const auto response = handler->handle(exchange.request())) {
                return exchange.answer(*response);
            }
        }
        exchange.answer(refusal_(404, "Nothing is here; MCP is spoken at " + path_));
    }

    /// As the path's other answers look, for pages of other origins too.
    [[nodiscard]] HttpResponse refusal(const HttpRequest& request, int status,
                                       std::string_view sentence) override {
        const bool speaks_mcp =
            is_path(request.path, path_) || (sse_ && is_path(request.path, sse_->posts_path()));
        return speaks_mcp ? unserved_response(origins_, request, status, sentence)
                          : refusal_(status, sentence);
    }

    void end_streams() {
        if (streamable_) streamable_->end_streams();
        if (sse_) sse_->end_streams();
        if (shared_) shared_->end_streams();
    }

    void give_up_requests() {
        // Conversations of the old transport give up by themselves.
        if (streamable_) streamable_->give_up_requests();
        if (shared_) shared_->give_up_requests();
    }

    void drop_queued() {
        if (pool_ != nullptr) pool_->drop_queued();
        if (shared_) shared_->drop_queued();
    }

    bool wait_until_idle(Moment deadline) {
        return pool_ != nullptr ? pool_->wait_until_idle(deadline)
                                : shared_->wait_until_idle(deadline);
    }

private:
    /// Another name may lead a browser here that takes us for its site (DNS rebinding). Which
    /// origins may call is for the handlers to say.
    [[nodiscard]] bool is_for_us(const HttpRequest& request) const {
        return request.fields.count("Host") == 1 &&
               origins_.admits_host(*request.fields.find("Host"));
    }

    /// No page of another site has any business with files.
    void serve_branch(HttpBranch& branch, HttpExchange& exchange) {
        const std::string complaint = origins_.complaint_about(exchange.request().fields);
        if (!complaint.empty()) return exchange.answer(refusal_(403, complaint));
        branch.serve(exchange);
    }

    void serve_endpoint(HttpExchange& exchange) {
        if (shared_) return shared_->serve(exchange);
        streamable_ ? streamable_->serve(exchange) : sse_->serve_stream(exchange);
    }

    std::string path_;
    std::vector<HttpBranch*> branches_;
    std::vector<HttpHandler*> handlers_;
    const OriginPolicy& origins_;
    RefusalForm refusal_;
    std::unique_ptr<McpEndpoint> streamable_;  // one of the three
    std::unique_ptr<SseEndpoint> sse_;
    std::unique_ptr<SharedMcpEndpoint> shared_;
    WorkerPool* pool_ = nullptr;  // of the first two
};

void wait_for_stop(int stop_fd) {
    for (;;) {
        pollfd watched{stop_fd, POLLIN, 0};
        const int count = ::poll(&watched, 1, -1);
        if (count > 0 || (count < 0 && errno != EINTR)) return;
    }
}

/// Who says `localhost` may mean either address, and programs differ in which they try.
bool is_usual_loopback(std::string_view host) { return host == "127.0.0.1" || host == "localhost"; }

std::string main_host(const HttpTransportOptions& options) {
    return is_usual_loopback(options.host) ? "127.0.0.1" : options.host;
}

std::vector<std::string> other_hosts(const HttpTransportOptions& options) {
    if (!is_usual_loopback(options.host)) return {};
    return {"::1"};
}

bool is_wildcard(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

/// What this server may be called, and which pages may call it.
OriginPolicy::Lists origin_lists(const HttpTransportOptions& options) {
    OriginPolicy::Lists lists{
        .is_loopback = is_loopback_address(options.host) || is_wildcard(options.host),
        .has_tls = options.tls.has_value(),
        .allowed_origins = options.allowed_origins,
        .allowed_hosts = options.allowed_hosts,
        .public_url = options.public_url};
    if (!is_wildcard(options.host)) lists.allowed_hosts.push_back(shown_host(options.host));
    return lists;
}

/// Why these options cannot be served; empty when they can.
std::string unusable_options(const HttpTransportOptions& options) {
    if (options.path.empty() || options.path.front() != '/') {
        return "the path of the endpoint must begin with a slash";
    }
    if (is_loopback_address(options.host) || options.authorizer != nullptr ||
        options.is_open_to_all) {
        return {};
    }
    return "listening on " + options.host +
           " would let anybody who reaches this machine read and change every note; set up "
           "authorization, listen on 127.0.0.1, or say --insecure-no-auth";
}

/// As many as wanted, or as the system gives descriptors for: each takes its socket and, while an
/// answer is made, what wakes it. The rest is for notes and the database.
std::size_t possible_connections(std::size_t wanted) {
    constexpr std::size_t of_each = 2;
    constexpr std::size_t of_others = 256;
    const std::size_t most = allow_descriptors(of_each * wanted + of_others);
    const std::size_t left = most > of_others ? most - of_others : most / of_each;
    return std::min(wanted, std::max<std::size_t>(left / of_each, 1));
}

/// Lets what runs end, then tells it to, then waits no more. False when work goes on.
bool wind_down(const HttpTransportOptions& options, HttpServer& server, Site& site) {
    const Moment began = steady_now();
    server.stop();
    site.end_streams();
    if (!server.wait_until_idle(began + options.grace)) site.give_up_requests();
    site.drop_queued();
    const Moment until = began + options.hard_limit;
    return server.wait_until_idle(until) && site.wait_until_idle(until);
}

/// Many threads hold large bodies for a moment. By default each would keep a heap of its own that
/// stays as large as it ever was, and blocks of megabytes come from heaps once one was freed. A
/// few more heaps than calls that run at once hardly wait for each other, and each keeps what a
/// call takes: to give it back and to ask for it again costs more than the call's work on it.
void give_memory_back_early() {
#ifdef __GLIBC__
    constexpr std::size_t most_heaps = 32;
    const auto heaps = static_cast<int>(std::min(4 * calls_at_once(), most_heaps));
    constexpr int kept_by_a_heap = 2 * 1024 * 1024;
    constexpr int largest_block_of_a_heap = 256 * 1024;
    ::mallopt(M_ARENA_MAX, heaps);
    ::mallopt(M_TRIM_THRESHOLD, kept_by_a_heap);
    ::mallopt(M_MMAP_THRESHOLD, largest_block_of_a_heap);
#endif
}

int fail_to_serve(const HttpTransportOptions& options, const std::string& reason) {
    if (options.log) options.log(Severity::error, reason);
    if (options.on_failure) options.on_failure(reason);
    return EXIT_FAILURE;
}

/// Who may call, as far as the options can be served; else whoever runs us has been told.
std::optional<OriginPolicy> usable_origins(const HttpTransportOptions& options) {
    std::string complaint = unusable_options(options);
    if (complaint.empty()) {
        if (auto origins = OriginPolicy::from(origin_lists(options), complaint)) return origins;
    }
    fail_to_serve(options, complaint);
    return std::nullopt;
}

/// Listens, serves until we are told to stop, and winds down.
int run_site(const HttpTransportOptions& options, Site& site, MemoryBudget& memory) {
    std::string complaint;
    auto proxies = TrustedProxies::from(options.trusted_proxies, complaint);
    if (!proxies) return fail_to_serve(options, complaint);
    std::unique_ptr<TlsCertificate> certificate;
    if (options.tls) {
        auto loaded = TlsCertificate::open(*options.tls, options.log);
        if (!loaded) return fail_to_serve(options, loaded.error());
        certificate = *std::move(loaded);
    }
    auto opened = HttpServer::open(site, {.host = main_host(options),
                                          .other_hosts = other_hosts(options),
                                          .port = options.port,
                                          .connections = possible_connections(options.connections),
                                          .limits = options.connection_limits,
                                          .log = options.log,
                                          .proxies = *std::move(proxies),
                                          .certificate = certificate.get(),
                                          .memory = &memory});
    if (!opened) return fail_to_serve(options, opened.error());
    if (!is_loopback_address(options.host) && options.authorizer == nullptr && options.on_warning) {
        options.on_warning(
            "anybody who reaches this machine can read and change every note "
            "(--insecure-no-auth)");
    }
    if (options.on_listening) {
        options.on_listening((certificate ? "https://" : "http://") + shown_host(options.host) +
                             ":" + std::to_string((*opened)->port()) + options.path);
    }
    wait_for_stop(options.stop_fd);
    if (!wind_down(options, **opened, site)) {
        if (options.log) options.log(Severity::warning, "a call did not end when told to");
        if (!options.give_up) std::_Exit(EXIT_SUCCESS);
        options.give_up();
    }
    return EXIT_SUCCESS;
}

}  // namespace

std::size_t calls_at_once() noexcept {
    constexpr unsigned least = 2;
    return std::max(std::thread::hardware_concurrency(), least);
}

int serve_http(McpServices& services, HttpTransportOptions options) {
    give_memory_back_early();
    if (options.authorizer == nullptr) {
        return fail_to_serve(options, "a server for several accounts has to ask who calls");
    }
    const auto origins = usable_origins(options);
    if (!origins) return EXIT_FAILURE;
    StreamSlots slots(options.streams);
    MemoryBudget memory(options.memory);
    KeptAnswers kept(options.kept_answer_bytes);
    ClientRates completions(options.completions_per_second);
    Site site(services,
              {.slots = slots,
               .completions = completions,
               .origins = *origins,
               .memory = &memory,
               .kept = &kept,
               .authorizer = options.authorizer,
               .longest_message = options.longest_message,
               .keep_alive = options.keep_alive,
               .log = options.log,
               .announced = options.announced,
               .page_size = options.page_size,
               .workers = options.workers,
               .legacy = {.sessions = options.sessions, .is_stateless = options.legacy_stateless}},
              options);
    const int code = run_site(options, site, memory);
    services.end();
    return code;
}

int serve_http(const Catalog& catalog, ChangeBus& changes, HttpTransportOptions options) {
    give_memory_back_early();
    const auto origins = usable_origins(options);
    if (!origins) return EXIT_FAILURE;
    const Dispatcher dispatcher(
        catalog, options.announced, options.page_size, options.log,
        {.changes = &changes, .legacy_sessions = !options.legacy_stateless});
    StreamSlots slots(options.streams);
    MemoryBudget memory(options.memory);
    KeptAnswers kept(options.kept_answer_bytes);
    ClientRates completions(options.completions_per_second);
    // Before the site: its threads end after what they work for was told to.
    WorkerPool pool(options.workers, options.log);
    Site site({.dispatcher = dispatcher,
               .changes = changes,
               .pool = pool,
               .slots = slots,
               .completions = completions,
               .origins = *origins,
               .memory = &memory,
               .kept = &kept,
               .authorizer = options.authorizer,
               .longest_message = options.longest_message,
               .keep_alive = options.keep_alive,
               .log = options.log},
              options);
    return run_site(options, site, memory);
}

}  // namespace bm
