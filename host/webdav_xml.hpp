#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/webdav_files.hpp"
#include "host/xml_reader.hpp"

/// The XML of WebDAV, as little of it as files need. All functions are pure.
namespace bm {

[[nodiscard]] std::string_view multistatus_begin() noexcept;
[[nodiscard]] std::string_view multistatus_end() noexcept;

/// Text of an XML element.
[[nodiscard]] std::string xml_text(std::string_view text);

/// The time of a file as HTTP spells it.
[[nodiscard]] std::string http_time(std::int64_t mtime_ns);

/// What PROPFIND tells of one file or folder. `name` is its path or, of a tree, its name.
[[nodiscard]] std::string entry_response(std::string_view href, std::string_view name,
                                         const WebDavEntry& entry);

/// One property that a PROPPATCH is about.
struct PropertyChange {
    XmlName name;
    std::string text;  ///< what it is to be
    bool is_set = false;

    friend bool operator==(const PropertyChange&, const PropertyChange&) = default;
};
/// All of them, in their order. Nothing for what is no `propertyupdate`, or names more than 100.
[[nodiscard]] std::optional<std::vector<PropertyChange>> property_update(std::string_view xml);

/// The property that sets a file's time.
[[nodiscard]] bool is_file_time(const PropertyChange& change);

/// What PROPPATCH answers: all were set or, where one cannot be, none.
[[nodiscard]] std::string property_response(std::string_view href,
                                            const std::vector<PropertyChange>& changes,
                                            bool were_set);

}  // namespace bm
