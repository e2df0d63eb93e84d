#pragma once

#include "access/access_parts.hpp"
#include "server/http_message.hpp"

namespace bm {

/// POST /token (OAuth 2.1, 3.2; RFC 8628, 3.4): codes, refresh tokens and codes of devices become
/// tokens.
[[nodiscard]] HttpResponse token_response(const AccessParts& parts, const HttpRequest& request);

/// POST /revoke (RFC 7009): 200 whether or not there was such a token.
[[nodiscard]] HttpResponse revocation_response(const AccessParts& parts,
                                               const HttpRequest& request);

}  // namespace bm
