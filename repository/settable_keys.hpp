#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/config_keys.hpp"

namespace bm {

/// Whether ConfigFile::set takes this key: plain settings and those inside `bisync_config`.
bool is_settable(std::string_view key);
/// The same keys, as data; none for another name.
const ConfigKey* find_settable(std::string_view name);
/// All of them, sorted by name.
std::vector<std::string> settable_keys();
tl::unexpected<Error> unknown_setting(std::string_view key);
/// JSON text as the key wants it. Fault::invalid for an unknown key or a wrong type.
Result<ConfigScalar> checked_value(std::string_view key, std::string_view json);

}  // namespace bm
