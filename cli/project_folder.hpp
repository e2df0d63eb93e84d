#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bm {

class Terminal;

/// Tells people that a project in the cloud has got a folder here, what was done for it, and what
/// comes next.
void tell_attached(Terminal& terminal, const std::string& name, const std::filesystem::path& path,
                   const std::vector<std::string>& done);

}  // namespace bm
