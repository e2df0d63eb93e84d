#include "sync/ignore_files.hpp"

#include <fstream>
#include <string>

#include <sys/stat.h>

#include "repository/file_status.hpp"

namespace bm {

namespace {

// An ignore file beyond this is not a list of patterns.
constexpr std::streamsize kMaxIgnoreFileBytes = 1 << 20;

std::string patterns_in(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return {};
    std::string text(static_cast<std::size_t>(kMaxIgnoreFileBytes), '\0');
    in.read(text.data(), kMaxIgnoreFileBytes);
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

std::optional<FileStamp> ignore_file_stamp(const std::filesystem::path& file) {
    struct stat seen {};
    if (stat(file.c_str(), &seen) != 0) return std::nullopt;
    return stamp_from(seen);
}

}  // namespace

IgnoreRules IgnoreFiles::rules(const std::filesystem::path& user_file,
                               const std::filesystem::path& project_file) {
    // Stamps first: a change while the files are read is noticed the next time.
    auto user = ignore_file_stamp(user_file);
    auto project = ignore_file_stamp(project_file);
    {
        const std::scoped_lock lock(mutex_);
        const auto known = known_.find(project_file);
        if (known != known_.end() && known->second.user == user &&
            known->second.project == project) {
            return *known->second.rules;
        }
    }
    auto rules =
        std::make_shared<const IgnoreRules>(patterns_in(user_file), patterns_in(project_file));
    const std::scoped_lock lock(mutex_);
    known_[project_file] = {std::move(user), std::move(project), rules};
    return *rules;
}

}  // namespace bm
