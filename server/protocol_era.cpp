#include "server/protocol_era.hpp"

#include <algorithm>
#include <string>

namespace bm {
namespace {

constexpr std::array<RevisionPolicy, 5> table = {{
    {
        .version = "2024-11-05",
        .null_for_unreadable_id = true,
    },
    {
        .version = "2025-03-26",
        .batching = true,
        .tool_annotations = true,
        .audio = true,
        .progress_message = true,
        .completions_capability = true,
        .null_for_unreadable_id = true,
    },
    {
        .version = "2025-06-18",
        .tool_annotations = true,
        .titles = true,
        .structured = Structured::object,
        .audio = true,
        .resource_links = true,
        .progress_message = true,
        .completions_capability = true,
        .completion_context = true,
        .elicitation = true,
        .null_for_unreadable_id = true,
    },
    {
        .version = "2025-11-25",
        .tool_annotations = true,
        .titles = true,
        .structured = Structured::object,
        .audio = true,
        .resource_links = true,
        .progress_message = true,
        .completions_capability = true,
        .completion_context = true,
        .elicitation = true,
        .elicitation_mode = true,
        .sse_priming = true,
    },
    {
        .version = "2026-07-28",
        .modern = true,
        .tool_annotations = true,
        .titles = true,
        .structured = Structured::any,
        .audio = true,
        .resource_links = true,
        .progress_message = true,
        .completions_capability = true,
        .completion_context = true,
        .elicitation = true,
        .elicitation_mode = true,
        .extensions = true,
        .result_type = true,
        .cache_hints = true,
        .server_info_meta = true,
        .resource_not_found = error_code::invalid_params,
        .unknown_method_status = 404,
    },
}};

const Json* meta_of(const Json& params) {
    if (!params.is_object()) return nullptr;
    const auto found = params.find("_meta");
    return found == params.end() ? nullptr : &*found;
}

const Json* member(const Json* object, const char* name) {
    if (object == nullptr || !object->is_object()) return nullptr;
    const auto found = object->find(name);
    return found == object->end() ? nullptr : &*found;
}

}  // namespace

const std::array<RevisionPolicy, 5>& revisions() noexcept { return table; }

const RevisionPolicy* find_revision(std::string_view version) noexcept {
    const auto found = std::find_if(table.begin(), table.end(), [version](const auto& policy) {
        return policy.version == version;
    });
    return found == table.end() ? nullptr : &*found;
}

const RevisionPolicy& older_of(const RevisionPolicy& a, const RevisionPolicy& b) noexcept {
    return &a < &b ? a : b;  // the table is in order
}

const RevisionPolicy& negotiated_revision(std::string_view requested) noexcept {
    const RevisionPolicy* asked = find_revision(requested);
    if (asked != nullptr && !asked->modern) return *asked;
    return *find_revision(newest_legacy_version);
}

Json modern_versions() {
    Json versions = Json::array();
    for (const RevisionPolicy& policy : table) {
        if (policy.modern) versions.push_back(std::string(policy.version));
    }
    return versions;
}

EraClaim claimed_era(std::string_view method, const Json& params, const RevisionPolicy* session) {
    const Json* meta = meta_of(params);
    const bool names_version = member(meta, meta_key::version) != nullptr;
    if (method == "initialize" && !names_version) return OpensSession{};
    if (names_version || member(meta, meta_key::client_capabilities) != nullptr) {
        return StandsAlone{};
    }
    if (session != nullptr) return InSession{session};
    return BelongsNowhere{};
}

OrError<const RevisionPolicy*> claimed_revision(const Json& params) {
    const Json* meta = meta_of(params);
    const Json* version = member(meta, meta_key::version);
    const Json* capabilities = member(meta, meta_key::client_capabilities);
    if (version == nullptr || !version->is_string()) {
        return refuse(error_code::invalid_params,
                      std::string("_meta lacks the string ") + meta_key::version);
    }
    if (capabilities == nullptr || !capabilities->is_object()) {
        return refuse(error_code::invalid_params,
                      std::string("_meta lacks the object ") + meta_key::client_capabilities);
    }
    const auto& requested = version->get_ref<const std::string&>();
    const RevisionPolicy* policy = find_revision(requested);
    if (policy == nullptr || !policy->modern) {
        return refuse(error_code::unsupported_version,
                      "Unsupported protocol version: " + clipped(requested),
                      Json{{"supported", modern_versions()}, {"requested", clipped(requested)}});
    }
    return policy;
}

ProtocolError no_era_error() {
    std::string versions;
    for (const Json& version : modern_versions()) {
        versions += (versions.empty() ? "" : ", ") + version.get_ref<const std::string&>();
    }
    return {error_code::invalid_params,
            "No session: send initialize first, or a request whose _meta carries " +
                std::string(meta_key::version) + " with one of: " + versions};
}

}  // namespace bm
