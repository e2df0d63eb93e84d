#pragma once

#include <string>

#include "access/access_parts.hpp"
#include "access/browser_visit.hpp"
#include "server/http_message.hpp"

namespace bm {

/// The login page in front of a page of ours (`/authorize?...` or `/device...`).
[[nodiscard]] HttpResponse ask_for_login(const AccessParts& parts, const BrowserVisit& visit,
                                         const std::string& next);

/// POST /login.
[[nodiscard]] HttpResponse login_response(const AccessParts& parts, const HttpRequest& request);

}  // namespace bm
