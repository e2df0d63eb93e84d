#pragma once

#include <optional>
#include <string_view>

#include "server/http_message.hpp"
#include "server/json_rpc.hpp"
#include "server/protocol_era.hpp"

namespace bm {

/// Which era a message that came over HTTP belongs to, before anything of it is checked. The rules
/// are tried in the order of the enumerators' names; the first that fits decides.
enum class HttpEra {
    opens_session,    ///< a handshake
    modern,           ///< its body or its header claims a modern revision; yet to be checked
    in_session,       ///< it names a session, which is yet to be found
    without_session,  ///< a legacy revision by its header, or nothing tells
    unknown_version,  ///< its header names a revision that nobody knows
};

[[nodiscard]] HttpEra http_era_of(const Request& request, const HttpFields& fields);
/// The era of a message that is answered by nothing.
[[nodiscard]] HttpEra http_era_of(const Notification& notification, const HttpFields& fields);
/// The era by the head alone.
[[nodiscard]] HttpEra http_era_of(const HttpFields& fields);

/// The revision of a legacy message without a session: the header's, else 2025-03-26.
[[nodiscard]] const RevisionPolicy& revision_without_session(const HttpFields& fields);

/// The modern guards that the request itself decides, in their order: metadata, version header,
/// version, method headers. The revision when all hold.
[[nodiscard]] OrError<const RevisionPolicy*> check_modern_request(const Request& request,
                                                                  const HttpFields& fields);

/// The answer to a header that names an unknown version.
[[nodiscard]] ProtocolError unknown_version_error(const HttpFields& fields);

/// The status of an answer that carries this error, where the revision gives it one of its own.
[[nodiscard]] int http_status_of(const ProtocolError& error, const RevisionPolicy& policy) noexcept;

}  // namespace bm
