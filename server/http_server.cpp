#include "server/http_server.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "server/http_response.hpp"

namespace bm {
namespace {

/// From this share of all connections on, none is kept for a next request.
constexpr std::size_t crowded_numerator = 9;
constexpr std::size_t crowded_denominator = 10;

bool is_loopback_peer(std::string_view peer) { return peer == "::1" || peer.starts_with("127."); }

HttpResponse too_many_connections() {
    HttpResponse response = plain_response(503, "Too many connections");
    response.fields.add("Retry-After", "1");
    return response;
}

}  // namespace

tl::expected<std::unique_ptr<HttpServer>, std::string> HttpServer::open(HttpService& service,
                                                                        Options options) {
    const char* why = "";
    const AcceptorFunctions functions = acceptor_functions(why);
    if (functions.open == nullptr) {
        return tl::unexpected(std::string("the HTTP library cannot be loaded: ") + why);
    }
    std::unique_ptr<HttpServer> server(new HttpServer(service, std::move(options)));
    const Options& wanted = server->options_;
    if (!server->listen(functions, wanted.host, wanted.port)) {
        const std::string reason = errno != 0 ? std::strerror(errno) : "no such address here";
        return tl::unexpected("cannot listen on " + wanted.host + ":" +
                              std::to_string(wanted.port) + ": " + reason);
    }
    for (const std::string& host : wanted.other_hosts) {
        if (server->listen(functions, host, server->port()) || !wanted.log) continue;
        // Where the address does not exist nobody calls it.
        const bool is_taken = errno == EADDRINUSE;
        wanted.log(is_taken ? Severity::warning : Severity::debug,
                   host + " port " + std::to_string(server->port()) + " is not listened on" +
                       (is_taken ? ": another program has it, and gets who calls it by name" : ""));
    }
    return server;
}

HttpServer::HttpServer(HttpService& service, Options options)
    : service_(service),
      options_(std::move(options)),
      stop_(make_wake_pipe()),
      shares_(options_.connections),
      threads_({.threads = options_.connections}) {}

HttpServer::~HttpServer() { stop(); }

bool HttpServer::listen(const AcceptorFunctions& functions, const std::string& host, int port) {
    auto listener = HttpListener::open(
        functions,
        {.host = host,
         .port = port,
         .accepted = {this,
                      [](void* self, int socket) { static_cast<HttpServer*>(self)->take(socket); }},
         .log = options_.log});
    if (!listener) return false;
    listeners_.push_back(std::move(listener));
    return true;
}

void HttpServer::stop() {
    if (stopping_.exchange(true)) return;
    // First, so that whoever sees his connection end cannot come in again.
    for (const auto& listener : listeners_) listener->stop();
    const char byte = 's';
    [[maybe_unused]] const auto written = ::write(stop_.write_end.number(), &byte, 1);
}

bool HttpServer::wait_until_idle(Moment deadline) { return threads_.wait_until_idle(deadline); }

void HttpServer::take(int number) {
    // Shared, because a function object that can be copied has to carry it.
    const auto socket = std::make_shared<FileDescriptor>(number);
    if (!stopping_ && admit(socket)) return;
    // To be understood, it would have to go through a handshake first.
    if (options_.certificate != nullptr) return;
    const HttpResponse response = too_many_connections();
    const std::string bytes =
        response_head(response, BodyFraming::by_length, true, std::chrono::system_clock::now()) +
        response.body;
    [[maybe_unused]] const auto sent =
        ::send(number, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool HttpServer::admit(const std::shared_ptr<FileDescriptor>& socket) {
    const std::string peer = peer_address(socket->number());
    ConnectionShares::Place place;
    // A proxy of ours brings those of many.
    if (!options_.proxies.contain(peer) && (options_.counts_loopback || !is_loopback_peer(peer))) {
        place = shares_.take(peer);
        if (!place) return false;
    }
    return threads_.run([this, socket, place] { serve(std::move(*socket)); });
}

void HttpServer::serve(FileDescriptor socket) {
    try {
        std::unique_ptr<SocketBytes> bytes;
        if (options_.certificate != nullptr) bytes = options_.certificate->begin(socket.number());
        HttpConnection connection(
            HttpSocket(std::move(socket), stop_fd(), std::move(bytes), options_.limits.writes),
            {.service = service_,
             .limits = options_.limits,
             .log = options_.log,
             .proxies = options_.proxies,
             .memory = options_.memory,
             .is_stopping = [this] { return stopping_.load(); },
             .is_crowded =
                 [this] {
                     return threads_.job_count() * crowded_denominator >=
                            options_.connections * crowded_numerator;
                 }});
        connection.run();
    } catch (const std::exception& error) {
        if (options_.log) {
            options_.log(Severity::error, std::string("a connection failed: ") + error.what());
        }
    }
}

}  // namespace bm
