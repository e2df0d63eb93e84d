#include "repository/foreign_file.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "repository/atomic_file.hpp"
#include "repository/descriptor.hpp"
#include "repository/file_status.hpp"
#include "repository/folder_walk.hpp"
#include "repository/free_number.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxForeignBytes = 64U << 20;

tl::unexpected<Error> cannot(const char* what, const fs::path& path, int error) {
    return fail(Fault::unavailable, with_way_out(std::string("Cannot ") + what + ' ' +
                                                 path.string() + ": " + reason_of(error)));
}

/// Where a path leads, whether anything is there or not. Fault::unavailable for links in a circle.
Result<fs::path> without_final_links(const fs::path& path) {
    constexpr int most_links = 40;
    fs::path at = path;
    for (int followed = 0; followed < most_links; ++followed) {
        std::error_code no_link;
        const fs::path target = fs::read_symlink(at, no_link);
        if (no_link) return at;
        at = target.is_absolute() ? target : at.parent_path() / target;
    }
    return cannot("read", path, ELOOP);
}

Result<void> write_beside(int folder, const std::string& name, std::string_view text,
                          const std::optional<FileStatus>& original,
                          const std::optional<FileStamp>& expected) {
    constexpr mode_t only_owner = 0600;
    auto file = AtomicFile::create(folder, only_owner);
    if (!file) return tl::unexpected(file.error());
    if (original) file->look_like(*original);
    return file->write(text)
        .and_then([&] { return file->sync(); })
        .and_then([&] {
            return expected ? file->replace_expected(name, *expected) : file->publish_new(name);
        })
        .and_then([&] { return sync_folder(folder); });
}

/// Whether a file beside it says the same already.
bool says(const fs::path& path, std::string_view text) {
    std::error_code gone;
    if (fs::file_size(path, gone) != text.size() || gone) return false;
    const auto there = read_foreign_file(path);
    return there && there->text == text;
}

/// The name that the backup got, or has: the newest is not made twice.
Result<std::string> write_backup(const fs::path& parent, int folder, const std::string& name,
                                 std::string_view text, const std::optional<FileStatus>& original) {
    const auto numbered = [&name](std::int64_t number) {
        return name + ".bm-backup" + (number > 1 ? '-' + std::to_string(number) : "");
    };
    while (true) {
        const std::int64_t free = free_number(
            [&](std::int64_t number) { return status_of(folder, numbered(number)).has_value(); });
        if (free > 1 && says(parent / numbered(free - 1), text)) return numbered(free - 1);
        const auto written = write_beside(folder, numbered(free), text, original, std::nullopt);
        if (written) return numbered(free);
        if (written.error().fault != Fault::conflict) return tl::unexpected(written.error());
    }
}

}  // namespace

Result<ForeignFile> read_foreign_file(const fs::path& path) {
    auto place = without_final_links(path);
    if (!place) return tl::unexpected(place.error());
    ForeignFile file{*std::move(place), ""};
    const Descriptor opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened && errno == ENOENT) return file;
    if (!opened) return cannot("read", path, errno);
    struct stat seen {};
    if (::fstat(opened.number(), &seen) != 0) return cannot("read", path, errno);
    if (!S_ISREG(seen.st_mode)) return fail(Fault::unavailable, path.string() + " is not a file");
    file.stamp = stamp_from(seen);
    constexpr std::size_t piece_size = 64U << 10;
    std::string piece(piece_size, '\0');
    while (true) {
        const ssize_t length = ::read(opened.number(), piece.data(), piece.size());
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return cannot("read", path, errno);
        if (length == 0) return file;
        file.text.append(piece, 0, static_cast<std::size_t>(length));
        if (file.text.size() > kMaxForeignBytes) return cannot("read", path, EFBIG);
    }
}

Result<std::optional<fs::path>> replace_foreign_file(const ForeignFile& file,
                                                     std::string_view text) {
    const fs::path parent = file.path.parent_path();
    if (const int error = make_folders(parent, 0700); error != 0 && error != EEXIST) {
        return cannot("make", parent, error);
    }
    const Descriptor folder(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return cannot("open", parent, errno);
    const std::string name = file.path.filename().string();
    std::optional<FileStatus> original;
    std::optional<fs::path> backup;
    const auto explained = [&](const Error& error) {
        const std::string reason = error.fault == Fault::conflict
                                       ? "another program has changed it meanwhile. Try again."
                                       : error.message;
        return Error{error.fault,
                     with_way_out("Cannot write " + file.path.string() + ": " + reason)};
    };
    if (file.stamp) {
        original = status_of(folder.number(), name);
        const auto kept = write_backup(parent, folder.number(), name, file.text, original);
        if (!kept) return tl::unexpected(explained(kept.error()));
        backup = parent / *kept;
    }
    return write_beside(folder.number(), name, text, original, file.stamp)
        .map([&] { return backup; })
        .map_error(explained);
}

}  // namespace bm
