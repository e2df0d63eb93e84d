#include "cloud/incoming_files.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/atomic_file.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kNewFileMode = 0666;
constexpr mode_t kTrashMode = 0600;

tl::unexpected<CloudFailure> not_placed(const std::string& name, const std::string& reason) {
    return cloud_fail(CloudFault::local_io, name + " could not be written: " + reason,
                      "What was there before has stayed.");
}

Descriptor open_file(int folder, const std::string& name) {
    return Descriptor(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

/// Bytes and time.
Result<void> copy_into(int from, AtomicFile& file) {
    std::array<char, 65'536> piece{};
    while (true) {
        const ssize_t got = ::read(from, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Fault::unavailable, reason_of(errno));
        if (got == 0) break;
        auto written = file.write({piece.data(), static_cast<std::size_t>(got)});
        if (!written) return written;
    }
    struct stat seen {};
    if (::fstat(from, &seen) != 0) return fail(Fault::unavailable, reason_of(errno));
    const std::array<timespec, 2> times{seen.st_mtim, seen.st_mtim};
    if (::futimens(file.descriptor(), times.data()) != 0)
        return fail(Fault::unavailable, reason_of(errno));
    return file.sync();
}

/// Keeps what an open file says; under another name where that one is taken.
Result<void> keep_copy(int from, const fs::path& to) {
    if (const int error = make_folders(to.parent_path(), 0700); error != 0)
        return fail(Fault::unavailable, reason_of(error));
    const Descriptor folder(::open(to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return fail(Fault::unavailable, reason_of(errno));
    auto copy = AtomicFile::create(folder.number(), kTrashMode);
    if (!copy) return tl::unexpected(copy.error());
    if (auto copied = copy_into(from, *copy); !copied) return copied;
    std::string name = to.filename().string();
    for (int number = 2;; ++number) {
        auto kept = copy->publish_new(name);
        if (kept || kept.error().fault != Fault::conflict) return kept;
        name = to.filename().string() + "." + std::to_string(number);
    }
}

/// Whether the file in that state is there and in the trash now.
CloudResult<bool> kept_in_trash(const Place& place, const IncomingFile& file,
                                const fs::path& trash) {
    const Descriptor old = open_file(place.folder.number(), place.name);
    const auto is_as_it_was = [&] {
        const auto now = status_of(old.number());
        return now && S_ISREG(now->mode) && now->stamp == *file.replaces;
    };
    if (!old || !is_as_it_was()) return false;
    if (const auto kept = keep_copy(old.number(), trash / file.to); !kept) {
        return cloud_fail(CloudFault::local_io,
                          file.to + " could not be copied to the trash: " + kept.error().message,
                          "It was not replaced.");
    }
    return is_as_it_was();
}

}  // namespace

IncomingFiles::IncomingFiles(fs::path folder) : folder_(std::move(folder)) {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

IncomingFiles::~IncomingFiles() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

bool IncomingFiles::has(const std::string& name) const {
    std::error_code ignored;
    return fs::is_regular_file(fs::symlink_status(folder_ / name, ignored));
}

CloudResult<bool> IncomingFiles::place(const fs::path& root, const IncomingFile& file,
                                       const fs::path& trash) const {
    const Descriptor fetched = open_file(AT_FDCWD, (folder_ / file.name).string());
    if (!fetched) return not_placed(file.to, reason_of(errno));
    const auto place = walk_to(root, file.to, LastSegment::untouched,
                               file.replaces ? MissingFolders::refuse : MissingFolders::make);
    if (!place) {
        const bool has_gone = place.error().fault == Fault::not_found;
        if (has_gone && file.replaces) return false;
        return not_placed(file.to, place.error().message);
    }
    // Nothing is written through a link.
    if (place->path != file.to) return false;
    const int folder = place->folder.number();
    if (file.replaces) {
        const auto kept = kept_in_trash(*place, file, trash);
        if (!kept || !*kept) return kept;
    }
    auto made = AtomicFile::create(folder, kNewFileMode);
    if (!made) return not_placed(file.to, made.error().message);
    const auto old = file.replaces ? status_of(folder, place->name) : std::nullopt;
    if (old) made->look_like(*old);
    if (const auto copied = copy_into(fetched.number(), *made); !copied)
        return not_placed(file.to, copied.error().message);
    const auto placed = file.replaces ? made->replace_expected(place->name, *file.replaces)
                                      : made->publish_new(place->name);
    if (!placed && placed.error().fault == Fault::conflict) return false;
    if (!placed && placed.error().fault == Fault::not_found) return false;
    if (!placed) return not_placed(file.to, placed.error().message);
    for (const auto& grown : place->grown) (void)sync_folder(grown.number());
    (void)sync_folder(folder);
    // Only one copy of a large file more than there has to be.
    std::error_code ignored;
    fs::remove(folder_ / file.name, ignored);
    return true;
}

}  // namespace bm
