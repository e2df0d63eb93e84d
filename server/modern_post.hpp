#pragma once

#include "server/accepted_media.hpp"
#include "server/endpoint_parts.hpp"
#include "server/json_rpc.hpp"
#include "server/open_request.hpp"

namespace bm {

/// Answers requests that stand alone: each is guarded, run and forgotten. A client that goes takes
/// its request along. Thread-safe.
class ModernPost {
public:
    ModernPost(const EndpointParts& parts, OpenRequests& open) : parts_(parts), open_(open) {}

    void serve(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
               Request request) const;

private:
    struct Admitted {
        const RevisionPolicy* policy;
        const Method* method;
        RequestMeta meta;
    };

    [[nodiscard]] std::optional<Admitted> admit(HttpExchange& exchange, const Caller& caller,
                                                const Request& request) const;

    /// What a call of a tool needs beside its parameters: abilities of the client, then headers.
    [[nodiscard]] OrError<void> check_call(const HttpFields& fields, const ClientAbilities& client,
                                           const Json& params) const;

    const EndpointParts& parts_;
    OpenRequests& open_;
};

}  // namespace bm
