#pragma once

#include <optional>

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

}  // namespace bm
