#pragma once

#include <cstddef>
#include <utility>

#include <unistd.h>

namespace bm {

/// Owns an open file descriptor.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] int number() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// A pipe that wakes whoever polls its read end. Both ends are closed when a program is started.
struct WakePipe {
    FileDescriptor read_end;
    FileDescriptor write_end;
};

/// Throws std::system_error when the process has no descriptors left.
[[nodiscard]] WakePipe make_wake_pipe();

/// Lets the process open `wanted` descriptors, where the system allows that many. Returns how many
/// it may open from now on; never fewer than before. Any thread.
std::size_t allow_descriptors(std::size_t wanted) noexcept;

}  // namespace bm
