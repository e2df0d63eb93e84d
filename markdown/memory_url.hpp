#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"

namespace bm {

/// A validated memory:// URL.
struct MemoryUrl {
    std::string url;   ///< normalised, with the scheme
    std::string path;  ///< without the scheme
    std::string
        lookup;  ///< the string that permalinks are compared with, or matched by when `glob`
    bool glob = false;

    friend bool operator==(const MemoryUrl&, const MemoryUrl&) = default;
};

/// Fault::invalid with the exact texts of 5.1. The lookup of a glob keeps the '/' beside a '*'
/// ("docs/*" stays inside the folder docs).
Result<MemoryUrl> parse_memory_url(std::string_view raw);

/// Removes one "memory://" in front.
std::string_view without_memory_scheme(std::string_view identifier) noexcept;

/// The path behind the workspace that there is here, "personal/" or "local/". None without one.
std::optional<std::string_view> without_leading_workspace(std::string_view path);

}  // namespace bm
