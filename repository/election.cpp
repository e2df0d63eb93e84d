#include "repository/election.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>

namespace bm {

Election::Election(const std::filesystem::path& lock_file) {
    std::error_code ignored;
    std::filesystem::create_directories(lock_file.parent_path(), ignored);
    file_ = Descriptor(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file_) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot open the lock file " + lock_file.string());
    }
}

bool Election::try_win() {
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
