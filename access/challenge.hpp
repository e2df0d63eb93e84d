#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/access_urls.hpp"
#include "server/authorizer.hpp"

namespace bm {

/// Why a caller is sent away (RFC 6750, 3.1).
enum class Denial {
    no_credentials,      ///< 401 without a reason
    invalid_token,       ///< 401
    insufficient_scope,  ///< 403
    invalid_request,     ///< 400
    unavailable,         ///< 503: what is needed to judge cannot be had now
};

/// The answer, with the challenge that leads a client to its login. `scope` is what it should ask
/// for.
[[nodiscard]] HttpResponse denial_response(const AccessUrls& urls, Denial denial,
                                           std::string_view description, std::string_view scope);

}  // namespace bm
