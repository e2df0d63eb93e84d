#include "repository/note_files.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "markdown/text.hpp"
#include "repository/atomic_file.hpp"
#include "repository/file_status.hpp"
#include "repository/folder_walk.hpp"
#include "repository/placed_file.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

// A note is text that somebody wrote; what is larger is not read into memory at once.
constexpr std::int64_t kMaxReadBytes = 256LL << 20;
constexpr std::size_t kPieceBytes = 64U << 10;
// A file that keeps changing while it is read is taken as it was the last time.
constexpr int kMaxReadAttempts = 3;

constexpr std::string_view kRead = "Failed to read file: ";
constexpr std::string_view kWrite = "Failed to write file: ";

tl::unexpected<Error> not_found(const RelativePath& path) {
    return fail(Fault::not_found, "File not found: " + path.str());
}

/// A sentence about `path`, and what can be done.
std::string sentence(std::string_view doing, const RelativePath& path, const std::string& reason) {
    return with_way_out(std::string(doing) + path.str() + ": " + reason);
}

/// The bare reason of a lower layer as a sentence about `path`.
tl::unexpected<Error> explained(const Error& error, std::string_view doing,
                                const RelativePath& path) {
    switch (error.fault) {
        case Fault::not_found:
            return not_found(path);
        case Fault::forbidden:
            return fail(Fault::forbidden, "Cannot use " + path.str() + ": " + error.message);
        default:
            return fail(error.fault, sentence(doing, path, error.message));
    }
}

tl::unexpected<Error> unavailable(std::string_view doing, const RelativePath& path, int error) {
    return fail(Fault::unavailable, sentence(doing, path, reason_of(error)));
}

struct OpenFile {
    Descriptor file;
    FileStatus status;
};

Descriptor open_for_reading(const Place& place) {
    // Without O_NONBLOCK a named pipe would keep us waiting for its writer.
    return Descriptor(::openat(place.folder.number(), place.name.c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

Result<OpenFile> open_file(const fs::path& root, const RelativePath& path) {
    auto place = walk_to(root, path.str(), LastSegment::untouched, MissingFolders::refuse);
    if (!place) return explained(place.error(), kRead, path);
    Descriptor file = open_for_reading(*place);
    if (!file && errno == ELOOP) {
        place = walk_to(root, path.str(), LastSegment::followed, MissingFolders::refuse);
        if (!place) return explained(place.error(), kRead, path);
        file = open_for_reading(*place);
    }
    if (!file && (errno == ENOENT || errno == ENAMETOOLONG)) return not_found(path);
    if (!file) return unavailable(kRead, path, errno);
    const auto status = status_of(file.number());
    if (!status) return unavailable(kRead, path, errno);
    if (S_ISDIR(status->mode)) return unavailable(kRead, path, EISDIR);
    if (!S_ISREG(status->mode)) {
        return fail(Fault::unavailable, sentence(kRead, path, "it is not a regular file"));
    }
    return OpenFile{std::move(file), *status};
}

/// Calls `use` with piece after piece up to the end of the file. Zero, or the error.
template <class Use>
int read_pieces(int file, std::string& buffer, Use use) {
    for (off_t at = 0;;) {
        const ssize_t length = ::pread(file, buffer.data(), buffer.size(), at);
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return errno;
        if (length == 0) return 0;
        if (!use(std::string_view(buffer.data(), static_cast<std::size_t>(length)))) return EFBIG;
        at += length;
    }
}

/// Runs `read_all` until the file was the same before and after it. What is returned belongs to the
/// stamp in `opened`: if the file changes once more, the next look sees another stamp.
template <class ReadAll>
Result<void> read_undisturbed(const RelativePath& path, OpenFile& opened, ReadAll read_all) {
    for (int attempt = 1;; ++attempt) {
        if (const int error = read_all(); error != 0) return unavailable(kRead, path, error);
        const auto after = status_of(opened.file.number());
        if (!after) return unavailable(kRead, path, errno);
        if (after->stamp == opened.status.stamp || attempt == kMaxReadAttempts) return {};
        opened.status = *after;
    }
}

Error write_failure(const Error& error, const RelativePath& path,
                    const std::optional<FileStamp>& expected) {
    if (error.fault != Fault::conflict) return explained(error, kWrite, path).value();
    if (!expected) return {Fault::conflict, "File already exists: " + path.str()};
    return {Fault::conflict, path.str() + " was changed by another program"};
}

Error move_failure(const RelativePath& from, const RelativePath& to, const Error& error) {
    switch (error.fault) {
        case Fault::not_found:
            return {Fault::not_found, "Source file not found: " + from.str()};
        case Fault::conflict:
            if (error.message == kChangedMeanwhile) {
                return {Fault::conflict, from.str() + " was changed by another program"};
            }
            return {Fault::conflict, "Destination already exists: " + to.str()};
        case Fault::forbidden:
            return {Fault::forbidden,
                    "Cannot move " + from.str() + " to " + to.str() + ": " + error.message};
        default:
            return {error.fault, with_way_out("Failed to move file " + from.str() + " -> " +
                                              to.str() + ": " + error.message)};
    }
}

}  // namespace

DiskNoteFiles::DiskNoteFiles(fs::path root) : root_(std::move(root)) {}

Result<FileContent> DiskNoteFiles::read(const RelativePath& path) {
    auto opened = open_file(root_, path);
    if (!opened) return tl::unexpected(opened.error());
    std::string bytes;
    std::string buffer;
    const auto read_all = [&] {
        const std::int64_t size = opened->status.stamp.size;
        if (size > kMaxReadBytes) return EFBIG;
        bytes.clear();
        bytes.reserve(static_cast<std::size_t>(size));
        // One byte more than there should be finds the end with the first call.
        buffer.resize(std::min(static_cast<std::size_t>(size) + 1, kPieceBytes));
        return read_pieces(opened->file.number(), buffer, [&](std::string_view piece) {
            bytes += piece;
            return bytes.size() <= static_cast<std::size_t>(kMaxReadBytes);
        });
    };
    if (auto done = read_undisturbed(path, *opened, read_all); !done)
        return tl::unexpected(done.error());
    return FileContent{std::move(bytes), opened->status.stamp, opened->status.born};
}

Result<MeasuredFile> DiskNoteFiles::measure(const RelativePath& path) {
    auto opened = open_file(root_, path);
    if (!opened) return tl::unexpected(opened.error());
    std::string buffer(kPieceBytes, '\0');
    Checksum sum;
    const auto read_all = [&] {
        ChecksumStream stream;
        const int error = read_pieces(opened->file.number(), buffer, [&](std::string_view piece) {
            stream.add(piece);
            return true;
        });
        sum = stream.finish();
        return error;
    };
    if (auto done = read_undisturbed(path, *opened, read_all); !done)
        return tl::unexpected(done.error());
    return MeasuredFile{sum, opened->status.stamp, opened->status.born};
}

Result<FileStamp> DiskNoteFiles::stamp(const RelativePath& path) {
    const auto place = walk_to(root_, path.str(), LastSegment::followed, MissingFolders::refuse);
    if (!place) return explained(place.error(), kRead, path);
    const auto status = status_of(place->folder.number(), place->name);
    if (!status && errno == ENOENT) return not_found(path);
    if (!status) return unavailable(kRead, path, errno);
    if (!S_ISREG(status->mode)) return not_found(path);
    return status->stamp;
}

Result<FilePlace> DiskNoteFiles::place_of(const RelativePath& path, FinalLink link) {
    const auto last = link == FinalLink::itself ? LastSegment::untouched : LastSegment::followed;
    const auto place = walk_to(root_, path.str(), last, MissingFolders::leave);
    // Nothing can be there, so nothing leads to it.
    if (!place && place.error().fault == Fault::not_found) return FilePlace{path, "", path.str()};
    if (!place) return explained(place.error(), kRead, path);
    struct stat folder {};
    if (::fstat(place->folder.number(), &folder) != 0) return unavailable(kRead, path, errno);
    return RelativePath::parse(place->path).map([&](const RelativePath& real) {
        return FilePlace{real, std::to_string(folder.st_dev) + ':' + std::to_string(folder.st_ino),
                         place->name};
    });
}

bool DiskNoteFiles::exists(const RelativePath& path) { return stamp(path).has_value(); }

bool DiskNoteFiles::folder_exists(std::string_view folder) {
    std::error_code ignored;
    if (folder.empty()) return fs::is_directory(root_, ignored);
    const auto path = RelativePath::parse(folder);
    if (!path) return false;
    const auto place = walk_to(root_, path->str(), LastSegment::followed, MissingFolders::refuse);
    if (!place) return false;
    const auto status = status_of(place->folder.number(), place->name);
    return status && S_ISDIR(status->mode);
}

Result<FileStamp> DiskNoteFiles::write(const RelativePath& path, std::string_view bytes,
                                       const std::optional<FileStamp>& expected) {
    const auto place = walk_to(root_, path.str(), LastSegment::followed,
                               expected ? MissingFolders::refuse : MissingFolders::make);
    if (!place && place.error().fault == Fault::not_found) {
        return tl::unexpected(write_failure({Fault::conflict, ""}, path, expected));
    }
    if (!place) return tl::unexpected(write_failure(place.error(), path, expected));
    return write_placed(*place, bytes, expected).map_error([&](const Error& error) {
        if (!place->grown.empty()) prune_empty_folders(path);
        return write_failure(error, path, expected);
    });
}

Result<FileStamp> DiskNoteFiles::move(const RelativePath& from, const RelativePath& to) {
    const auto refuse = [&](const Error& error) { return move_failure(from, to, error); };
    const auto source = walk_to(root_, from.str(), LastSegment::untouched, MissingFolders::refuse);
    if (!source) return tl::unexpected(refuse(source.error()));
    const auto target = walk_to(root_, to.str(), LastSegment::untouched, MissingFolders::make);
    if (!target) return tl::unexpected(refuse(target.error()));
    return move_placed(*source, *target).map_error([&](const Error& error) {
        if (!target->grown.empty()) prune_empty_folders(to);
        return refuse(error);
    });
}

Result<void> DiskNoteFiles::remove(const RelativePath& path) {
    const auto place = walk_to(root_, path.str(), LastSegment::untouched, MissingFolders::refuse);
    if (!place && place.error().fault == Fault::not_found) return {};
    constexpr std::string_view doing = "Failed to delete file: ";
    if (!place) return explained(place.error(), doing, path);
    if (::unlinkat(place->folder.number(), place->name.c_str(), 0) != 0) {
        if (errno == ENOENT) return {};
        return unavailable(doing, path, errno);
    }
    if (auto synced = sync_folder(place->folder.number()); !synced) {
        return explained(synced.error(), doing, path);
    }
    prune_empty_folders(path);
    return {};
}

void DiskNoteFiles::prune_empty_folders(const RelativePath& path) {
    for (std::string_view folder = parent_folder(path.str()); !folder.empty();
         folder = parent_folder(folder)) {
        // The link to a folder is not a folder: unlinkat refuses it, and nothing is followed here.
        const auto place = walk_to(root_, folder, LastSegment::untouched, MissingFolders::refuse);
        if (!place) {
            if (place.error().fault == Fault::not_found) continue;
            return;
        }
        if (::unlinkat(place->folder.number(), place->name.c_str(), AT_REMOVEDIR) != 0 &&
            errno != ENOENT) {
            return;
        }
    }
}

Result<void> write_file_atomically(const fs::path& path, std::string_view bytes, unsigned mode) {
    // A link to the file (a folder of settings under version control) stays a link.
    std::error_code ignored;
    const fs::path real =
        fs::is_symlink(path, ignored) ? fs::weakly_canonical(path, ignored) : path;
    const fs::path parent = real.has_parent_path() ? real.parent_path() : fs::path(".");
    const auto open_parent = [&] {
        return Descriptor(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    };
    Descriptor folder = open_parent();
    // What lies there belongs to this user alone.
    if (!folder && errno == ENOENT && make_folders(parent, 0700) == 0) folder = open_parent();
    if (!folder) {
        return fail(Fault::unavailable, with_way_out("Cannot open the folder of " + path.string() +
                                                     ": " + reason_of(errno)));
    }
    auto file = AtomicFile::create(folder.number(), mode);
    auto done = file.map([](auto&) {})
                    .and_then([&] { return file->write(bytes); })
                    .and_then([&] { return file->sync(); })
                    .and_then([&] { return file->replace(real.filename().string()); })
                    .and_then([&] { return sync_folder(folder.number()); });
    return done.map_error([&](const Error& error) {
        return Error{error.fault,
                     with_way_out("Cannot write " + path.string() + ": " + error.message)};
    });
}

}  // namespace bm
