#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "repository/history_record.hpp"
#include "repository/version_blobs.hpp"

namespace bm {

/// How much is kept.
struct HistoryLimits {
    std::chrono::days max_age{90};
    std::uint64_t max_bytes = 500'000'000;
};

/// What pruning took away, or what there is.
struct HistorySize {
    std::size_t versions = 0;
    std::uint64_t bytes = 0;  ///< on the disk
};

/// Earlier versions of notes: a journal for each project and day, and the bytes beside it. Nothing
/// is synced to the disk: a power cut may cost the newest versions, never a note. Thread-safe, and
/// safe beside other processes and their sudden end.
class NoteHistory {
public:
    /// Everything lies in `folder`, which is made by the first version.
    explicit NoteHistory(std::filesystem::path folder);

    /// Adds a line to the project's journal and keeps the bytes, if there are any and they are not
    /// more than kMaxKeptBytes; checksum and size of the record are filled in. Fault::unavailable.
    Result<void> keep(std::string_view project, HistoryRecord record,
                      std::optional<std::string_view> bytes) const;

    /// The records of a project, the latest first, until `visit` gives false. Lines that were not
    /// written to their end are left out.
    void each(std::string_view project,
              const std::function<bool(const HistoryRecord&)>& visit) const;

    /// Whether the bytes of a record are still there.
    [[nodiscard]] bool has(const Checksum& checksum) const { return blobs_.has(checksum); }
    /// Fault::not_found, or Fault::invalid when what is there is not what was kept.
    [[nodiscard]] Result<std::string> bytes(const Checksum& checksum) const {
        return blobs_.get(checksum);
    }

    [[nodiscard]] HistorySize size() const;
    /// Takes away what is too old, then the oldest of what is too much.
    HistorySize prune(const HistoryLimits& limits, Timestamp now) const;
    /// The same, at most once a day over all processes; nothing when it is not due.
    std::optional<HistorySize> prune_if_due(const HistoryLimits& limits, Timestamp now) const;

private:
    void forget_days_before(Timestamp oldest) const;

    std::filesystem::path folder_;
    VersionBlobs blobs_;
};

}  // namespace bm
