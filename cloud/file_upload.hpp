#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"
#include "cloud/cloud_session.hpp"

namespace bm {

/// A file that is to go to the cloud.
struct UploadFile {
    std::string path;  ///< below the project, with slashes
    std::filesystem::path file;
    std::uintmax_t size = 0;
    std::int64_t modified = 0;  ///< seconds since 1970
};

struct UploadPlan {
    std::vector<UploadFile> files;     ///< in byte order of their paths
    std::vector<UploadFile> archives;  ///< passed over: nobody could read them as notes
    std::vector<std::string> warnings;

    [[nodiscard]] std::uintmax_t bytes() const noexcept;
};

/// What of a folder, or a single file, would go up: all that `user_rules` and the .bmignore of the
/// folder let in, and its .gitignore unless `takes_ignored_by_git`. Symbolic links are not
/// followed. CloudFault::usage when there is no such file or folder, local_io when an ignore file
/// cannot be read: what it leaves out must not go up.
[[nodiscard]] CloudResult<UploadPlan> plan_upload(const std::filesystem::path& source,
                                                  std::string_view user_rules,
                                                  bool takes_ignored_by_git);

/// Sends the files one after the other, as they are read, below the project of that permalink;
/// `told` hears of each before it goes. Stops at the first that is refused; what went before stays.
/// Faults: those of a session, local_io, internal with the host's words.
[[nodiscard]] CloudResult<void> upload_files(
    CloudSession& session, const std::string& permalink, const std::vector<UploadFile>& files,
    const std::function<void(const UploadFile& file, std::size_t number)>& told);

/// `17 bytes`, `1.5 KB`, `2.0 MB`.
[[nodiscard]] std::string upload_size_text(std::uintmax_t bytes);

}  // namespace bm
