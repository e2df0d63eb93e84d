#pragma once

#include <string>

#include "access/access_parts.hpp"
#include "access/access_sweep.hpp"
#include "server/http_handler.hpp"

namespace bm {

/// The paths of the room: metadata for everybody and, unless a foreign issuer does it, the
/// endpoints of the authorization server. Trouble with the file is
/// an answer too: 503, to be tried again.
class AccessRoutes final : public HttpHandler {
public:
    /// `issuer` is the authorization server that the metadata names.
    AccessRoutes(AccessParts& parts, AccessSweep& sweep, std::string issuer)
        : parts_(parts), sweep_(sweep), issuer_(std::move(issuer)) {}

    [[nodiscard]] std::optional<HttpResponse> handle(const HttpRequest& request) override;

private:
    [[nodiscard]] std::optional<HttpResponse> answer_of(const HttpRequest& request);

    AccessParts& parts_;
    AccessSweep& sweep_;
    std::string issuer_;
};

}  // namespace bm
