#include "repository/election.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace bm {

namespace {

constexpr int kMaxAttempts = 4;

}  // namespace

Election::Election(std::filesystem::path lock_file) : path_(std::move(lock_file)) {
    if (!open()) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot open the lock file " + path_.string());
    }
}

/// What is open stays open when this fails.
bool Election::open() {
    std::error_code ignored;
    std::filesystem::create_directories(path_.parent_path(), ignored);
    Descriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return false;
    file_ = std::move(file);
    return true;
}

/// Somebody may have deleted the file: a lock on what is left of it keeps nobody away.
bool Election::is_in_place() const {
    struct stat named {};
    struct stat opened {};
    if (::stat(path_.c_str(), &named) != 0) return errno != ENOENT && errno != ENOTDIR;
    return ::fstat(file_.number(), &opened) != 0 ||
           (named.st_dev == opened.st_dev && named.st_ino == opened.st_ino);
}

bool Election::try_win() {
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        // Where no other file can be made, nobody else has one either.
        if (!is_in_place() && open()) is_won_ = false;
        if (!lock()) return false;
        if (is_in_place()) break;
    }
    return true;
}

bool Election::lock() {
    while (!is_won_ && ::flock(file_.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return false;
        // Where nothing can be locked everybody may act: the index settles their differences.
        if (errno != EINTR) break;
    }
    is_won_ = true;
    return true;
}

bool Election::is_held(const std::filesystem::path& lock_file) {
    const Descriptor file(::open(lock_file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    return file && ::flock(file.number(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace bm
