#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace bm {

/// A file or folder as rclone lists it.
struct ListedFile {
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;  ///< since 1970
    bool is_folder = false;
    friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

/// Everything below a root by its path there.
using FileSet = std::map<std::string, ListedFile, std::less<>>;

/// How many of them are files.
std::size_t count_files(const FileSet& set) noexcept;

}  // namespace bm
