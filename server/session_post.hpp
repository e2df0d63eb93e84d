#pragma once

#include <memory>
#include <vector>

#include "server/accepted_media.hpp"
#include "server/endpoint_parts.hpp"
#include "server/http_session.hpp"
#include "server/json_rpc.hpp"

namespace bm {

/// What one post says to a session: one message, or the parts of a batch.
struct SessionPost {
    std::shared_ptr<HttpSession> session;
    AcceptedMedia accepted;
    std::vector<SingleMessage> messages;
    bool is_batch = false;
};

/// Takes notifications and responses, runs requests, and answers whole or as events. The work goes
/// on when the client goes.
void serve_session_post(const EndpointParts& parts, HttpExchange& exchange, const Caller& caller,
                        SessionPost post);

/// 202 without a body.
void answer_accepted(HttpExchange& exchange);

}  // namespace bm
