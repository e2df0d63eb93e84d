#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/config_document.hpp"
#include "repository/config_file.hpp"
#include "repository/config_keys.hpp"

namespace bm {

/// What holds: the environment, then the file, then the defaults. Fault::invalid names the file and
/// the key, or the variable.
Result<Config> effective_config(const ConfigDocument& document, const Environment& environment,
                                const std::filesystem::path& file);
/// A sentence about a file whose JSON is sound and whose meaning is not.
Error file_problem(const std::filesystem::path& file, const Error& error);

bool has_project(const std::vector<ProjectEntry>& projects, std::string_view name);
tl::unexpected<Error> unknown_project(std::string_view name);

/// Fault::invalid names the key whose value is of the wrong type.
Result<BisyncConfig> bisync_config_of(const ConfigDocument& document);

/// Whether ConfigFile::set takes this key: plain settings and three inside `bisync_config`.
bool is_settable(std::string_view key);
/// The same keys, as data; none for another name.
const ConfigKey* find_settable(std::string_view name);
/// All of them, sorted by name.
std::vector<std::string> settable_keys();
tl::unexpected<Error> unknown_setting(std::string_view key);
/// JSON text as the key wants it. Fault::invalid for an unknown key or a wrong type.
Result<ConfigScalar> checked_value(std::string_view key, std::string_view json);

}  // namespace bm
