#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "repository/history_record.hpp"
#include "repository/history_volume.hpp"
#include "repository/version_frame.hpp"

namespace bm {

/// How much is kept.
struct HistoryLimits {
    std::chrono::days max_age{90};
    std::uint64_t max_bytes = 500'000'000;
};

/// What pruning took away, or what there is.
struct HistorySize {
    std::size_t versions = 0;
    std::uint64_t bytes = 0;  ///< on the disk, journals included
};

/// Earlier versions of notes. Each project has volumes (`history_volume`) that are only appended to
/// and go as a whole, the oldest first. Equal bytes are kept once in a volume. Nothing is synced to
/// the disk: a power cut may cost the newest versions, never a note. A project is named by its
/// folder: another folder has another past, whatever the projects are called. Files that are not
/// ours stay. Thread-safe, and safe beside other processes and their sudden end.
class NoteHistory {
public:
    /// Everything lies in `folder`, which is made by the first version.
    explicit NoteHistory(std::filesystem::path folder);

    /// Adds a line to the project's journal and keeps the bytes, if there are any and they are not
    /// more than kMaxKeptBytes; checksum, size and frame of the record are filled in. How many
    /// bytes it took. Fault::unavailable with the reason and a way out.
    Result<std::uint64_t> keep(const std::filesystem::path& project, HistoryRecord record,
                               std::optional<std::string_view> bytes,
                               const HistoryLimits& limits = {}) const;

    /// The records of a project, the latest first, until `visit` gives false. Lines that were not
    /// written to their end are left out; those whose bytes are gone have no checksum. Throws
    /// std::system_error when what is there cannot be read.
    void each(const std::filesystem::path& project,
              const std::function<bool(const HistoryRecord&)>& visit) const;

    /// The bytes of a record that each() gave. Fault::not_found, Fault::unavailable when they
    /// cannot be read, or Fault::invalid when what is there is not what was kept.
    [[nodiscard]] Result<std::string> bytes(const std::filesystem::path& project,
                                            const HistoryRecord& record) const;

    /// The folder of a project is another one from now on.
    void follow(const std::filesystem::path& from, const std::filesystem::path& to) const;

    /// Takes away all that is kept of a project.
    void forget(const std::filesystem::path& project) const;

    /// Reads all journals.
    [[nodiscard]] HistorySize size() const;
    /// Takes away what is too old, then the oldest of what is too much.
    HistorySize prune(const HistoryLimits& limits, Timestamp now) const;
    /// The same for threads in the background: what is too old goes at most once a day over all
    /// processes, and not by a clock that has leapt since the last time. None when another process
    /// is at it.
    std::optional<HistorySize> tend(const HistoryLimits& limits, Timestamp now) const;

private:
    Result<std::uint64_t> keep_now(const std::filesystem::path& project, HistoryRecord record,
                                   std::optional<std::string_view> bytes,
                                   const HistoryLimits& limits) const;
    /// The newest volume of a project, and what lies in there.
    struct Known {
        std::string volume;
        std::uint64_t read_to = 0;  ///< of its journal
        std::map<Checksum, HistoryFrame> frames;
    };
    [[nodiscard]] Result<OpenVolume> volume_for(const std::string& project, Timestamp at,
                                                std::uint64_t volume_bytes) const;
    [[nodiscard]] Result<OpenVolume> volume_in(int shelf, const std::string& project, Timestamp at,
                                               std::uint64_t volume_bytes) const;
    [[nodiscard]] std::optional<HistoryFrame> known_frame(const std::string& project,
                                                          const OpenVolume& volume,
                                                          const Checksum& checksum) const;
    [[nodiscard]] Result<HistoryFrame> frame_of(const std::string& project,
                                                const OpenVolume& volume, const Checksum& checksum,
                                                std::string_view bytes) const;
    [[nodiscard]] bool is_time_to_forget(int history, const HistoryLimits& limits,
                                         Timestamp now) const;
    HistorySize prune_by(std::optional<Timestamp> oldest, std::uint64_t max_bytes) const;

    std::filesystem::path folder_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, Known> known_;  ///< by the project's folder in the history
};

}  // namespace bm
