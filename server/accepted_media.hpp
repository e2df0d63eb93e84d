#pragma once

#include "server/http_message.hpp"

namespace bm {

/// Which of our two forms of answer a client takes.
struct AcceptedMedia {
    bool json = false;
    bool events = false;
    bool prefers_events = false;  ///< takes both, and names events first
};

/// Reads the Accept fields of a request (RFC 9110, 12.5.1): `*/*` and `type/*` count, a weight of
/// zero excludes, and without the field anything goes.
[[nodiscard]] AcceptedMedia accepted_media(const HttpFields& fields);

/// Whether a request's body is JSON by its Content-Type, given once; parameters are nothing to us.
[[nodiscard]] bool has_json_body(const HttpFields& fields);

}  // namespace bm
