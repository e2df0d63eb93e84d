#pragma once

#include <filesystem>

namespace bm {

/// Whether two files hold the same; false when one cannot be read.
bool same_bytes(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace bm
