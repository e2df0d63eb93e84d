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

}  // namespace bm
