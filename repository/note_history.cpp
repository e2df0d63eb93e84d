#include "repository/note_history.hpp"

#include <algorithm>
#include <cstdio>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "repository/file_lock.hpp"
#include "repository/file_status.hpp"
#include "repository/history_folder.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::hours kPauseBetweenPrunings{24};
// What goes at once when there is too much, and what a search for equal bytes is bounded by.
constexpr std::uint64_t kMostVolumeBytes = 4'000'000;
constexpr std::uint64_t kFewestVolumeBytes = 64'000;
constexpr std::uint64_t kVolumes = 32;
constexpr unsigned kLastVolumeOfDay = 9999;
// What a process that begins looks through for equal bytes.
constexpr std::uint64_t kLookedBack = 64U << 10U;
constexpr std::size_t kMostKnown = 4096;
constexpr int kMostAttempts = 5;
// Of the checksum of a project's folder, in the name of its shelf.
constexpr std::size_t kShelfDigits = 16;

std::uint64_t volume_bytes(const HistoryLimits& limits) {
    return std::clamp(limits.max_bytes / kVolumes, kFewestVolumeBytes, kMostVolumeBytes);
}

/// Readable, and the folder's own whatever its name.
std::string shelf_name(const fs::path& project) {
    constexpr std::size_t longest = 40;
    fs::path folder = project.lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    std::string name;
    for (const char c : folder.filename().string().substr(0, longest)) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '_';
        name += is_plain ? c : '-';
    }
    return name + '-' + checksum_of(folder.string()).hex().substr(0, kShelfDigits);
}

Result<Descriptor> open_shelf(const fs::path& history, const std::string& name,
                              MissingFolders missing) {
    return open_history_folder(history, missing).and_then([&](const Descriptor& folder) {
        return open_folder_in(folder.number(), name, missing);
    });
}

/// A folder that shelf_name made.
bool is_shelf_name(std::string_view name) {
    if (name.size() <= kShelfDigits) return false;
    const std::string_view digits = name.substr(name.size() - kShelfDigits);
    return name[name.size() - kShelfDigits - 1] == '-' &&
           digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Unless something is in there.
void remove_empty_shelf(int history, const std::string& name) {
    ::unlinkat(history, name.c_str(), AT_REMOVEDIR);
}

tl::unexpected<Error> not_there_any_more() {
    return fail(Fault::not_found, "it is not there any more");
}

/// Nothing is too old where the limit reaches back further than the clock can tell.
std::optional<Timestamp> oldest_kept(const HistoryLimits& limits, Timestamp now) {
    const auto since_1970 = std::chrono::floor<std::chrono::days>(now.time_since_epoch());
    if (limits.max_age >= since_1970) return std::nullopt;
    return now - limits.max_age;
}

}  // namespace

NoteHistory::NoteHistory(fs::path folder) : folder_(std::move(folder)) {}

Result<OpenVolume> NoteHistory::volume_for(const std::string& project, Timestamp at,
                                           std::uint64_t volume_bytes) const {
    const auto try_once = [&] {
        return open_shelf(folder_, project, MissingFolders::make)
            .and_then([&](const Descriptor& shelf) {
                return volume_in(shelf.number(), project, at, volume_bytes);
            });
    };
    auto volume = try_once();
    // Whoever prunes takes away a shelf that is empty, as ours was a moment ago.
    for (int attempt = 1; !volume && attempt < kMostAttempts; ++attempt) volume = try_once();
    return volume;
}

Result<OpenVolume> NoteHistory::volume_in(int shelf, const std::string& project, Timestamp at,
                                          std::uint64_t volume_bytes) const {
    const std::string day = history_day(at);
    std::optional<unsigned> number;
    {
        const std::scoped_lock lock(mutex_);
        number = volume_number(known_[project].volume, day);
    }
    if (!number) {
        number = 1;
        for (const auto& name : volumes_in(shelf)) {
            if (const auto of_today = volume_number(name, day)) number = of_today;
        }
    }
    while (true) {
        auto volume = open_volume(shelf, volume_name(day, *number));
        if (!volume || *number == kLastVolumeOfDay) return volume;
        if (volume->journal_bytes + volume->pack_bytes < volume_bytes) return volume;
        ++*number;
    }
}

std::optional<HistoryFrame> NoteHistory::known_frame(const std::string& project,
                                                     const OpenVolume& volume,
                                                     const Checksum& checksum) const {
    const std::scoped_lock lock(mutex_);
    Known& known = known_[project];
    if (known.volume != volume.name || known.read_to > volume.journal_bytes) {
        known = {volume.name, 0, {}};
    }
    if (known.frames.size() > kMostKnown) known.frames.clear();
    // Other processes have written, too.
    const std::uint64_t unread = volume.journal_bytes - known.read_to;
    const std::uint64_t looked_at = std::min(unread, kLookedBack);
    const auto text =
        bytes_at(volume.journal.number(), volume.journal_bytes - looked_at, looked_at);
    if (text) {
        visit_lines(*text, [&known](HistoryRecord&& record) {
            if (record.frame) known.frames.try_emplace(*record.checksum, *record.frame);
            return true;
        });
    }
    known.read_to = volume.journal_bytes;
    const auto found = known.frames.find(checksum);
    if (found == known.frames.end()) return std::nullopt;
    return found->second;
}

Result<HistoryFrame> NoteHistory::frame_of(const std::string& project, const OpenVolume& volume,
                                           const Checksum& checksum, std::string_view bytes) const {
    if (const auto known = known_frame(project, volume, checksum)) {
        const auto there = bytes_at(volume.pack.number(), known->offset, known->length);
        if (there && version_in(*there, checksum)) return *known;
    }
    const auto frame = version_frame(bytes);
    if (!frame) return tl::unexpected(frame.error());
    return append_whole(volume.pack.number(), *frame).map([&](std::uint64_t offset) {
        HistoryFrame kept{"", offset, frame->size()};
        const std::scoped_lock lock(mutex_);
        Known& known = known_[project];
        if (known.volume == volume.name) known.frames.insert_or_assign(checksum, kept);
        return kept;
    });
}

Result<std::uint64_t> NoteHistory::keep(const fs::path& project, HistoryRecord record,
                                        std::optional<std::string_view> bytes,
                                        const HistoryLimits& limits) const {
    return keep_now(project, std::move(record), bytes, limits).map_error([](const Error& error) {
        return Error{error.fault, with_way_out(error.message)};
    });
}

Result<std::uint64_t> NoteHistory::keep_now(const fs::path& project, HistoryRecord record,
                                            std::optional<std::string_view> bytes,
                                            const HistoryLimits& limits) const {
    const std::string name = shelf_name(project);
    const auto volume = volume_for(name, record.at, volume_bytes(limits));
    if (!volume) return tl::unexpected(volume.error());
    record.checksum.reset();
    record.frame.reset();
    record.size = bytes ? static_cast<std::int64_t>(bytes->size()) : record.size;
    if (bytes && bytes->size() <= kMaxKeptBytes) {
        record.checksum = checksum_of(*bytes);
        auto frame = frame_of(name, *volume, *record.checksum, *bytes);
        if (!frame) return tl::unexpected(frame.error());
        record.frame = *std::move(frame);
    }
    // What a full disk left of an earlier line ends before this one.
    const std::string line = '\n' + history_line(record) + '\n';
    return append_whole(volume->journal.number(), line).map([&](std::uint64_t) {
        return line.size() + (record.frame ? record.frame->length : 0);
    });
}

void NoteHistory::each(const fs::path& project,
                       const std::function<bool(const HistoryRecord&)>& visit) const {
    const auto history = folder_to_read(AT_FDCWD, folder_.string());
    if (!history) return;
    const auto shelf = folder_to_read(history->number(), shelf_name(project));
    if (!shelf) return;
    const auto volumes = volumes_of(names_to_read(shelf->number()));
    for (auto volume = volumes.rbegin(); volume != volumes.rend(); ++volume) {
        if (!visit_volume(shelf->number(), *volume, visit)) return;
    }
}

Result<std::string> NoteHistory::bytes(const fs::path& project, const HistoryRecord& record) const {
    if (!record.frame || !record.checksum) return not_there_any_more();
    return open_shelf(folder_, shelf_name(project), MissingFolders::refuse)
        .and_then(
            [&](const Descriptor& shelf) { return read_frame(shelf.number(), *record.frame); })
        .and_then([&](const std::string& frame) { return version_in(frame, *record.checksum); })
        .or_else([](const Error& error) -> Result<std::string> {
            if (error.fault == Fault::not_found) return not_there_any_more();
            return fail(error.fault, with_way_out(error.message));
        });
}

void NoteHistory::follow(const fs::path& from, const fs::path& to) const {
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return;
    // A folder that has a past of its own keeps it.
    [[maybe_unused]] const int moved =
        ::renameat2(history->number(), shelf_name(from).c_str(), history->number(),
                    shelf_name(to).c_str(), RENAME_NOREPLACE);
}

void NoteHistory::forget(const fs::path& project) const {
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return;
    const std::string name = shelf_name(project);
    const auto shelf = open_folder_in(history->number(), name, MissingFolders::refuse);
    if (!shelf) return;
    for (const auto& volume : volumes_in(shelf->number())) remove_volume(shelf->number(), volume);
    remove_empty_shelf(history->number(), name);
    const std::scoped_lock lock(mutex_);
    known_.erase(name);
}

HistorySize NoteHistory::size() const {
    HistorySize size;
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return size;
    for (const auto& name : names_in(history->number())) {
        const auto shelf = open_folder_in(history->number(), name, MissingFolders::refuse);
        if (!shelf) continue;
        for (const auto& volume : volumes_in(shelf->number())) {
            size.versions += count_versions(shelf->number(), volume);
            size.bytes += status_of_volume(shelf->number(), volume).bytes;
        }
    }
    return size;
}

HistorySize NoteHistory::prune(const HistoryLimits& limits, Timestamp now) const {
    return prune_by(oldest_kept(limits, now), limits.max_bytes);
}

HistorySize NoteHistory::prune_by(std::optional<Timestamp> oldest, std::uint64_t max_bytes) const {
    HistorySize pruned;
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return pruned;
    struct Old {
        std::string day;
        std::int64_t changed_ns;
        std::string shelf;
        std::string volume;
        std::uint64_t bytes;
    };
    std::vector<Old> volumes;
    std::uint64_t total = 0;
    for (const auto& name : names_in(history->number())) {
        const auto shelf = open_folder_in(history->number(), name, MissingFolders::refuse);
        if (!shelf) continue;
        for (auto& volume : volumes_in(shelf->number())) {
            const auto status = status_of_volume(shelf->number(), volume);
            total += status.bytes;
            std::string day = volume.substr(0, volume.find('.'));
            volumes.push_back(
                {std::move(day), status.changed_ns, name, std::move(volume), status.bytes});
        }
    }
    std::sort(volumes.begin(), volumes.end(), [](const Old& one, const Old& other) {
        return std::tie(one.day, one.changed_ns, one.volume) <
               std::tie(other.day, other.changed_ns, other.volume);
    });
    const std::string first_day = oldest ? history_day(*oldest) : "";
    for (const auto& old : volumes) {
        if (old.day >= first_day && total <= max_bytes) break;
        const auto shelf = open_folder_in(history->number(), old.shelf, MissingFolders::refuse);
        if (!shelf) continue;
        pruned.versions += count_versions(shelf->number(), old.volume);
        pruned.bytes += old.bytes;
        total -= old.bytes;
        remove_volume(shelf->number(), old.volume);
    }
    for (const auto& name : names_in(history->number())) {
        if (is_shelf_name(name)) remove_empty_shelf(history->number(), name);
    }
    return pruned;
}

/// Whether versions may go by their age now; if so, not again before a day is over. After a leap of
/// the clock, or a long time without us, a day has to pass first.
bool NoteHistory::is_time_to_forget(int history, const HistoryLimits& limits, Timestamp now) const {
    constexpr const char* stamp_name = "pruned";
    const auto stamp = status_of(history, stamp_name);
    const auto since =
        stamp ? now - timestamp_from_ns(stamp->stamp.mtime_ns) : std::chrono::microseconds::zero();
    if (stamp && since >= -kPauseBetweenPrunings && since < kPauseBetweenPrunings) return false;
    const Descriptor file(::openat(history, stamp_name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                                   S_IRUSR | S_IWUSR));
    if (!file || !set_file_time(file.number(), now)) return false;
    const auto leap = std::max<std::chrono::microseconds>(
        2 * kPauseBetweenPrunings, std::min(limits.max_age, std::chrono::days(400)) / 4);
    return stamp && since > std::chrono::microseconds::zero() && since <= leap;
}

std::optional<HistorySize> NoteHistory::tend(const HistoryLimits& limits, Timestamp now) const {
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return std::nullopt;
    const auto lock = FileLock::try_acquire(folder_ / "prune.lock");
    if (!lock) return std::nullopt;
    const bool forgets = is_time_to_forget(history->number(), limits, now);
    return prune_by(forgets ? oldest_kept(limits, now) : std::nullopt, limits.max_bytes);
}

}  // namespace bm
