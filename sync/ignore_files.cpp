#include "sync/ignore_files.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "markdown/result.hpp"
#include "repository/descriptor.hpp"
#include "repository/file_status.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"
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

void IgnoreFiles::make_user_file(const std::filesystem::path& file) const {
    std::error_code ignored;
    // One that cannot be looked at is not replaced.
    if (std::filesystem::status(file, ignored).type() != std::filesystem::file_type::not_found)
        return;
    // Another process may be writing the same list; the default applies meanwhile.
    const auto written = write_file_atomically(file, IgnoreRules::default_text(), 0644);
    if (!written) log_(LogLevel::warning, written.error().message);
}

IgnoreRules IgnoreFiles::rules(const std::filesystem::path& user_file,
                               const std::filesystem::path& project) {
    const std::array files{user_file, project / ".bmignore", project / ".gitignore"};
    // Stamps first: a change while the files are read is noticed the next time.
    Stamps stamps;
    std::transform(files.begin(), files.end(), stamps.begin(), ignore_file_stamp);
    {
        const std::scoped_lock lock(mutex_);
        const auto known = known_.find(project);
        if (known != known_.end() && known->second.stamps == stamps) return *known->second.rules;
    }
    std::array<std::string, 3> texts;
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto text = patterns_in(files[i]);
        if (!text) return last_known(project, std::move(text.error().message));
        texts[i] = *std::move(text);
    }
    auto rules = std::make_shared<const IgnoreRules>(
        IgnoreTexts{.user = texts[0], .project = texts[1], .git = texts[2]});
    for (const auto& problem : rules->problems()) log_(LogLevel::warning, problem);
    const std::scoped_lock lock(mutex_);
    known_[project] = {std::move(stamps), rules};
    return *rules;
}

IgnoreRules IgnoreFiles::last_known(const std::filesystem::path& project, std::string sentence) {
    const std::scoped_lock lock(mutex_);
    const auto known = known_.find(project);
    if (known == known_.end()) return IgnoreRules::unknown(std::move(sentence));
    if (!std::exchange(known->second.is_told, true))
        log_(LogLevel::warning, sentence + " (the last known patterns stay in force)");
    return *known->second.rules;
}

}  // namespace bm
