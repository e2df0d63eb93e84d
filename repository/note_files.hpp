#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/names.hpp"
#include "markdown/result.hpp"
#include "repository/entity.hpp"

namespace bm {

struct FileContent {
    std::string bytes;
    FileStamp stamp;
    Timestamp
        born;  ///< birth time where the file system has it, else the earlier of mtime and ctime
};

/// A file that was hashed without being held in memory.
struct MeasuredFile {
    Checksum checksum;
    FileStamp stamp;
    Timestamp born;
};

/// A note is text that somebody wrote. A larger file (an export, a log) is found by its title and
/// path and never read at once: taking a note apart needs some ten times its size in memory.
constexpr std::int64_t kMaxNoteBytes = 8LL << 20;

/// One file, whichever symbolic links lead to it.
struct FilePlace {
    RelativePath path;  ///< without symbolic links below the root
    /// Folder and name as the file system tells them apart: what is to be locked. Where the folder
    /// is missing, of the last one that is there.
    std::string folder;
    std::string name;

    friend bool operator==(const FilePlace&, const FilePlace&) = default;
};

/// Whether a link at the end of a path stands for itself or for what it points to.
enum class FinalLink { itself, followed };

/// The files of one project: a port, with the disk behind it, or memory in tests. Thread-safe. No
/// symbolic link is ever followed out of the project: such a path is Fault::forbidden.
class NoteFiles {
public:
    virtual ~NoteFiles() = default;

    /// Fault::not_found, forbidden, or unavailable (`Failed to read file: {reason}`).
    virtual Result<FileContent> read(const RelativePath& path) = 0;
    /// Hashes the file in pieces of 64 KiB: constant memory whatever its size. Same faults as read.
    virtual Result<MeasuredFile> measure(const RelativePath& path) = 0;
    /// Fault::not_found when there is no such file for certain; any other fault says nothing about
    /// that.
    virtual Result<FileStamp> stamp(const RelativePath& path) = 0;
    /// Where a path leads; the file need not exist. Fault::forbidden, not_found, unavailable.
    virtual Result<FilePlace> place_of(const RelativePath& path, FinalLink /*link*/) {
        return FilePlace{path, "", path.str()};
    }
    virtual bool exists(const RelativePath& path) = 0;
    virtual bool folder_exists(std::string_view folder) = 0;

    /// Durable when it returns: temporary file beside the target, fsync, rename, fsync of the
    /// folder. Makes folders that are missing, never the root. `expected` guards against an edit
    /// from outside between read and write: when the file is not in that state any more (nullopt:
    /// must not exist), Fault::conflict and nothing is written. Fault::unavailable `Failed to write
    /// file: {reason}` leaves the old file whole.
    virtual Result<FileStamp> write(const RelativePath& path, std::string_view bytes,
                                    const std::optional<FileStamp>& expected) = 0;
    /// Never replaces an existing file: Fault::conflict `Destination already exists: {path}`. A
    /// change of case only is a move like any other. Fault::not_found `Source file not found:
    /// {path}`.
    virtual Result<FileStamp> move(const RelativePath& from, const RelativePath& to) = 0;
    /// Removing what is not there is fine. Folders that become empty go too, never the root.
    virtual Result<void> remove(const RelativePath& path) = 0;
    /// The same for a file that is in that state; of another one, which somebody has saved
    /// meanwhile, nothing is lost: Fault::conflict. A symbolic link goes, whatever it points to.
    virtual Result<void> remove_expected(const RelativePath& path, const FileStamp& expected) {
        const auto now = stamp(path);
        if (now && *now != expected) {
            return fail(Fault::conflict, path.str() + " was changed by another program");
        }
        return remove(path);
    }
    /// Removes the folders above `path` that are empty now.
    virtual void prune_empty_folders(const RelativePath& path) = 0;
};

/// Files below `root`. Opening does not touch the disk.
class DiskNoteFiles final : public NoteFiles {
public:
    explicit DiskNoteFiles(std::filesystem::path root);
    Result<FileContent> read(const RelativePath& path) override;
    Result<MeasuredFile> measure(const RelativePath& path) override;
    Result<FileStamp> stamp(const RelativePath& path) override;
    Result<FilePlace> place_of(const RelativePath& path, FinalLink link) override;
    bool exists(const RelativePath& path) override;
    bool folder_exists(std::string_view folder) override;
    Result<FileStamp> write(const RelativePath& path, std::string_view bytes,
                            const std::optional<FileStamp>& expected) override;
    Result<FileStamp> move(const RelativePath& from, const RelativePath& to) override;
    Result<void> remove(const RelativePath& path) override;
    Result<void> remove_expected(const RelativePath& path, const FileStamp& expected) override;
    void prune_empty_folders(const RelativePath& path) override;

private:
    Result<void> remove_if(const RelativePath& path, const FileStamp* expected);

    std::filesystem::path root_;
};

/// Durable replacement of any file outside a project (configuration, state): temporary file, fsync,
/// rename, fsync of the folder, which is made with mode 0700 when it is missing. `mode` as for
/// open(2).
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                                   unsigned mode);

}  // namespace bm
