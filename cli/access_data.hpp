#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "access/access.hpp"
#include "access/strict_json.hpp"
#include "cli/commands.hpp"

/// What the commands about tokens and clients have in common.
namespace bm {

/// Where tokens and clients are: of this machine's own server, or of the host that keeps its data
/// in that folder. A folder that is mistyped makes no host. Faults: not_found.
[[nodiscard]] Result<std::filesystem::path> access_file(
    const Application& application, const std::optional<std::string>& host_data);

/// Takes the tokens of the provider that a command that serves names, where it names one; the
/// certificates to trust it by are those of SSL_CERT_FILE, as other programs take them. Faults:
/// invalid.
[[nodiscard]] Result<void> take_provider(const Application& application,
                                         const ServingOptions& command, AccessOptions& options);

/// The day of a moment here, for a cell of a table; `none` where there is none.
[[nodiscard]] std::string day_of(const std::optional<Seconds>& at, const char* none);

/// The moment in UTC, or null.
[[nodiscard]] Json moment_json(const std::optional<Seconds>& at);

}  // namespace bm
