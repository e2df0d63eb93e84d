#pragma once

#include "access/access_parts.hpp"
#include "server/http_message.hpp"

namespace bm {

/// GET /authorize: asks the user to log in and to consent, or answers at once what he has answered
/// before.
[[nodiscard]] HttpResponse authorize_page(const AccessParts& parts, const HttpRequest& request);

/// POST /authorize: the user's word.
[[nodiscard]] HttpResponse authorize_decision(const AccessParts& parts, const HttpRequest& request);

}  // namespace bm
