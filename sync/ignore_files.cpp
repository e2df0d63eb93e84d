#include "sync/ignore_files.hpp"

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "markdown/result.hpp"
#include "repository/descriptor.hpp"
#include "repository/file_status.hpp"
#include "repository/folder_walk.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace {

// An ignore file beyond this is not a list of patterns.
constexpr std::size_t kMaxIgnoreFileBytes = 1 << 20;

/// What is not there says nothing; of what cannot be read nobody knows what it says.
Result<std::string> patterns_in(const std::filesystem::path& file) {
    const auto unreadable = [&file](int error) {
        return fail(Fault::unavailable, with_way_out("Cannot read the ignore file " +
                                                     file.string() + ": " + reason_of(error)));
    };
    // A pipe would keep us waiting.
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!in) {
        if (errno == ENOENT || errno == ENOTDIR || errno == ENXIO) return std::string();
        return unreadable(errno);
    }
    struct stat status {};
    if (::fstat(in.number(), &status) != 0) return unreadable(errno);
    if (!S_ISREG(status.st_mode)) return std::string();
    std::string text(kMaxIgnoreFileBytes, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(in.number(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(errno);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    text.resize(size);
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
    const auto user_patterns = patterns_in(user_file);
    if (!user_patterns) return last_known(project_file, user_patterns.error().message);
    const auto project_patterns = patterns_in(project_file);
    if (!project_patterns) return last_known(project_file, project_patterns.error().message);
    auto rules = std::make_shared<const IgnoreRules>(*user_patterns, *project_patterns);
    const std::scoped_lock lock(mutex_);
    known_[project_file] = {std::move(user), std::move(project), rules};
    return *rules;
}

IgnoreRules IgnoreFiles::last_known(const std::filesystem::path& project_file,
                                    std::string sentence) {
    const std::scoped_lock lock(mutex_);
    const auto known = known_.find(project_file);
    if (known == known_.end()) return IgnoreRules::unknown(std::move(sentence));
    if (!std::exchange(known->second.is_told, true))
        log_(LogLevel::warning, sentence + " (the last known patterns stay in force)");
    return *known->second.rules;
}

}  // namespace bm
