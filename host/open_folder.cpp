#include "host/open_folder.hpp"

#include <array>
#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/folder_walk.hpp"

namespace bm {

tl::unexpected<Error> file_fault(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ELOOP:
        case ENAMETOOLONG:
            return fail(Fault::not_found, reason_of(error));
        case EEXIST:
        case EISDIR:
        case ENOTEMPTY:
            return fail(Fault::conflict, reason_of(error));
        case EACCES:
        case EPERM:
        case EROFS:
        case EXDEV:
            return fail(Fault::forbidden, reason_of(error));
        default:
            return fail(Fault::unavailable, reason_of(error));
    }
}

tl::unexpected<Error> too_deep() {
    return fail(Fault::forbidden,
                "It is more than " + std::to_string(kDeepestFolder) + " folders deep.");
}

Result<OpenFolder> open_folder(int above, const std::string& name) {
    const int number =
        ::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (number < 0) return file_fault(errno);
    OpenFolder folder(::fdopendir(number));
    if (folder) return folder;
    const int error = errno;
    ::close(number);
    return file_fault(error);
}

Result<std::vector<std::string>> names_in(DIR* folder) {
    std::vector<std::string> names;
    errno = 0;
    // readdir keeps its state in the folder, which nobody else has.
    while (const dirent* entry = ::readdir(folder)) {
        const char* const name = entry->d_name;
        if (!is_dots(name)) names.emplace_back(name);
        errno = 0;
    }
    if (errno != 0) return file_fault(errno);
    return names;
}

int set_file_time(int file, std::int64_t mtime_ns) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t seconds = (mtime_ns >= 0 ? mtime_ns : mtime_ns - second + 1) / second;
    const std::array<timespec, 2> times{
        timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
        timespec{.tv_sec = seconds, .tv_nsec = mtime_ns - seconds * second}};
    return ::futimens(file, times.data()) == 0 ? 0 : errno;
}

bool is_inside(std::string_view path, std::string_view folder) {
    if (folder.empty() || folder == ".") return true;
    return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace bm
