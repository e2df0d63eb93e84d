#pragma once

#include "access/access_parts.hpp"
#include "server/http_message.hpp"

namespace bm {

/// POST /register (RFC 7591): open to everybody, so limited in rate, size and number.
[[nodiscard]] HttpResponse registration_response(const AccessParts& parts,
                                                 const HttpRequest& request);

}  // namespace bm
