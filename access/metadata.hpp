#pragma once

#include <string>

#include "access/access_urls.hpp"
#include "server/http_message.hpp"

namespace bm {

/// The protected resource metadata (RFC 9728): where to get tokens for us. `issuer` is the
/// authorization server, ours or a foreign one.
[[nodiscard]] HttpResponse resource_metadata_response(const AccessUrls& urls,
                                                      const std::string& issuer);

/// The metadata of the built-in authorization server (RFC 8414).
[[nodiscard]] HttpResponse server_metadata_response(const AccessUrls& urls);

}  // namespace bm
