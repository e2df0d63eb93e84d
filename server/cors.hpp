#pragma once

#include <string_view>

#include "server/http_message.hpp"

namespace bm {

/// Cross-origin resource sharing for the endpoint (WHATWG Fetch): what a page of an allowed origin
/// may send and read. The origin has been checked before.

/// The answer to a preflight request: 204.
[[nodiscard]] HttpResponse preflight_response(const HttpRequest& request);

/// True for an OPTIONS request that asks what may be sent.
[[nodiscard]] bool is_preflight(const HttpRequest& request);

/// What every other answer to such a page needs; nothing when the request names no origin.
void add_cors(HttpFields& fields, const HttpRequest& request);

}  // namespace bm
