#include "server/http_transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
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
    Site(const EndpointParts& parts, const HttpTransportOptions& options)
        : path_(without_last_slash(options.path)), handlers_(options.handlers) {
        if (options.kind == HttpTransportKind::sse) {
            sse_.emplace(parts, posts_path_of(path_));
        } else {
            streamable_.emplace(parts,
                                LegacyHttp::Options{.sessions = options.sessions,
                                                    .is_stateless = options.legacy_stateless});
        }
    }

    void serve(HttpExchange& exchange) override {
        const std::string& path = exchange.request().path;
        if (is_path(path, path_)) {
            return streamable_ ? streamable_->serve(exchange) : sse_->serve_stream(exchange);
        }
        if (sse_ && is_path(path, sse_->posts_path())) return sse_->serve_post(exchange);
        if (!handlers_.empty() && !exchange.read_body(longest_plain_body)) return;
        for (HttpHandler* handler : handlers_) {
            if (const auto response = handler->handle(exchange.request())) {
                return exchange.answer(*response);
            }
        }
        exchange.answer(plain_response(404, "Nothing is here"));
    }

    void end_streams() {
        if (streamable_) streamable_->end_streams();
        if (sse_) sse_->end_streams();
    }

    void give_up_requests() {
        // Conversations of the old transport give up by themselves.
        if (streamable_) streamable_->give_up_requests();
    }

private:
    std::string path_;
    std::vector<HttpHandler*> handlers_;
    std::optional<McpEndpoint> streamable_;  // one of the two
    std::optional<SseEndpoint> sse_;
};

void wait_for_stop(int stop_fd) {
    for (;;) {
        pollfd watched{stop_fd, POLLIN, 0};
        const int count = ::poll(&watched, 1, -1);
        if (count > 0 || (count < 0 && errno != EINTR)) return;
    }
}

bool is_wildcard(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

/// What this server may be called, and which pages may call it.
OriginPolicy::Lists origin_lists(const HttpTransportOptions& options) {
    OriginPolicy::Lists lists{
        .is_loopback = is_loopback_address(options.host) || is_wildcard(options.host),
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
bool wind_down(const HttpTransportOptions& options, HttpServer& server, Site& site,
               WorkerPool& pool) {
    const Moment began = steady_now();
    server.stop();
    site.end_streams();
    if (!server.wait_until_idle(began + options.grace)) site.give_up_requests();
    pool.drop_queued();
    const Moment until = began + options.hard_limit;
    return server.wait_until_idle(until) && pool.wait_until_idle(until);
}

/// Many threads hold large bodies for a moment. By default each would keep a heap of its own that
/// stays as large as it ever was, and blocks of megabytes come from heaps once one was freed.
void give_memory_back_early() {
#ifdef __GLIBC__
    constexpr int heaps = 4;
    constexpr int largest_block_of_a_heap = 256 * 1024;
    ::mallopt(M_ARENA_MAX, heaps);
    ::mallopt(M_MMAP_THRESHOLD, largest_block_of_a_heap);
#endif
}

}  // namespace

int serve_http(const Catalog& catalog, ChangeBus& changes, HttpTransportOptions options) {
    give_memory_back_early();
    const auto fail = [&](const std::string& reason) {
        if (options.log) options.log(Severity::error, reason);
        if (options.on_failure) options.on_failure(reason);
        return EXIT_FAILURE;
    };
    if (const std::string why = unusable_options(options); !why.empty()) return fail(why);
    std::string complaint;
    const auto origins = OriginPolicy::from(origin_lists(options), complaint);
    if (!origins) return fail(complaint);
    const Dispatcher dispatcher(catalog, options.announced, options.page_size, options.log,
                                {.changes = &changes});
    StreamSlots slots(options.streams);
    ClientRates completions(options.completions_per_second);
    // Before the site: its threads end after what they work for was told to.
    WorkerPool pool(options.workers, options.log);
    Site site({.dispatcher = dispatcher,
               .changes = changes,
               .pool = pool,
               .slots = slots,
               .completions = completions,
               .origins = *origins,
               .authorizer = options.authorizer,
               .longest_message = options.longest_message,
               .keep_alive = options.keep_alive,
               .log = options.log},
              options);
    auto opened = HttpServer::open(site, {.host = options.host,
                                          .port = options.port,
                                          .connections = possible_connections(options.connections),
                                          .limits = options.connection_limits,
                                          .log = options.log});
    if (!opened) return fail(opened.error());
    if (!is_loopback_address(options.host) && options.authorizer == nullptr && options.on_warning) {
        options.on_warning(
            "anybody who reaches this machine can read and change every note "
            "(--insecure-no-auth)");
    }
    if (options.on_listening) {
        options.on_listening("http://" + shown_host(options.host) + ":" +
                             std::to_string((*opened)->port()) + options.path);
    }
    wait_for_stop(options.stop_fd);
    if (!wind_down(options, **opened, site, pool)) {
        if (options.log) options.log(Severity::warning, "a call did not end when told to");
        if (!options.give_up) std::_Exit(EXIT_SUCCESS);
        options.give_up();
    }
    return EXIT_SUCCESS;
}

}  // namespace bm
