#include "server/http_transport.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include <poll.h>

#include "server/dispatcher.hpp"
#include "server/http_origin.hpp"
#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "server/mcp_endpoint.hpp"

namespace bm {
namespace {

/// Bodies for handlers: forms and small documents.
constexpr std::size_t longest_plain_body = 64 * std::size_t{1024};

/// An address that only this machine reaches.
bool is_loopback_address(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string shown_host(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// Sends each request where its path belongs.
class Site final : public HttpService {
public:
    Site(McpEndpoint& endpoint, std::string path, std::vector<HttpHandler*> handlers)
        : endpoint_(endpoint), path_(std::move(path)), handlers_(std::move(handlers)) {
        while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
    }

    void serve(HttpExchange& exchange) override {
        const std::string& path = exchange.request().path;
        if (path == path_ ||
            (path.size() == path_.size() + 1 && path.starts_with(path_) && path.back() == '/')) {
            return endpoint_.serve(exchange);
        }
        if (!handlers_.empty() && !exchange.read_body(longest_plain_body)) return;
        for (HttpHandler* handler : handlers_) {
            if (const auto response = handler->handle(exchange.request())) {
                return exchange.answer(*response);
            }
        }
        exchange.answer(plain_response(404, "Nothing is here"));
    }

private:
    McpEndpoint& endpoint_;
    std::string path_;
    std::vector<HttpHandler*> handlers_;
};

void wait_for_stop(int stop_fd) {
    for (;;) {
        pollfd watched{stop_fd, POLLIN, 0};
        const int count = ::poll(&watched, 1, -1);
        if (count > 0 || (count < 0 && errno != EINTR)) return;
    }
}

}  // namespace

int serve_http(const Catalog& catalog, ChangeBus& changes, HttpTransportOptions options) {
    const auto tell = [&](Severity severity, const std::string& text) {
        if (options.log) options.log(severity, text);
    };
    std::string complaint;
    const auto origins = OriginPolicy::from({.is_loopback = is_loopback_address(options.host),
                                             .allowed_origins = options.allowed_origins,
                                             .allowed_hosts = options.allowed_hosts,
                                             .public_url = options.public_url},
                                            complaint);
    if (!origins) {
        tell(Severity::error, complaint);
        return EXIT_FAILURE;
    }
    const Dispatcher dispatcher(catalog, options.announced, options.page_size, options.log,
                                {.changes = &changes});
    StreamSlots slots(options.streams);
    ClientRates completions(options.completions_per_second);
    // Before the endpoint: its threads end after what they work for is told to.
    WorkerPool pool(options.workers, options.log);
    McpEndpoint endpoint({.dispatcher = dispatcher,
                          .changes = changes,
                          .pool = pool,
                          .slots = slots,
                          .completions = completions,
                          .origins = *origins,
                          .authorizer = options.authorizer,
                          .longest_message = options.longest_message,
                          .keep_alive = options.keep_alive,
                          .log = options.log},
                         {.sessions = options.sessions, .is_stateless = options.legacy_stateless});
    Site site(endpoint, options.path, options.handlers);
    auto opened = HttpServer::open(site, {.host = options.host,
                                          .port = options.port,
                                          .connections = options.connections,
                                          .limits = options.connection_limits,
                                          .log = options.log});
    if (!opened) {
        tell(Severity::error, opened.error());
        return EXIT_FAILURE;
    }
    HttpServer& server = **opened;
    if (options.on_listening) {
        options.on_listening("http://" + shown_host(options.host) + ":" +
                             std::to_string(server.port()) + options.path);
    }
    wait_for_stop(options.stop_fd);

    const Moment began = steady_now();
    server.stop();
    endpoint.end_streams();
    if (!server.wait_until_idle(began + options.grace)) endpoint.give_up_requests();
    pool.drop_queued();
    const Moment until = began + options.hard_limit;
    if (!server.wait_until_idle(until) || !pool.wait_until_idle(until)) {
        tell(Severity::warning, "a call did not end when told to");
        if (!options.give_up) std::_Exit(EXIT_SUCCESS);
        options.give_up();
    }
    return EXIT_SUCCESS;
}

}  // namespace bm
