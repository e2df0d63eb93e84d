#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "server/offering.hpp"
#include "server/protocol.hpp"
#include "server/request_context.hpp"
#include "server/subscription.hpp"

namespace bm {

/// The answer to a handshake. The transport opens the session and keeps it.
struct Opening {
    const RevisionPolicy* policy;
    Json result;
    Json client_capabilities = Json::object();  ///< for the session
};

/// A subscription that the transport is to open and to keep until it is cancelled.
struct Listening {
    SubscriptionFilter filter;
};

using Outcome = std::variant<Json, ProtocolError, Opening, Listening>;

enum class Era { legacy, modern, both };

/// Where a request is worked on.
enum class Runs {
    in_order,   ///< at once, before the next message is looked at: quick, and it may change what
                ///< follows
    on_worker,  ///< beside others: it runs code that may take its time
};

/// A row of the method table, which drives dispatch and what we say we can do.
struct Method {
    std::string_view name;
    Era era = Era::both;
    Ability needs = Ability::none;
    Runs runs = Runs::in_order;
    std::optional<CacheHint> cache = std::nullopt;
    bool rate_limited = false;
    bool listens = false;  ///< answered by a subscription that lasts
    Outcome (*handle)(const Offering&, RequestContext&) = nullptr;
};

using MethodTable = std::vector<Method>;

/// The rows, one function for each noun of the protocol.
void add_lifecycle_methods(MethodTable& table);
void add_tool_methods(MethodTable& table);
void add_prompt_methods(MethodTable& table);
void add_resource_methods(MethodTable& table);
void add_completion_methods(MethodTable& table);
void add_logging_methods(MethodTable& table);
void add_subscription_methods(MethodTable& table);
void add_task_methods(MethodTable& table);

}  // namespace bm
