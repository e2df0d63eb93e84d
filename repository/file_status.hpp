#pragma once

#include <optional>
#include <string>

#include <sys/stat.h>
#include <sys/types.h>

#include "repository/entity.hpp"

namespace bm {

/// What the system says about one file. A symbolic link is itself, never what it points to.
struct FileStatus {
    FileStamp stamp;
    Timestamp born;  ///< birth time where there is one, else the earlier of mtime and ctime
    mode_t mode;     ///< kind and permissions, as in stat(2)
    uid_t owner;
    gid_t group;
    dev_t device;
};

/// None with errno set when the system refuses.
std::optional<FileStatus> status_of(int file);
std::optional<FileStatus> status_of(int folder, const std::string& name);

/// What stat(2) and its kin say, as FileStatus has it.
FileStamp stamp_from(const struct stat& seen);

/// Whether a change after `then` gives the file another stamp. File systems tell times in steps of
/// some milliseconds, or of one or two seconds, so what has just been changed may be changed again
/// under the same stamp. What was changed in a far future (its clock was wrong) cannot be.
bool is_settled(const FileStamp& stamp, Timestamp then);

/// Whether the folder's own list has exactly this spelling.
bool lists_name(int folder, const std::string& name);

}  // namespace bm
