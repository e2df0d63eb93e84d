#pragma once

#include "server/request_context.hpp"
#include "tools/tool.hpp"

namespace bm {

/// What the code behind a request sees of it. Valid as long as `context` is.
[[nodiscard]] inline CallContext call_context(RequestContext& context) {
    return {.progress =
                [&context](double done, std::optional<double> total, std::string_view message) {
                    context.emitter.progress(done, total, message);
                },
            .cancelled = context.cancelled};
}

}  // namespace bm
