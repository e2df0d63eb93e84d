#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/webdav_files.hpp"

/// The XML of WebDAV, as little of it as files need. All functions are pure.
namespace bm {

[[nodiscard]] std::string_view multistatus_begin() noexcept;
[[nodiscard]] std::string_view multistatus_end() noexcept;

/// The time of a file as HTTP spells it.
[[nodiscard]] std::string http_time(std::int64_t mtime_ns);

/// What PROPFIND tells of one file or folder. `name` is its path or, of a tree, its name.
[[nodiscard]] std::string entry_response(std::string_view href, std::string_view name,
                                         const WebDavEntry& entry);

/// What PROPPATCH answers: the time is set, or nothing that could be set was asked for.
[[nodiscard]] std::string property_response(std::string_view href, bool was_set);

/// The text of `lastmodified` in a PROPPATCH, whatever its prefix; nothing when there is none.
[[nodiscard]] std::optional<std::string> wanted_time(std::string_view xml);

}  // namespace bm
