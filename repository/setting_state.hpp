#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/config_file.hpp"
#include "repository/config_keys.hpp"

namespace bm {

/// A setting and who says so, for people: secrets are masked, and addresses without passwords.
struct SettingState {
    std::string key;
    ConfigScalar stored;  ///< what the file says, else the default
    bool is_in_file = false;
    std::optional<std::string> variable = {};  ///< of the environment, when it overrides
    ConfigScalar overriding = {};              ///< what that says

    [[nodiscard]] const ConfigScalar& effective() const { return variable ? overriding : stored; }
    /// `default`, `file` or `env (BASIC_MEMORY_…)`.
    [[nodiscard]] std::string source() const;
};

/// Every setting that may be set by name, sorted. Reads, and makes nothing. Fault::invalid for a
/// file or a variable that cannot be used.
Result<std::vector<SettingState>> setting_states(const DataDirectory& directory,
                                                 const Environment& environment);
/// One of them; Fault::invalid also for a name that is none.
Result<SettingState> setting_state(const DataDirectory& directory, const Environment& environment,
                                   std::string_view key);

/// A value as people type it; `(not set)` for null.
std::string setting_text(const ConfigScalar& value);

}  // namespace bm
