#include "cloud/file_upload.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "cloud/host_view.hpp"
#include "markdown/percent_coding.hpp"
#include "markdown/text.hpp"
#include "sync/ignore_rules.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::minutes kLongestUpload{5};
constexpr std::array<std::string_view, 9> kArchives{".zip", ".tar", ".gz",  ".bz2", ".xz",
                                                    ".7z",  ".rar", ".tgz", ".tbz2"};

bool is_archive(const std::string& path) {
    const std::string name = to_lower(path);
    return std::any_of(kArchives.begin(), kArchives.end(),
                       [&](std::string_view ending) { return name.ends_with(ending); });
}

/// Puts a file where it belongs; what is no file of its own does not go up.
void take_file(UploadPlan& plan, const fs::path& file, std::string path) {
    struct stat seen {};
    if (::lstat(file.c_str(), &seen) != 0 || !S_ISREG(seen.st_mode)) return;
    UploadFile found{std::move(path), file, static_cast<std::uintmax_t>(seen.st_size),
                     static_cast<std::int64_t>(seen.st_mtim.tv_sec)};
    if (is_archive(found.path)) {
        plan.archives.push_back(std::move(found));
    } else if (::access(file.c_str(), R_OK) != 0) {
        plan.warnings.push_back(found.path + " cannot be read; it stays here");
    } else {
        plan.files.push_back(std::move(found));
    }
}

void take_folder(UploadPlan& plan, const fs::path& root, const IgnoreRules& rules) {
    std::error_code problem;
    fs::recursive_directory_iterator entry(root, problem);
    const fs::recursive_directory_iterator end;
    while (!problem && entry != end) {
        const std::string path = entry->path().lexically_relative(root).generic_string();
        std::error_code ignored;
        if (entry->is_symlink(ignored)) {
            entry.disable_recursion_pending();
        } else if (entry->is_directory(ignored)) {
            const bool may_enter = ::access(entry->path().c_str(), R_OK | X_OK) == 0;
            if (rules.ignores_folder(path) || !may_enter) entry.disable_recursion_pending();
            if (!rules.ignores_folder(path) && !may_enter)
                plan.warnings.push_back(path + "/ cannot be read; it stays here");
        } else if (!rules.ignores(path)) {
            take_file(plan, entry->path(), path);
        }
        entry.increment(problem);
    }
    if (problem) plan.warnings.push_back(root.string() + ": " + problem.message());
}

void sort_by_path(std::vector<UploadFile>& files) {
    std::sort(files.begin(), files.end(),
              [](const UploadFile& one, const UploadFile& other) { return one.path < other.path; });
}

}  // namespace

std::uintmax_t UploadPlan::bytes() const noexcept {
    std::uintmax_t sum = 0;
    for (const UploadFile& file : files) sum += file.size;
    return sum;
}

CloudResult<UploadPlan> plan_upload(const fs::path& source, std::string_view user_rules,
                                    bool takes_ignored_by_git) {
    std::error_code problem;
    const bool is_folder = fs::is_directory(source, problem);
    if ((!is_folder && !fs::is_regular_file(source, problem)) ||
        ::access(source.c_str(), is_folder ? R_OK | X_OK : R_OK) != 0) {
        return cloud_fail(CloudFault::usage,
                          "There is no file or folder " + source.string() + " that can be read.");
    }
    UploadPlan plan;
    if (!is_folder) {
        const std::string name = source.filename().string();
        if (!IgnoreRules({.user = user_rules}).ignores(name))
            take_file(plan, fs::canonical(source), name);
        return plan;
    }
    const fs::path root = fs::canonical(source);
    const auto own = rules_in(root / ".bmignore");
    if (!own) return tl::unexpected(own.error());
    const auto git =
        takes_ignored_by_git ? CloudResult<std::string>() : rules_in(root / ".gitignore");
    if (!git) return tl::unexpected(git.error());
    const IgnoreRules rules({.user = user_rules, .project = *own, .git = *git});
    plan.warnings = rules.problems();
    take_folder(plan, root, rules);
    sort_by_path(plan.files);
    sort_by_path(plan.archives);
    return plan;
}

CloudResult<void> upload_files(
    CloudSession& session, const std::string& permalink, const std::vector<UploadFile>& files,
    const std::function<void(const UploadFile& file, std::size_t number)>& told) {
    std::size_t number = 0;
    for (const UploadFile& file : files) {
        told(file, ++number);
        HttpCall call;
        call.method = "PUT";
        call.url = session.address().api + "/webdav/" + percent_encoded(permalink, "/") + '/' +
                   percent_encoded(file.path, "/");
        call.headers = {{"Content-Type", "application/octet-stream"},
                        {"X-OC-Mtime", std::to_string(file.modified)}};
        call.file = file.file;
        call.timeout = kLongestUpload;
        const auto answer = session.send(std::move(call));
        if (!answer) return tl::unexpected(answer.error());
        if (answer->status < 200 || answer->status >= 300) {
            return cloud_fail(CloudFault::internal, "HTTP " + std::to_string(answer->status) +
                                                        " - " + detail_of(*answer));
        }
    }
    return {};
}

std::string upload_size_text(std::uintmax_t bytes) {
    constexpr std::uintmax_t kilo = 1024;
    if (bytes < kilo) return std::to_string(bytes) + " bytes";
    const bool is_mega = bytes >= kilo * kilo;
    char text[32];  // NOLINT: filled by snprintf
    std::snprintf(text, sizeof text, "%.1f %s",
                  static_cast<double>(bytes) / static_cast<double>(is_mega ? kilo * kilo : kilo),
                  is_mega ? "MB" : "KB");
    return text;
}

}  // namespace bm
