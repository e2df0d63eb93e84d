#pragma once

#include <string>

#include "access/access_parts.hpp"
#include "access/browser_visit.hpp"
#include "server/http_message.hpp"

namespace bm {

/// GET /authorize: asks the user to log in and to consent, or answers at once what he has answered
/// before.
[[nodiscard]] HttpResponse authorize_page(const AccessParts& parts, const HttpRequest& request);

/// POST /authorize: the user's word.
[[nodiscard]] HttpResponse authorize_decision(const AccessParts& parts, const HttpRequest& request);

/// The page for a visit that is known already.
[[nodiscard]] HttpResponse authorize_page_for(const AccessParts& parts, const BrowserVisit& visit,
                                              const std::string& query);

}  // namespace bm
