#pragma once

#include "host/route_call.hpp"
#include "server/http_handler.hpp"

namespace bm {

/// The routes of a host: for accounts below `/tenant`, `/api` and `/workspaces`, for projects below
/// `/proxy`, and `/health` for whoever watches the server. Asks who calls, and serves each caller
/// from his own space. Thread-safe.
class HostRoutes final : public HttpHandler {
public:
    explicit HostRoutes(RouteParts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] std::optional<HttpResponse> handle(const HttpRequest& request) override;

private:
    [[nodiscard]] HttpResponse admitted(const HttpRequest& request, const Principal& caller);
    [[nodiscard]] HttpResponse routed(const RouteCall& call);

    RouteParts parts_;
};

}  // namespace bm
