#pragma once

#include <optional>
#include <string_view>

#include "server/http_exchange.hpp"
#include "server/http_message.hpp"

namespace bm {

/// Answers plain requests to some paths. The HTTP server asks its handlers in turn; the endpoint of
/// MCP, which streams, is the server's own.
class HttpHandler {
public:
    HttpHandler() = default;
    HttpHandler(const HttpHandler&) = delete;
    HttpHandler& operator=(const HttpHandler&) = delete;
    virtual ~HttpHandler() = default;

    /// Nothing when the path is none of ours; a method that a path of ours does not know is
    /// answered (405 with Allow). Called from several threads at once.
    [[nodiscard]] virtual std::optional<HttpResponse> handle(const HttpRequest& request) = 0;
};

/// Answers all requests to a branch of paths, and reads their bodies itself, as they come. It gets
/// those alone whose Host and Origin the server admits.
class HttpBranch : public HttpService {
public:
    /// Whether a path, as sent, is one of these.
    [[nodiscard]] virtual bool owns(std::string_view path) const noexcept = 0;
};

}  // namespace bm
