#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/config_file.hpp"

/// Projects as the configuration has them. Pure.
namespace bm {

/// The entry that a name means: exact name, then slug, then name without regard to case. Null when
/// there is none.
const ConfiguredProject* find_configured(const Config& config, std::string_view name);

/// Those with a folder on this computer; the others have no rows and no files.
std::size_t count_local(const Config& config);

/// The names, with commas between them.
std::string join_names(const std::vector<ConfiguredProject>& projects);

/// Fault::not_found with the names that there are.
Error unknown_project(std::string_view name, const Config& config);

}  // namespace bm
