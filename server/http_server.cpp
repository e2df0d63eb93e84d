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

/// Between attempts to listen again after the system has ended it.
constexpr std::chrono::milliseconds listen_again_after{100};

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
    const std::string place = options.host + ":" + std::to_string(options.port);
    const int port = options.port;
    std::unique_ptr<HttpServer> server(new HttpServer(service, std::move(options), functions));
    if (!server->listen(port)) {
        const std::string reason = errno != 0 ? std::strerror(errno) : "no such address here";
        return tl::unexpected("cannot listen on " + place + ": " + reason);
    }
    server->accepting_ = std::jthread([&self = *server] { self.accept_until_stopped(); });
    return server;
}

HttpServer::HttpServer(HttpService& service, Options options, AcceptorFunctions functions)
    : service_(service),
      options_(std::move(options)),
      functions_(functions),
      stop_(make_wake_pipe()),
      threads_({.threads = options_.connections}) {}

HttpServer::~HttpServer() {
    stop();
    if (accepting_.joinable()) accepting_.join();
    close_acceptor();
}

bool HttpServer::listen(int port) {
    const std::scoped_lock lock(acceptor_mutex_);
    acceptor_ = functions_.open(
        options_.host.c_str(), port,
        {this, [](void* self, int socket) { static_cast<HttpServer*>(self)->take(socket); }},
        &port_);
    return acceptor_ != nullptr;
}

void HttpServer::accept_until_stopped() {
    for (;;) {
        functions_.run(acceptor_);
        if (stopping_) return;
        // The library gives up on errors that pass, such as a lack of descriptors.
        if (options_.log) options_.log(Severity::error, "listening was interrupted; once more");
        const int port = port_;
        close_acceptor();
        do {
            std::this_thread::sleep_for(listen_again_after);
            if (stopping_) return;
        } while (!listen(port));
    }
}

void HttpServer::close_acceptor() {
    const std::scoped_lock lock(acceptor_mutex_);
    if (acceptor_ != nullptr) functions_.close(std::exchange(acceptor_, nullptr));
}

void HttpServer::stop() {
    const std::scoped_lock lock(acceptor_mutex_);
    if (stopping_.exchange(true)) return;
    const char byte = 's';
    [[maybe_unused]] const auto written = ::write(stop_.write_end.number(), &byte, 1);
    if (acceptor_ != nullptr) functions_.stop(acceptor_);
}

bool HttpServer::wait_until_idle(Moment deadline) { return threads_.wait_until_idle(deadline); }

void HttpServer::take(int number) {
    // Shared, because a function object that can be copied has to carry it.
    const auto socket = std::make_shared<FileDescriptor>(number);
    if (!stopping_ && threads_.run([this, socket] { serve(std::move(*socket)); })) return;
    const HttpResponse response = too_many_connections();
    const std::string bytes =
        response_head(response, BodyFraming::by_length, true, std::chrono::system_clock::now()) +
        response.body;
    [[maybe_unused]] const auto sent =
        ::send(number, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void HttpServer::serve(FileDescriptor socket) {
    try {
        HttpConnection connection(HttpSocket(std::move(socket), stop_fd()),
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
