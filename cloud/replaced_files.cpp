#include "cloud/replaced_files.hpp"

#include <system_error>

#include "repository/folder_walk.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// Bytes and time; another name for the same file would follow what is written into it.
std::error_code copy_whole(const fs::path& from, const fs::path& to) {
    std::error_code problem;
    const auto time = fs::last_write_time(from, problem);
    if (!problem) fs::copy_file(from, to, problem);
    if (!problem) fs::last_write_time(to, time, problem);
    return problem;
}

}  // namespace

CloudResult<void> keep_replaced(const fs::path& root, const fs::path& trash,
                                const std::vector<std::string>& names) {
    for (const auto& name : names) {
        const fs::path to = trash / name;
        if (const int error = make_folders(to.parent_path(), 0700); error != 0) {
            return cloud_fail(CloudFault::local_io,
                              to.parent_path().string() + " could not be made: " + reason_of(error),
                              "Nothing was replaced.");
        }
        if (const auto problem = copy_whole(root / name, to); problem) {
            return cloud_fail(CloudFault::local_io,
                              name + " could not be copied to the trash: " + problem.message(),
                              "Nothing was replaced.");
        }
    }
    return {};
}

std::vector<std::string> put_back_missing(const fs::path& root, const fs::path& trash,
                                          const std::vector<std::string>& names) {
    std::vector<std::string> missing;
    for (const auto& name : names) {
        std::error_code problem;
        if (fs::symlink_status(root / name, problem).type() != fs::file_type::not_found) continue;
        if (copy_whole(trash / name, root / name)) missing.push_back(name);
    }
    return missing;
}

}  // namespace bm
