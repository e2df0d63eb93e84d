#include "repository/history_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace bm {

namespace {

tl::unexpected<Error> cannot_open(int error) {
    return fail(error == ENOENT ? Fault::not_found : Fault::unavailable, reason_of(error));
}

[[noreturn]] void throw_unreadable(int error) {
    throw std::system_error(error, std::generic_category(),
                            "the history of the notes cannot be read");
}

/// Nothing of ours is there: nobody keeps anything behind a link.
bool means_nothing_there(int error) {
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

/// False with errno set when the folder cannot be read.
bool list_names(int folder, std::vector<std::string>& names) {
    const int readable = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (readable < 0) return false;
    const auto close_it = [](DIR* opened) { ::closedir(opened); };
    const std::unique_ptr<DIR, decltype(close_it)> opened(::fdopendir(readable), close_it);
    if (!opened) {
        const int error = errno;
        ::close(readable);
        errno = error;
        return false;
    }
    errno = 0;
    // One stream is read by one thread.
    while (const dirent* entry = ::readdir(opened.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
        errno = 0;
    }
    if (errno != 0) return false;
    std::sort(names.begin(), names.end());
    return true;
}

struct PlainFile {
    Descriptor descriptor;
    std::uint64_t size;
};

Result<PlainFile> open_plain_file(int folder, const std::string& name) {
    Descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return cannot_open(errno);
    struct stat seen {};
    if (::fstat(file.number(), &seen) != 0) return cannot_open(errno);
    if (!S_ISREG(seen.st_mode)) return fail(Fault::unavailable, "it is not a file");
    return PlainFile{std::move(file), static_cast<std::uint64_t>(seen.st_size)};
}

}  // namespace

Result<Descriptor> open_folder_in(int parent, const std::string& name, MissingFolders missing) {
    constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Descriptor folder(::openat(parent, name.c_str(), flags));
    if (folder) return folder;
    if (errno != ENOENT || missing != MissingFolders::make) return cannot_open(errno);
    if (::mkdirat(parent, name.c_str(), S_IRWXU) != 0 && errno != EEXIST) return cannot_open(errno);
    Descriptor made(::openat(parent, name.c_str(), flags));
    if (!made) return cannot_open(errno);
    return made;
}

Result<Descriptor> open_history_folder(const std::filesystem::path& folder,
                                       MissingFolders missing) {
    return open_folder_in(AT_FDCWD, folder.string(), missing);
}

Descriptor hold_folder(int folder, FolderUse use) {
    Descriptor held(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (held && ::flock(held.number(), use == FolderUse::alone ? LOCK_EX : LOCK_SH) != 0) {
        if (errno != EINTR) return Descriptor();
    }
    return held;
}

std::optional<Descriptor> folder_to_read(int parent, const std::string& name) {
    Descriptor folder(
        ::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folder) return folder;
    if (!means_nothing_there(errno)) throw_unreadable(errno);
    return std::nullopt;
}

std::vector<std::string> names_in(int folder) {
    std::vector<std::string> names;
    if (!list_names(folder, names)) return {};
    return names;
}

std::vector<std::string> names_to_read(int folder) {
    std::vector<std::string> names;
    if (!list_names(folder, names)) throw_unreadable(errno);
    return names;
}

std::optional<std::string> tail_to_read(int folder, const std::string& name, std::size_t most) {
    const Descriptor file(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && !means_nothing_there(errno)) throw_unreadable(errno);
    if (!file) return std::nullopt;
    struct stat seen {};
    if (::fstat(file.number(), &seen) != 0) throw_unreadable(errno);
    if (!S_ISREG(seen.st_mode)) return std::nullopt;
    const auto size = static_cast<std::uint64_t>(seen.st_size);
    const std::uint64_t length = std::min<std::uint64_t>(size, most);
    auto text = bytes_at(file.number(), size - length, length);
    if (!text) throw_unreadable(EIO);
    return *std::move(text);
}

Result<std::string> tail_of_file(int folder, const std::string& name, std::size_t most) {
    const auto file = open_plain_file(folder, name);
    if (!file) return tl::unexpected(file.error());
    const std::uint64_t length = std::min<std::uint64_t>(file->size, most);
    return bytes_at(file->descriptor.number(), file->size - length, length);
}

Result<std::string> bytes_of_file(int folder, const std::string& name, std::uint64_t offset,
                                  std::uint64_t length) {
    const auto file = open_plain_file(folder, name);
    if (!file) return tl::unexpected(file.error());
    const std::uint64_t left = file->size - std::min(file->size, offset);
    return bytes_at(file->descriptor.number(), offset, std::min(left, length));
}

Result<std::string> bytes_at(int file, std::uint64_t offset, std::uint64_t length) {
    std::string bytes(length, '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::pread(file, bytes.data() + filled, bytes.size() - filled,
                                    static_cast<off_t>(offset + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannot_open(errno);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

bool set_file_time(int file, Timestamp at) {
    constexpr std::int64_t second_us = 1'000'000;
    const std::int64_t us = at.time_since_epoch().count();
    timespec time{};
    time.tv_sec = static_cast<time_t>(us / second_us);
    time.tv_nsec = static_cast<long>(us % second_us * 1000);
    const std::array<timespec, 2> times{time, time};
    return ::futimens(file, times.data()) == 0;
}

}  // namespace bm
