#pragma once

#include <atomic>
#include <string>

#include "access/access_parts.hpp"
#include "server/http_handler.hpp"

namespace bm {

/// The paths of the room: metadata for everybody and, unless a foreign issuer does it, the
/// endpoints of the authorization server. Once an hour it sweeps out what has expired.
class AccessRoutes final : public HttpHandler {
public:
    /// `issuer` is the authorization server that the metadata names.
    AccessRoutes(AccessParts& parts, std::string issuer)
        : parts_(parts), issuer_(std::move(issuer)) {}

    [[nodiscard]] std::optional<HttpResponse> handle(const HttpRequest& request) override;

private:
    void prune_now_and_then();

    AccessParts& parts_;
    std::string issuer_;
    std::atomic<Seconds> next_prune_{0};
};

}  // namespace bm
