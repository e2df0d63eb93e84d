#include "cloud/missing_root.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "cloud/deletion_guard.hpp"
#include "cloud/scope_memory.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/shell_word.hpp"
#include "repository/file_status.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

std::string start_over_hint(const CloudScope& scope) {
    return "If its disk is not mounted, mount it. To fetch the files anew, forget first what was "
           "synced: bm project bisync-reset " +
           shell_word(scope.project);
}

/// The files below a folder, as far as they can be seen.
FileSet files_in(const fs::path& root) {
    FileSet files;
    std::error_code problem;
    for (fs::recursive_directory_iterator
             at(root, fs::directory_options::skip_permission_denied, problem),
         end;
         !problem && at != end; at.increment(problem)) {
        const auto status = status_of(AT_FDCWD, at->path().string());
        if (!status || !S_ISREG(status->mode)) continue;
        files[at->path().lexically_relative(root).string()] = {status->stamp.size,
                                                               status->stamp.mtime_ns, false};
    }
    return files;
}

}  // namespace

CloudFailure missing_root(const CloudScope& scope, std::size_t files, const std::string& command) {
    return {CloudFault::local_missing,
            "Local directory " + scope.local_root.string() + " does not exist, but " +
                std::to_string(files) + " files were synced there.",
            scope.is_space ? "If you moved it, move it back; to download everything again, run: " +
                                 command + " --resync --force"
                           : "If you moved it, run: bm project sync-setup " +
                                 shell_word(scope.project) + " NEWPATH"};
}

CloudResult<void> check_root_has_files(const CloudScope& scope) {
    const auto state = read_scope_state(scope);
    if (!state || !is_state_of(*state, scope)) return {};
    const auto baseline = read_baseline(scope);
    const std::size_t before = baseline          ? count_files(baseline->local)
                               : state->baseline ? state->baseline->local_files
                                                 : 0;
    if (before == 0) return {};
    std::error_code problem;
    if (!fs::is_directory(scope.local_root, problem)) {
        CloudFailure gone = missing_root(scope, before, {});
        gone.hint += "\n" + start_over_hint(scope);
        return tl::unexpected(std::move(gone));
    }
    if (!baseline) return {};
    const bool has_some =
        std::any_of(baseline->local.begin(), baseline->local.end(), [&](const auto& entry) {
            std::error_code ignored;
            return !entry.second.is_folder &&
                   fs::is_regular_file(fs::symlink_status(scope.local_root / entry.first, ignored));
        });
    if (has_some || was_renamed(baseline->local, files_in(scope.local_root))) return {};
    return cloud_fail(CloudFault::side_empty,
                      "Local directory " + scope.local_root.string() +
                          " has none of the files that it had, but " + std::to_string(before) +
                          " files were synced before.",
                      "If they were meant to go, bring both sides in step: bm project bisync "
                      "--name " +
                          shell_word(scope.project) + "\n" + start_over_hint(scope));
}

}  // namespace bm
