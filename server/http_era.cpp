#include "server/http_era.hpp"

#include <string>
#include <variant>

#include "server/mcp_headers.hpp"

namespace bm {
namespace {

constexpr std::string_view version_before_headers = "2025-03-26";

HttpEra era_of(EraClaim claim, const HttpFields& fields) {
    if (std::holds_alternative<OpensSession>(claim)) return HttpEra::opens_session;
    if (std::holds_alternative<StandsAlone>(claim)) return HttpEra::modern;
    return http_era_of(fields);
}

OrError<void> check_version_header(const Json& params, const HttpFields& fields) {
    const auto header = fields.find(mcp_header::protocol_version);
    const auto& claimed = params["_meta"][meta_key::version].get_ref<const std::string&>();
    if (header && fields.count(mcp_header::protocol_version) == 1 && *header == claimed) return {};
    return refuse(error_code::header_mismatch,
                  "Header mismatch: MCP-Protocol-Version is missing or differs from _meta");
}

}  // namespace

HttpEra http_era_of(const HttpFields& fields) {
    const auto version = fields.find(mcp_header::protocol_version);
    const RevisionPolicy* policy = version ? find_revision(*version) : nullptr;
    if (policy != nullptr && policy->modern) return HttpEra::modern;
    if (fields.count(mcp_header::session_id) > 0) return HttpEra::in_session;
    return version && policy == nullptr ? HttpEra::unknown_version : HttpEra::without_session;
}

HttpEra http_era_of(const Request& request, const HttpFields& fields) {
    return era_of(claimed_era(request.method, request.params, nullptr), fields);
}

HttpEra http_era_of(const Notification& notification, const HttpFields& fields) {
    return era_of(claimed_era("", notification.params, nullptr), fields);
}

const RevisionPolicy& revision_without_session(const HttpFields& fields) {
    const auto version = fields.find(mcp_header::protocol_version);
    const RevisionPolicy* policy = version ? find_revision(*version) : nullptr;
    return policy != nullptr ? *policy : *find_revision(version_before_headers);
}

OrError<const RevisionPolicy*> check_modern_request(const Request& request,
                                                    const HttpFields& fields) {
    auto policy = claimed_revision(request.params);
    if (!policy && policy.error().code == error_code::invalid_params) return policy;
    const auto version = check_version_header(request.params, fields);
    if (!version) return tl::unexpected(version.error());
    if (!policy) return policy;
    const auto headers = check_method_headers(fields, request.method, request.params);
    if (!headers) return tl::unexpected(headers.error());
    return policy;
}

ProtocolError unknown_version_error(const HttpFields& fields) {
    const auto version = fields.find(mcp_header::protocol_version);
    const std::string requested = clipped(version.value_or(""));
    return {error_code::unsupported_version,
            "Unsupported protocol version: " + requested,
            {{"supported", modern_versions()}, {"requested", requested}}};
}

int http_status_of(const ProtocolError& error, const RevisionPolicy& policy) noexcept {
    if (error.code == error_code::too_many_requests) return 429;
    if (error.code == error_code::invalid_request) return 400;
    if (!policy.modern) return 200;
    switch (error.code) {
        case error_code::header_mismatch:
        case error_code::missing_client_capability:
        case error_code::unsupported_version:
            return 400;
        default:
            return 200;
    }
}

}  // namespace bm
