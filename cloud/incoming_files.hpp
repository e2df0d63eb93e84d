#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cloud/cloud_failure.hpp"
#include "repository/entity.hpp"

namespace bm {

/// A file that has been fetched and is to take its place.
struct IncomingFile {
    std::string name;  ///< below the folder of what was fetched
    std::string to;    ///< below the root
    /// What it replaces, in that state and in no other; none: its name must be free.
    std::optional<FileStamp> replaces = std::nullopt;
};

/// A folder that files are fetched into before any of them takes its place: a transfer that breaks
/// off, and one that takes long, cost nothing that is here. What is in it goes with it.
class IncomingFiles {
public:
    /// What a run that died has left there goes.
    explicit IncomingFiles(std::filesystem::path folder);
    IncomingFiles(const IncomingFiles&) = delete;
    IncomingFiles& operator=(const IncomingFiles&) = delete;
    ~IncomingFiles();

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    [[nodiscard]] bool has(const std::string& name) const;
    /// Whole or not at all, with its time. What it replaces is below `trash` before; true when it
    /// took its place, false when what is there is not what was to be replaced, and has stayed.
    /// Fault::local_io.
    [[nodiscard]] CloudResult<bool> place(const std::filesystem::path& root,
                                          const IncomingFile& file,
                                          const std::filesystem::path& trash) const;

private:
    std::filesystem::path folder_;
};

}  // namespace bm
