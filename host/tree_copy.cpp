#include "host/tree_copy.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/open_folder.hpp"
#include "repository/atomic_file.hpp"
#include "repository/file_status.hpp"

namespace bm {

namespace {

constexpr mode_t kCopiedFileMode = 0644;
constexpr mode_t kCopiedFolderMode = 0755;

int write_all(int file, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t written = ::write(file, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        size -= static_cast<std::size_t>(written);
    }
    return 0;
}

int copy_bytes(int from, int to) {
    std::array<char, 64 * 1024> piece{};
    while (true) {
        const ssize_t got = ::read(from, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return 0;
        if (const int error = write_all(to, piece.data(), static_cast<std::size_t>(got)))
            return error;
    }
}

class Copy {
public:
    Copy(FileHashes& hashes, CopyDepth depth) : hashes_(hashes), depth_(depth) {}

    Result<void> anything(int from, const std::string& from_name, int to,
                          const std::string& to_name, int depth) {
        const auto status = status_of(from, from_name);
        if (!status) {
            // What goes while the copy is made is not in it.
            if (errno == ENOENT && depth > 0) return {};
            return file_fault(errno);
        }
        if (S_ISDIR(status->mode)) return folder(from, from_name, to, to_name, depth);
        if (S_ISREG(status->mode)) return file(from, from_name, to, to_name);
        return {};
    }

private:
    Result<void> folder(int from, const std::string& from_name, int to, const std::string& to_name,
                        int depth) {
        if (depth > kDeepestFolder) return too_deep();
        if (::mkdirat(to, to_name.c_str(), kCopiedFolderMode) != 0) return file_fault(errno);
        const auto target = open_folder(to, to_name);
        if (!target) return tl::unexpected(target.error());
        const int number = ::dirfd(target->get());
        if (depth == 0) top_ = number;
        if (depth_ == CopyDepth::folder_alone) return sync_folder(number);
        const auto source = open_folder(from, from_name);
        if (!source) return tl::unexpected(source.error());
        const auto names = names_in(source->get());
        if (!names) return tl::unexpected(names.error());
        for (const std::string& name : *names) {
            if (AtomicFile::is_unpublished(name)) continue;
            auto copied = anything(::dirfd(source->get()), name, number, name, depth + 1);
            if (!copied) return copied;
        }
        return sync_folder(number);
    }

    Result<void> file(int from, const std::string& from_name, int to, const std::string& to_name) {
        const Descriptor source(
            ::openat(from, from_name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!source) return errno == ENOENT ? Result<void>() : file_fault(errno);
        const auto before = status_of(source.number());
        if (!before) return file_fault(errno);
        const Descriptor target(::openat(to, to_name.c_str(),
                                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                         kCopiedFileMode));
        if (!target) return file_fault(errno);
        if (const int error = copy_bytes(source.number(), target.number()))
            return file_fault(error);
        if (const int error = set_file_time(target.number(), before->stamp.mtime_ns))
            return file_fault(error);
        if (::fsync(target.number()) != 0) return file_fault(errno);
        remember_hash(source.number(), *before, target.number());
        // What is copied for longer than an hour is not to be taken for abandoned.
        if (top_ >= 0) (void)::futimens(top_, nullptr);
        return {};
    }

    void remember_hash(int source, const FileStatus& before, int target) {
        const auto md5 = hashes_.known(before.stamp);
        const auto after = status_of(source);
        const auto copied = status_of(target);
        if (md5 && copied && after && after->stamp == before.stamp)
            hashes_.remember(copied->stamp, *md5);
    }

    FileHashes& hashes_;
    CopyDepth depth_;
    int top_ = -1;
};

}  // namespace

Result<void> copy_tree(int from, const std::string& from_name, int to, const std::string& to_name,
                       CopyDepth depth, FileHashes& hashes) {
    return Copy(hashes, depth).anything(from, from_name, to, to_name, 0);
}

}  // namespace bm
