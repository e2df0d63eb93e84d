#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/clock.hpp"
#include "repository/descriptor.hpp"
#include "repository/history_record.hpp"

/// One volume of a project's history: a journal with a line for each record, and beside it the pack
/// with the bytes that its lines point to. Both are only appended to, each time by one call, so
/// that what several processes write does not mix.
namespace bm {

/// `2026-11-24`, in UTC.
std::string history_day(Timestamp at);
/// `2026-11-24.0001`: volumes in the order of their names are in the order of time.
std::string volume_name(std::string_view day, unsigned number);
/// The number of a volume of that day; none for another day's.
std::optional<unsigned> volume_number(std::string_view name, std::string_view day);
/// The volumes in a folder, oldest first. Other files are passed over. None when it cannot be read.
std::vector<std::string> volumes_in(int folder);
/// The same of a folder with these files.
std::vector<std::string> volumes_of(const std::vector<std::string>& files);

/// A volume that is written to.
struct OpenVolume {
    std::string name;
    Descriptor journal;
    Descriptor pack;
    std::uint64_t journal_bytes = 0;
    std::uint64_t pack_bytes = 0;
    Descriptor shelf;  ///< held, so that nobody removes it meanwhile
};
/// Makes what is missing. Fault::unavailable with the bare reason.
Result<OpenVolume> open_volume(int folder, std::string name);

/// Writes at the end of a file that was opened with O_APPEND, by one call. Where the bytes begin.
/// Fault::unavailable.
Result<std::uint64_t> append_whole(int file, std::string_view bytes);

/// The records of a volume, the latest first, until `visit` gives false; then false. Those whose
/// bytes are not in the pack any more come without checksum. Throws std::system_error when the
/// journal cannot be read.
bool visit_volume(int folder, const std::string& name,
                  const std::function<bool(const HistoryRecord&)>& visit);
/// The records in a piece of a journal, the latest first, until `visit` gives false; then false.
bool visit_lines(std::string_view text, const std::function<bool(HistoryRecord&&)>& visit);

/// The frame that a record points to. Fault::not_found, unavailable.
Result<std::string> read_frame(int folder, const HistoryFrame& frame);

struct VolumeStatus {
    std::uint64_t bytes = 0;      ///< on the disk
    std::int64_t changed_ns = 0;  ///< last
};
VolumeStatus status_of_volume(int folder, const std::string& name);
/// How many versions it holds.
std::size_t count_versions(int folder, const std::string& name);
/// Waits until nobody writes into the folder.
void remove_volume(int folder, const std::string& name);

}  // namespace bm
