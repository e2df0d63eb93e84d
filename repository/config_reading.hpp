#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/stat.h>

#include "markdown/result.hpp"
#include "repository/config_document.hpp"

namespace bm {

/// config.json as it is; none when there is no file. `version` becomes that of the bytes. The
/// faults name the file, and line and column of what is no JSON.
Result<std::optional<ConfigDocument>> read_config_document(const std::filesystem::path& file,
                                                           std::string& version);
Result<std::optional<ConfigDocument>> read_config_document(const std::filesystem::path& file);

/// Changes when the file changes.
std::string config_version(const struct stat& seen);

}  // namespace bm
