#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "server/http_message.hpp"

/// What the fields of a request for a file say, and how it is answered. All functions are pure.
namespace bm {

/// Nanoseconds since 1970 for seconds with a fraction, as programs send times in `X-OC-Mtime` and
/// `lastmodified`. Nothing for what is no time of a file: about 290 years around 1970 there are.
[[nodiscard]] std::optional<std::int64_t> file_time(std::string_view text);

/// `Basic user:token` as the bearer it stands for: programs that know files know no other way.
[[nodiscard]] HttpRequest as_bearer(const HttpRequest& request);

struct ByteRange {
    std::int64_t first = 0;
    std::int64_t last = 0;  ///< included

    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};
enum class RangeKind { none, one, impossible };

/// One range of bytes (RFC 9110, 14.1.2) of a file of that size; several, and nonsense, are none:
/// the whole file is an answer too. `range` is set for one alone.
[[nodiscard]] RangeKind range_of(std::string_view text, std::int64_t size, ByteRange& range);

/// Whether a list of entity tags has that one (with its quotes), or is `*`.
[[nodiscard]] bool names_tag(std::string_view list, std::string_view tag);
/// Whether a list of entity tags stands for any.
[[nodiscard]] bool names_any(std::string_view list);

/// The checksum of that kind (`md5`, `sha1`) in an `OC-Checksum` such as `MD5:5d41...`, lower-case.
[[nodiscard]] std::optional<std::string> wanted_checksum(std::string_view field,
                                                         std::string_view kind);

/// Where a MOVE or COPY leads.
struct Destination {
    std::string_view host;  ///< empty where the field is a path alone
    std::string_view path;  ///< up to a question mark, as sent

    friend bool operator==(const Destination&, const Destination&) = default;
};
/// Of an absolute URL of http or https, or a path. Nothing for anything else.
[[nodiscard]] std::optional<Destination> destination_of(std::string_view field);

/// Whether two spellings mean one host; the ports of http and https need not be said.
[[nodiscard]] bool is_same_host(std::string_view one, std::string_view other);

/// How a fault of a file is answered: 507 for a full disk, 503 for what may pass.
[[nodiscard]] int webdav_status(const Error& error);

}  // namespace bm
