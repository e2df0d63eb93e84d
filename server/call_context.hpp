#pragma once

#include <optional>
#include <string>

#include "server/request_context.hpp"
#include "tools/tool.hpp"

namespace bm {

/// Whom sealed states and tasks of a request belong to; empty where nobody asks who calls.
[[nodiscard]] inline std::string_view owner_of(const RequestContext& context) {
    return context.caller == nullptr ? std::string_view() : context.caller->id;
}

/// The only project of the caller; none when he may touch all.
[[nodiscard]] inline std::optional<std::string> project_of(const RequestContext& context) {
    return context.caller == nullptr ? std::nullopt : context.caller->project;
}

/// What the client behind a request has declared, with the request or with its session.
[[nodiscard]] inline ClientAbilities client_abilities(const RequestContext& context) {
    if (context.policy.modern) {
        return declared_abilities(context.meta.client_capabilities, context.policy);
    }
    return context.session == nullptr ? ClientAbilities{} : context.session->client();
}

/// What the code behind a request sees of it. Valid as long as `context` is.
[[nodiscard]] inline CallContext call_context(RequestContext& context) {
    return {.progress =
                [&context](double done, std::optional<double> total, std::string_view message) {
                    context.emitter.progress(done, total, message);
                },
            .cancelled = context.cancelled,
            .note =
                [&context](std::string_view text) {
                    context.emitter.log(Severity::info, "", std::string(text));
                },
            .leave_stream = [&context] { context.emitter.leave_stream(); },
            .client = client_abilities(context)};
}

}  // namespace bm
