#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "access/access_store.hpp"
#include "cli/application.hpp"
#include "tools/json.hpp"

/// What the commands about tokens and clients have in common.
namespace bm {

/// Where tokens and clients are: of this machine's own server, or of the host that keeps its data
/// in that folder. A folder that is mistyped makes no host. Faults: not_found.
[[nodiscard]] Result<std::filesystem::path> access_file(
    const Application& application, const std::optional<std::string>& host_data);

/// The day of a moment here, for a cell of a table; `none` where there is none.
[[nodiscard]] std::string day_of(const std::optional<Seconds>& at, const char* none);

/// The moment in UTC, or null.
[[nodiscard]] Json moment_json(const std::optional<Seconds>& at);

}  // namespace bm
