#pragma once

#include <optional>
#include <string>

#include "access/access_parts.hpp"
#include "server/http_message.hpp"

namespace bm {

constexpr Seconds kSetupLife = kDay;

/// The link by which somebody becomes the owner, for the console: while there is no user, a new one
/// each time, good for a day and until somebody is the owner; those of other processes stay. None
/// when there are users.
[[nodiscard]] std::optional<std::string> new_setup_link(AccessStore& store, const AccessUrls& urls,
                                                        Seconds now);

/// GET /setup.
[[nodiscard]] HttpResponse setup_entry(const AccessParts& parts, const HttpRequest& request);
/// POST /setup.
[[nodiscard]] HttpResponse setup_decision(const AccessParts& parts, const HttpRequest& request);

}  // namespace bm
