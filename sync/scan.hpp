#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/names.hpp"
#include "repository/entity.hpp"
#include "sync/ignore_rules.hpp"
#include "sync/unreadable_folder.hpp"

namespace bm {

/// A file as the walk saw it.
struct SeenFile {
    RelativePath path;
    FileStamp stamp;
};

/// Is called for each file in ascending byte order of the path.
using FileSink = std::function<void(SeenFile)>;

/// What a walk has to say beside the files.
struct ScanResult {
    std::int64_t files = 0;
    std::vector<std::string> unreadable_folders;  ///< nothing is known about what lies below them
    Hindrances hindrances;                        ///< what was in the way, of each of them
    std::vector<std::string> bad_names;           ///< names that are not UTF-8, made printable
    std::vector<std::string> leftovers;           ///< unfinished files of writers that died
};

/// What becomes of unfinished files that a killed writer of ours left behind an hour ago and
/// longer.
enum class Leftovers { stay, go };

struct WalkOptions {
    std::stop_token stop = {};
    Leftovers leftovers = Leftovers::stay;
    Timestamp now = system_now();
};

/// Walks a project without following symbolic links, without a shell, with one open descriptor and
/// the names of one folder in memory for each level. Leftovers are listed, and removed where asked
/// for. Fault::unavailable when the root itself cannot be read.
Result<ScanResult> scan_folder(const std::filesystem::path& root, const IgnoreRules& rules,
                               const FileSink& seen, const WalkOptions& options = {});

/// The same for a part of a project: only the named files and what lies below the named folders is
/// looked at. `paths` are sorted, none below another.
Result<ScanResult> scan_paths(const std::filesystem::path& root, const IgnoreRules& rules,
                              const std::vector<std::string>& paths, const FileSink& seen,
                              const WalkOptions& options = {});

/// What a scan would say of one path.
enum class Presence {
    listed,
    absent,   ///< no such file, behind a symbolic link, or ignored
    unknown,  ///< nobody may look
};
Presence presence_of(const std::filesystem::path& root, const IgnoreRules& rules,
                     const RelativePath& path);

/// Names of the regular files directly in `folder` (relative to `root`, "" for the root itself),
/// sorted. Empty when there is no such folder. No symbolic link below the root is followed.
std::vector<std::string> names_in_folder(const std::filesystem::path& root,
                                         std::string_view folder);

}  // namespace bm
