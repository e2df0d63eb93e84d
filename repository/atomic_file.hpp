#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "markdown/result.hpp"
#include "repository/descriptor.hpp"
#include "repository/file_status.hpp"

namespace bm {

/// A file that becomes visible under its name only when it is whole. Until then it lives beside it
/// under a name that starts with a dot and ends in ".tmp"; unless published it is removed at the
/// end of its life. Messages of errors are bare reasons.
class AtomicFile {
public:
    /// `folder` is any descriptor of the folder and must outlive the file.
    static Result<AtomicFile> create(int folder, mode_t mode);

    AtomicFile(AtomicFile&& other) noexcept = default;
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile();

    /// Owner as far as that is allowed, and permissions, of the file that will be replaced.
    void look_like(const FileStatus& original);
    Result<void> write(std::string_view bytes);
    Result<void> sync();
    /// Takes the place of whatever has that name.
    Result<void> replace(const std::string& name);
    /// Takes the place of the file in that state alone: where the file system can exchange two
    /// names the old file is looked at when it is out of reach, and put back when it is another
    /// one. Fault::conflict then.
    Result<void> replace_expected(const std::string& name, const FileStamp& expected);
    /// Fault::conflict when the name is taken.
    Result<void> publish_new(const std::string& name);

    [[nodiscard]] int descriptor() const noexcept { return file_.number(); }

    /// A name for a file that nobody is to see, for the moment.
    static std::string unpublished_name();
    /// Whether a file of this name is being written by one of us, or was when its writer died.
    static bool is_unpublished(std::string_view name) noexcept;
    /// Whether a file of this name was never published because its writer died: that takes
    /// seconds, not an hour. `changed` is when its status changed last, in seconds since 1970; not
    /// its content, since a note that is being replaced has such a name for a moment, and may be
    /// old. A clock that was set may have left times to come.
    static bool is_abandoned(std::string_view name, std::time_t changed, std::time_t now) noexcept;

private:
    AtomicFile(int folder, std::string name, Descriptor file)
        : folder_(folder), name_(std::move(name)), file_(std::move(file)) {}

    int folder_;
    std::string name_;  // empty once published
    Descriptor file_;
};

/// rename(2) that never replaces, on every file system. Fault::conflict when `to_name` is taken,
/// Fault::not_found when there is nothing to rename; Fault::unavailable with `crosses_devices` set
/// when the two folders lie on different file systems.
Result<void> rename_without_replacing(int from, const std::string& from_name, int to,
                                      const std::string& to_name, bool& crosses_devices);

/// Makes the names in a folder durable. File systems that cannot do it are left alone.
Result<void> sync_folder(int folder);

}  // namespace bm
