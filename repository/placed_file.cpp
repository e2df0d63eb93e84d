#include "repository/placed_file.hpp"

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "markdown/text.hpp"
#include "repository/atomic_file.hpp"
#include "repository/file_status.hpp"

namespace bm {

namespace {

constexpr std::size_t kHashPieceBytes = 64U << 10;
constexpr mode_t kNewFileMode = 0666;      // less what the umask takes
constexpr mode_t kReplacementMode = 0600;  // until it looks like what it replaces

tl::unexpected<Error> unavailable(int error) { return fail(Fault::unavailable, reason_of(error)); }

tl::unexpected<Error> changed() { return fail(Fault::conflict, kChangedMeanwhile); }

timespec time_of(std::int64_t nanoseconds) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t seconds =
        (nanoseconds >= 0 ? nanoseconds : nanoseconds - second + 1) / second;
    return {.tv_sec = seconds, .tv_nsec = nanoseconds - seconds * second};
}

/// What stands at a place, if anything.
Result<std::optional<FileStatus>> found_at(const Place& place) {
    auto status = status_of(place.folder.number(), place.name);
    if (!status && errno != ENOENT) return unavailable(errno);
    if (status && S_ISDIR(status->mode)) return unavailable(EISDIR);
    return status;
}

bool is_expected(const std::optional<FileStatus>& found, const std::optional<FileStamp>& expected) {
    if (!found || !expected) return !found && !expected;
    return found->stamp == *expected;
}

Result<void> sync_folders(const Place& place) {
    for (const auto& folder : place.grown) {
        if (auto synced = sync_folder(folder.number()); !synced) return synced;
    }
    return sync_folder(place.folder.number());
}

Result<void> publish(AtomicFile& file, const Place& place,
                     const std::optional<FileStamp>& expected) {
    if (!expected) {
        return file.publish_new(place.name).map_error([](const Error& error) {
            // The folder is gone, or a scan whose clock was set took the file for an abandoned one.
            if (error.fault == Fault::not_found) return changed().value();
            return error;
        });
    }
    // As late as possible: an editor may have saved while we wrote.
    return found_at(place).and_then([&](const std::optional<FileStatus>& now) -> Result<void> {
        if (!is_expected(now, expected)) return changed();
        return file.replace_expected(place.name, *expected);
    });
}

/// Two spellings of one name on a file system that does not tell them apart. A second name that is
/// really there is another file, even if both are links to the same bytes.
bool is_other_spelling(const Place& from, const Place& to, const FileStatus& source) {
    const auto target = status_of(to.folder.number(), to.name);
    return target && source.device == target->device && source.stamp.inode == target->stamp.inode &&
           from.name != to.name && case_fold(from.name) == case_fold(to.name) &&
           !lists_name(to.folder.number(), to.name);
}

Result<void> copy_bytes(int source, AtomicFile& target) {
    std::array<char, kHashPieceBytes> buffer{};
    while (true) {
        const ssize_t length = ::read(source, buffer.data(), buffer.size());
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return unavailable(errno);
        if (length == 0) return {};
        auto written = target.write({buffer.data(), static_cast<std::size_t>(length)});
        if (!written) return written;
    }
}

/// A folder of the project may be the root of another file system.
Result<void> move_across_devices(const Place& from, const Place& to, const FileStatus& source) {
    const Descriptor original(::openat(from.folder.number(), from.name.c_str(),
                                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!original) return unavailable(errno);
    auto copy = AtomicFile::create(to.folder.number(), kReplacementMode);
    if (!copy) return tl::unexpected(copy.error());
    copy->look_like(source);
    if (auto copied = copy_bytes(original.number(), *copy); !copied) return copied;
    if (auto synced = copy->sync(); !synced) return synced;
    if (auto published = copy->publish_new(to.name); !published) return published;
    // Not before: an unpublished file with an old time would be taken for an abandoned one.
    const std::array<timespec, 2> times{timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                        time_of(source.stamp.mtime_ns)};
    [[maybe_unused]] const int timed = ::futimens(copy->descriptor(), times.data());
    auto synced = copy->sync().and_then([&] { return sync_folders(to); });
    // Somebody who saved while we copied has saved it here.
    const auto now = status_of(from.folder.number(), from.name);
    if (synced && (!now || now->stamp != source.stamp)) synced = changed();
    if (!synced) {
        ::unlinkat(to.folder.number(), to.name.c_str(), 0);
        return synced;
    }
    if (::unlinkat(from.folder.number(), from.name.c_str(), 0) != 0) return unavailable(errno);
    return {};
}

Result<void> rename_placed(const Place& from, const Place& to, const FileStatus& source) {
    bool crosses_devices = false;
    auto renamed = rename_without_replacing(from.folder.number(), from.name, to.folder.number(),
                                            to.name, crosses_devices);
    if (renamed) return renamed;
    if (crosses_devices) return move_across_devices(from, to, source);
    if (renamed.error().fault == Fault::conflict && is_other_spelling(from, to, source)) {
        if (::renameat(from.folder.number(), from.name.c_str(), to.folder.number(),
                       to.name.c_str()) != 0) {
            return unavailable(errno);
        }
        return {};
    }
    return renamed;
}

}  // namespace

Result<FileStamp> write_placed(const Place& place, std::string_view bytes,
                               const std::optional<FileStamp>& expected) {
    const auto found = found_at(place);
    if (!found) return tl::unexpected(found.error());
    if (!is_expected(*found, expected)) return changed();
    auto file = AtomicFile::create(place.folder.number(), *found ? kReplacementMode : kNewFileMode);
    if (!file) return tl::unexpected(file.error());
    if (*found) file->look_like(**found);
    auto done = file->write(bytes)
                    .and_then([&] { return file->sync(); })
                    .and_then([&] { return publish(*file, place, expected); })
                    .and_then([&] { return sync_folders(place); });
    if (!done) return tl::unexpected(done.error());
    const auto status = status_of(file->descriptor());
    if (!status) return unavailable(errno);
    return status->stamp;
}

Result<FileStamp> move_placed(const Place& from, const Place& to) {
    const auto source = status_of(from.folder.number(), from.name);
    if (!source && errno != ENOENT) return unavailable(errno);
    if (!source || S_ISDIR(source->mode)) return fail(Fault::not_found, reason_of(ENOENT));
    auto done =
        rename_placed(from, to, *source).and_then([&] { return sync_folders(to); }).and_then([&] {
            return sync_folder(from.folder.number());
        });
    if (!done) return tl::unexpected(done.error());
    const auto status = status_of(to.folder.number(), to.name);
    if (!status) return unavailable(errno);
    return status->stamp;
}

}  // namespace bm
