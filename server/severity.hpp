#pragma once

#include <functional>
#include <optional>
#include <string_view>

namespace bm {

/// How much a log message matters, least first: the protocol's eight levels.
enum class Severity { debug, info, notice, warning, error, critical, alert, emergency };

[[nodiscard]] std::string_view severity_name(Severity severity) noexcept;
[[nodiscard]] std::optional<Severity> severity_from(std::string_view name) noexcept;

/// Where the server notes its own doings for the person who runs it; never stdout. Safe to call
/// from any thread. Never given arguments or results of calls.
using ServerLog = std::function<void(Severity, std::string_view)>;

}  // namespace bm
