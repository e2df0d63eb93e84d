#pragma once

#include <string>
#include <string_view>

#include "server/http_message.hpp"

namespace bm {

/// `{"detail": sentence}`: how the routes of a host tell what was wrong. The sentence names no path
/// of the host's disk.
[[nodiscard]] HttpResponse detail_response(int status, std::string_view sentence);

/// A body that is JSON already.
[[nodiscard]] HttpResponse json_response(int status, std::string body);

}  // namespace bm
