#include "cloud/file_set.hpp"

#include <algorithm>

namespace bm {

std::size_t count_files(const FileSet& set) noexcept {
    return static_cast<std::size_t>(std::count_if(
        set.begin(), set.end(), [](const auto& each) { return !each.second.is_folder; }));
}

}  // namespace bm
