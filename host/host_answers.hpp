#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "markdown/result.hpp"
#include "server/http_message.hpp"

namespace bm {

/// What routes answer with; members stay in their order.
using RouteJson = nlohmann::ordered_json;

/// `{"detail": sentence}`: how the routes of a host tell what was wrong. The sentence names no path
/// of the host's disk.
[[nodiscard]] HttpResponse detail_response(int status, std::string_view sentence);

/// A body that is JSON already.
[[nodiscard]] HttpResponse json_response(int status, std::string body);
[[nodiscard]] HttpResponse route_response(int status, const RouteJson& body);

/// What kept a route from its work: 400 for what the caller can mend, 404, 503 for what the machine
/// refuses, 500 for what remains.
[[nodiscard]] HttpResponse failure_response(const Error& error);
/// 405, naming what the path takes.
[[nodiscard]] HttpResponse method_response(std::string_view allowed);

/// A field of a body or a query that is missing or of another type.
struct FieldFault {
    std::string type;  ///< `missing`, `string_type`, `bool_type`, `bool_parsing`, `json_invalid`
    std::vector<std::string> place;
    std::string message;
    RouteJson input;
    std::string where = "body";
};
/// 422 with the fault in the form that clients of this interface know.
[[nodiscard]] HttpResponse field_response(const FieldFault& fault);

/// The segments of a path between slashes, percent-decoded. None when one is not UTF-8, has broken
/// escapes, control characters, a slash, or is `.` or `..`.
[[nodiscard]] std::optional<std::vector<std::string>> route_segments(std::string_view path);

}  // namespace bm
