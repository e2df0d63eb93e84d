#include "server/cors.hpp"

#include <algorithm>
#include <string>

#include "server/http_head.hpp"

namespace bm {
namespace {

constexpr const char* sent_fields =
    "Authorization, Content-Type, Accept, Last-Event-ID, MCP-Protocol-Version, MCP-Session-Id, "
    "Mcp-Method, Mcp-Name, traceparent, tracestate, baggage";

constexpr const char* read_fields = "MCP-Session-Id, WWW-Authenticate, Retry-After";

/// Requested fields that are copied into the answer.
constexpr std::size_t most_param_fields = 50;

bool is_param_field(std::string_view name) {
    constexpr std::string_view prefix = "mcp-param-";
    return name.size() > prefix.size() && same_text(name.substr(0, prefix.size()), prefix) &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
           });
}

/// Those of the requested fields whose names depend on a tool.
std::string requested_params(std::string_view list) {
    std::string out;
    for (std::size_t count = 0; !list.empty() && count < most_param_fields; ++count) {
        const std::size_t comma = std::min(list.find(','), list.size());
        const std::string_view name = without_blanks(list.substr(0, comma));
        if (is_param_field(name)) out.append(", ").append(name);
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return out;
}

}  // namespace

bool is_preflight(const HttpRequest& request) { return request.method == "OPTIONS"; }

HttpResponse preflight_response(const HttpRequest& request) {
    HttpResponse response;
    response.status = 204;
    const auto requested = request.fields.find("Access-Control-Request-Headers");
    response.fields.add("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    response.fields.add("Access-Control-Allow-Headers",
                        sent_fields + requested_params(requested.value_or("")));
    response.fields.add("Access-Control-Max-Age", "600");
    add_cors(response.fields, request);
    return response;
}

void add_cors(HttpFields& fields, const HttpRequest& request) {
    fields.add("Vary", "Origin");
    const auto origin = request.fields.find("Origin");
    if (!origin) return;
    fields.add("Access-Control-Allow-Origin", std::string(*origin));
    fields.add("Access-Control-Expose-Headers", read_fields);
}

}  // namespace bm
