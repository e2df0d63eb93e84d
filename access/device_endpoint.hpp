#pragma once

#include <string>

#include "access/access_parts.hpp"
#include "access/browser_visit.hpp"
#include "server/http_message.hpp"

namespace bm {

/// POST /device_authorization (RFC 8628, 3.1).
[[nodiscard]] HttpResponse device_authorization_response(const AccessParts& parts,
                                                         const HttpRequest& request);

/// GET /device: where a user types or compares the code.
[[nodiscard]] HttpResponse device_entry(const AccessParts& parts, const HttpRequest& request);

/// POST /device: the user's word.
[[nodiscard]] HttpResponse device_decision(const AccessParts& parts, const HttpRequest& request);

/// The page for a visit that is known already.
[[nodiscard]] HttpResponse device_entry_for(const AccessParts& parts, const BrowserVisit& visit,
                                            const std::string& query);

}  // namespace bm
