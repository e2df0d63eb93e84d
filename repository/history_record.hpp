#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "markdown/names.hpp"
#include "repository/checksum.hpp"
#include "repository/clock.hpp"

namespace bm {

/// What happened to a note when a version of it was kept.
enum class HistoryAction {
    overwritten,  ///< the version that was replaced
    deleted,      ///< the last version
    moved,        ///< the version before its permalink changed; no bytes when nothing did
    external,     ///< the version that another program left behind
};
std::string_view name_of(HistoryAction action) noexcept;

/// Where the bytes of a version lie.
struct HistoryFrame {
    std::string volume;  ///< that whoever reads the record fills in: a line points beside itself
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    friend bool operator==(const HistoryFrame&, const HistoryFrame&) = default;
};

/// One line of the journal of a project.
struct HistoryRecord {
    Timestamp at;
    HistoryAction action;
    RelativePath path;                                ///< of a moved note the new one
    std::optional<RelativePath> from;                 ///< where a moved note came from
    std::string permalink;                            ///< empty when not known
    std::string title;                                ///< empty when not known
    std::optional<Checksum> checksum = std::nullopt;  ///< absent: its bytes were not kept
    std::int64_t size = 0;
    std::optional<HistoryFrame> frame = std::nullopt;  ///< there together with the checksum
    /// When the file with this version was written, as far as that is known.
    std::optional<Timestamp> since = std::nullopt;

    friend bool operator==(const HistoryRecord&, const HistoryRecord&) = default;
};

/// The record as a line, without line break. Long titles are cut.
std::string history_line(const HistoryRecord& record);
/// None for a line that was not written to its end, or that is no record.
std::optional<HistoryRecord> parse_history_line(std::string_view line);

}  // namespace bm
