#include "repository/atomic_file.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/checksum.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace {

constexpr std::string_view kPrefix = ".bm-";
constexpr std::string_view kSuffix = ".tmp";
constexpr std::size_t kUuidLength = 36;

tl::unexpected<Error> unavailable(int error) { return fail(Fault::unavailable, reason_of(error)); }

bool is_unsupported(int error) noexcept {
    return error == EINVAL || error == ENOSYS || error == ENOTSUP || error == EPERM;
}

/// Renaming changes the time of the last change.
bool is_same_content(const FileStamp& one, const FileStamp& other) noexcept {
    return one.mtime_ns == other.mtime_ns && one.size == other.size && one.inode == other.inode;
}

int sync_without_interruption(int descriptor) {
    while (::fsync(descriptor) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

/// For file systems without renameat2: a second name never replaces, and then the first goes.
Result<void> link_and_unlink(int from, const std::string& from_name, int to,
                             const std::string& to_name) {
    if (::linkat(from, from_name.c_str(), to, to_name.c_str(), 0) == 0) {
        if (::unlinkat(from, from_name.c_str(), 0) != 0) return unavailable(errno);
        return {};
    }
    if (errno == EEXIST) return fail(Fault::conflict, reason_of(EEXIST));
    if (errno == ENOENT) return fail(Fault::not_found, reason_of(ENOENT));
    if (!is_unsupported(errno)) return unavailable(errno);
    // Neither is there on FAT. What is left is looking first.
    if (status_of(to, to_name)) {
        return fail(Fault::conflict, reason_of(EEXIST));
    }
    if (::renameat(from, from_name.c_str(), to, to_name.c_str()) != 0) return unavailable(errno);
    return {};
}

}  // namespace

Result<AtomicFile> AtomicFile::create(int folder, mode_t mode) {
    std::string name = unpublished_name();
    Descriptor file(
        ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file) return unavailable(errno);
    return AtomicFile(folder, std::move(name), std::move(file));
}

std::string AtomicFile::unpublished_name() {
    std::string name(kPrefix);
    name += new_uuid();
    name += kSuffix;
    return name;
}

bool AtomicFile::is_abandoned(std::string_view name, std::time_t changed,
                              std::time_t now) noexcept {
    constexpr std::time_t hour = 3600;
    return (changed < now - hour || changed > now + hour) && is_unpublished(name);
}

bool AtomicFile::is_unpublished(std::string_view name) noexcept {
    if (name.size() != kPrefix.size() + kUuidLength + kSuffix.size()) return false;
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return false;
    return uuid_bytes(name.substr(kPrefix.size(), kUuidLength)).has_value();
}

AtomicFile::~AtomicFile() {
    if (file_ && !name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
}

void AtomicFile::look_like(const FileStatus& original) {
    // Only root may give files away, and a group may be foreign: then the writer owns the new file.
    if (::fchown(file_.number(), original.owner, original.group) != 0) {
        [[maybe_unused]] const int group =
            ::fchown(file_.number(), static_cast<uid_t>(-1), original.group);
    }
    [[maybe_unused]] const int mode = ::fchmod(file_.number(), original.mode & 07777);
}

Result<void> AtomicFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_.number(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return unavailable(errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> AtomicFile::sync() {
    if (const int error = sync_without_interruption(file_.number()); error != 0) {
        return unavailable(error);
    }
    return {};
}

Result<void> AtomicFile::replace(const std::string& name) {
    if (::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0) return unavailable(errno);
    name_.clear();
    return {};
}

Result<void> AtomicFile::replace_expected(const std::string& name, const FileStamp& expected) {
    const auto exchange = [&] {
        return ::renameat2(folder_, name_.c_str(), folder_, name.c_str(), RENAME_EXCHANGE) == 0;
    };
    if (!exchange()) {
        if (errno == ENOENT) return fail(Fault::conflict, reason_of(ENOENT));
        if (!is_unsupported(errno)) return unavailable(errno);
        return replace(name);
    }
    const auto mine = status_of(file_.number());
    auto out = status_of(folder_, name_);
    if (!out && errno == ENOENT) {
        // A scan has taken the old file, which has an old time, for an abandoned one.
        name_.clear();
        return {};
    }
    if (out && is_same_content(out->stamp, expected)) {
        // An old file that stays behind is taken for an abandoned one later.
        ::unlinkat(folder_, name_.c_str(), 0);
        name_.clear();
        return {};
    }
    // Nothing is to be put back when somebody has taken the old file for an abandoned one.
    if (!out && errno == ENOENT) {
        name_.clear();
        return {};
    }
    // Somebody saved in the last moment: their file goes back, and what is newer still stays.
    do {
        if (!exchange()) {
            // Whatever else goes wrong, theirs is not to be removed under our name.
            name_.clear();
            return unavailable(errno);
        }
        out = status_of(folder_, name_);
    } while (out && mine && out->stamp.inode != mine->stamp.inode);
    return fail(Fault::conflict, "it changed meanwhile");
}

Result<void> AtomicFile::publish_new(const std::string& name) {
    bool crosses_devices = false;
    auto renamed = rename_without_replacing(folder_, name_, folder_, name, crosses_devices);
    if (renamed) name_.clear();
    return renamed;
}

Result<void> rename_without_replacing(int from, const std::string& from_name, int to,
                                      const std::string& to_name, bool& crosses_devices) {
    if (::renameat2(from, from_name.c_str(), to, to_name.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno == EEXIST) return fail(Fault::conflict, reason_of(EEXIST));
    if (errno == ENOENT) return fail(Fault::not_found, reason_of(ENOENT));
    if (is_unsupported(errno)) return link_and_unlink(from, from_name, to, to_name);
    crosses_devices = errno == EXDEV;
    return unavailable(errno);
}

Result<void> sync_folder(int folder) {
    const Descriptor readable(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!readable) {
        // A folder that may be written but not read cannot be synced.
        if (errno == EACCES) return {};
        return unavailable(errno);
    }
    const int error = sync_without_interruption(readable.number());
    if (error != 0 && !is_unsupported(error)) return unavailable(error);
    return {};
}

}  // namespace bm
