#include "server/call.hpp"

namespace bm {

Call::Call(Parts parts)
    : parts_(std::move(parts)),
      computes_(parts_.dispatcher.computes(parts_.method, parts_.params)),
      emitter_(parts_.sink, parts_.policy, parts_.session, parts_.meta, parts_.cancelled,
               parts_.clock) {}

Outcome Call::work() {
    RequestContext context{parts_.policy,
                           parts_.params,
                           parts_.meta,
                           parts_.session,
                           emitter_,
                           parts_.cancelled,
                           parts_.caller ? &*parts_.caller : nullptr};
    Outcome outcome = parts_.dispatcher.dispatch(parts_.method, context);
    emitter_.close();
    return outcome;
}

void Call::run() {
    if (parts_.cancelled.stop_requested()) return;
    Outcome outcome = work();
    if (auto* result = std::get_if<Json>(&outcome)) {
        parts_.reply.result(std::move(*result));
    } else if (const auto* error = std::get_if<ProtocolError>(&outcome)) {
        parts_.reply.error(*error);
    }
}

}  // namespace bm
