#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "markdown/result.hpp"
#include "repository/clock.hpp"
#include "repository/descriptor.hpp"
#include "repository/folder_walk.hpp"

/// The folders of the note history. No symbolic link among them is followed, so that nothing is
/// read or written elsewhere; made with mode 0700 and without an fsync.
namespace bm {

/// Opened with O_PATH. Fault::not_found when it is missing, else Fault::unavailable; the message is
/// the bare reason.
Result<Descriptor> open_history_folder(const std::filesystem::path& folder, MissingFolders missing);
Result<Descriptor> open_folder_in(int parent, const std::string& name, MissingFolders missing);

enum class FolderUse { shared, alone };
/// Waits until the folder may be used like that, by any thread or process, and keeps it so as long
/// as what it gives is open. Nothing where the system locks no folders.
Descriptor hold_folder(int folder, FolderUse use);

/// For who must not take what cannot be read for what is not there. None when there is no such
/// folder; throws std::system_error when the system refuses.
std::optional<Descriptor> folder_to_read(int parent, const std::string& name);

/// The names in a folder without "." and "..", sorted. None when it cannot be read.
std::vector<std::string> names_in(int folder);
/// The same; throws std::system_error when it cannot be read.
std::vector<std::string> names_to_read(int folder);

/// The bytes of a file, of a larger one the last `most`. Same faults.
Result<std::string> tail_of_file(int folder, const std::string& name, std::size_t most);
/// The same for who must not take what cannot be read for what is not there. None when there is no
/// such file; throws std::system_error when the system refuses.
std::optional<std::string> tail_to_read(int folder, const std::string& name, std::size_t most);
/// A part of a file; less when it ends before. Same faults.
Result<std::string> bytes_of_file(int folder, const std::string& name, std::uint64_t offset,
                                  std::uint64_t length);
/// The same of a file that is open.
Result<std::string> bytes_at(int file, std::uint64_t offset, std::uint64_t length);

/// Sets the time of the last change of an open file. False with errno set when the system refuses.
bool set_file_time(int file, Timestamp at);

}  // namespace bm
