#pragma once

#include <stop_token>

#include "server/authorizer.hpp"
#include "server/emitter.hpp"

namespace bm {

/// One request on its way to its handler, whatever brought it here.
struct RequestContext {
    const RevisionPolicy& policy;
    const Json& params;  ///< an object
    const RequestMeta& meta;
    LegacySession* session;  ///< null for a modern request and before the handshake
    Emitter& emitter;
    std::stop_token cancelled;
    const Principal* caller = nullptr;  ///< null where nobody asks who calls
};

}  // namespace bm
