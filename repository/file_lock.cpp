#include "repository/file_lock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/entity_repository.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

// Enough that thirty writers of different notes seldom meet, few enough that the folder stays
// small.
constexpr std::size_t kStripes = 256;

[[noreturn]] void refuse(const fs::path& file, const char* doing) {
    throw std::system_error(errno, std::generic_category(), doing + file.string());
}

int open_lock_file(const fs::path& file) {
    const auto open_it = [&file] {
        return ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    };
    int descriptor = open_it();
    if (descriptor < 0 && errno == ENOENT) {
        std::error_code ignored;
        fs::create_directories(file.parent_path(), ignored);
        descriptor = open_it();
    }
    if (descriptor < 0) refuse(file, "cannot open the lock file ");
    return descriptor;
}

/// False when the name stands for another file by now: somebody tidied the folder.
bool is_still_there(int descriptor, const fs::path& file) {
    struct stat held {};
    struct stat named {};
    if (::fstat(descriptor, &held) != 0) refuse(file, "cannot look at the lock file ");
    if (::stat(file.c_str(), &named) != 0) {
        if (errno == ENOENT) return false;
        refuse(file, "cannot look at the lock file ");
    }
    return held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/// Zero, or the error.
int flock_without_interruption(int descriptor, int operation) {
    while (::flock(descriptor, operation) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

// The same in every process and every version: they must agree about which file stands for a path.
std::size_t stripe_of(std::string_view project, std::string_view path) {
    std::uint64_t hash = 14'695'981'039'346'656'037U;  // FNV-1a
    const auto mix = [&hash](std::string_view text) {
        for (const char c : text) {
            hash ^= static_cast<unsigned char>(c);
            hash *= 1'099'511'628'211U;
        }
    };
    mix(project);
    mix(std::string_view("\0", 1));
    // On some file systems two spellings are one file.
    mix(path_alias(path));
    return static_cast<std::size_t>((hash ^ hash >> 32U) % kStripes);
}

std::string stripe_name(std::size_t stripe) {
    const std::string number = std::to_string(stripe);
    return std::string(3 - number.size(), '0') + number + ".lock";
}

}  // namespace

FileLock FileLock::acquire(const fs::path& file) {
    while (true) {
        FileLock lock(open_lock_file(file));
        if (const int error = flock_without_interruption(lock.descriptor_, LOCK_EX); error != 0) {
            errno = error;
            refuse(file, "cannot lock ");
        }
        if (is_still_there(lock.descriptor_, file)) return lock;
    }
}

std::optional<FileLock> FileLock::try_acquire(const fs::path& file) {
    while (true) {
        FileLock lock(open_lock_file(file));
        const int error = flock_without_interruption(lock.descriptor_, LOCK_EX | LOCK_NB);
        if (error == EWOULDBLOCK) return std::nullopt;
        if (error != 0) {
            errno = error;
            refuse(file, "cannot lock ");
        }
        if (is_still_there(lock.descriptor_, file)) return lock;
    }
}

bool FileLock::is_held(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return errno != ENOENT;
    // Shared: two that look do not see each other.
    const int error = flock_without_interruption(descriptor, LOCK_SH | LOCK_NB);
    ::close(descriptor);
    return error != 0;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    if (this != &other) {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}

FileLock::~FileLock() {
    // Closing the only descriptor of this open file gives the lock back.
    if (descriptor_ >= 0) ::close(descriptor_);
}

struct PathLocks::Stripes {
    fs::path folder;
    std::array<std::mutex, kStripes> mutexes;
};

PathLocks::PathLocks(fs::path folder) : stripes_(std::make_unique<Stripes>()) {
    stripes_->folder = std::move(folder);
}

PathLocks::~PathLocks() = default;

PathLocks::Held PathLocks::lock(std::string_view project, std::string_view path) {
    return lock(project, path, path);
}

PathLocks::Held PathLocks::lock(std::string_view project, std::string_view first,
                                std::string_view second) {
    const std::string scope(project);
    return lock({{scope, std::string(first)}, {scope, std::string(second)}});
}

PathLocks::Held PathLocks::lock(const std::vector<Name>& names) {
    std::set<std::size_t> stripes;
    for (const auto& each : names) stripes.insert(stripe_of(each.scope, each.name));
    Held held;
    // Everybody locks in ascending order, so nobody waits in a circle.
    for (const std::size_t stripe : stripes) {
        std::unique_lock threads(stripes_->mutexes.at(stripe));
        held.locks_.push_back(
            {std::move(threads), FileLock::acquire(stripes_->folder / stripe_name(stripe))});
    }
    return held;
}

const fs::path& PathLocks::folder() const noexcept { return stripes_->folder; }

bool PathLocks::Look::is_locked(const Name& name) {
    const std::size_t stripe = stripe_of(name.scope, name.name);
    const auto [seen, is_new] = seen_.try_emplace(stripe, false);
    if (is_new) seen->second = FileLock::is_held(folder_ / stripe_name(stripe));
    return seen->second;
}

}  // namespace bm
