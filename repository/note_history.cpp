#include "repository/note_history.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "repository/file_lock.hpp"
#include "repository/file_status.hpp"
#include "repository/history_folder.hpp"

namespace bm {

namespace {

constexpr const char* kJournal = "journal";
constexpr std::string_view kDaySuffix = ".log";
constexpr std::size_t kDateLength = 10;
// More than a day's lines of any person; of a longer day the end is looked at.
constexpr std::size_t kMaxDayBytes = std::size_t{64} << 20U;
constexpr std::chrono::hours kPauseBetweenPrunings{24};

/// Readable, and the project's own whatever its name.
std::string folder_of_project(std::string_view project) {
    constexpr std::size_t longest = 40;
    std::string name;
    for (const char c : project.substr(0, longest)) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '_';
        name += is_plain ? c : '-';
    }
    return name + '-' + checksum_of(project).short_hex();
}

/// `2026-11-24`, in UTC.
std::string date_of(Timestamp at) { return iso8601_utc(at).substr(0, kDateLength); }

bool is_day(std::string_view name) {
    return name.size() == kDateLength + kDaySuffix.size() && name.ends_with(kDaySuffix);
}

Result<void> append_line(int folder, const std::string& name, const std::string& line) {
    const Descriptor file(::openat(folder, name.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                                   S_IRUSR | S_IWUSR));
    if (!file) return fail(Fault::unavailable, reason_of(errno));
    // One call for the whole line, so that those of several processes do not mix.
    ssize_t written = 0;
    do {
        written = ::write(file.number(), line.data(), line.size());
    } while (written < 0 && errno == EINTR);
    if (written < 0) return fail(Fault::unavailable, reason_of(errno));
    if (static_cast<std::size_t>(written) != line.size()) {
        return fail(Fault::unavailable, reason_of(ENOSPC));
    }
    return {};
}

}  // namespace

NoteHistory::NoteHistory(std::filesystem::path folder)
    : folder_(std::move(folder)), blobs_(folder_) {}

Result<void> NoteHistory::keep(std::string_view project, HistoryRecord record,
                               std::optional<std::string_view> bytes) const {
    const auto history = open_history_folder(folder_, MissingFolders::make);
    if (!history) return tl::unexpected(history.error());
    record.checksum.reset();
    record.size = bytes ? static_cast<std::int64_t>(bytes->size()) : record.size;
    if (bytes && bytes->size() <= kMaxKeptBytes) {
        record.checksum = checksum_of(*bytes);
        try {
            auto kept = blobs_.put(*record.checksum, *bytes, record.at);
            if (!kept) return kept;
        } catch (const std::system_error& problem) {
            return fail(Fault::unavailable, problem.what());
        }
    }
    return open_folder_in(history->number(), kJournal, MissingFolders::make)
        .and_then([&](const Descriptor& journal) {
            return open_folder_in(journal.number(), folder_of_project(project),
                                  MissingFolders::make);
        })
        .and_then([&](const Descriptor& days) {
            // What a full disk left of an earlier line ends before this one.
            return append_line(days.number(), date_of(record.at) + std::string(kDaySuffix),
                               '\n' + history_line(record) + '\n');
        });
}

void NoteHistory::each(std::string_view project,
                       const std::function<bool(const HistoryRecord&)>& visit) const {
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return;
    const auto journal = open_folder_in(history->number(), kJournal, MissingFolders::refuse);
    if (!journal) return;
    const auto days =
        open_folder_in(journal->number(), folder_of_project(project), MissingFolders::refuse);
    if (!days) return;
    auto names = names_in(days->number());
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        if (!is_day(*name)) continue;
        const auto text = tail_of_file(days->number(), *name, kMaxDayBytes);
        if (!text) continue;
        std::string_view rest = *text;
        while (!rest.empty()) {
            const std::size_t line_break = rest.rfind('\n');
            const bool is_first = line_break == std::string_view::npos;
            const std::string_view line = rest.substr(is_first ? 0 : line_break + 1);
            rest = is_first ? std::string_view() : rest.substr(0, line_break);
            if (line.empty()) continue;
            const auto record = parse_history_line(line);
            if (record && !visit(*record)) return;
        }
    }
}

HistorySize NoteHistory::size() const {
    HistorySize size;
    blobs_.each([&size](const VersionBlobs::Blob& blob) {
        ++size.versions;
        size.bytes += blob.bytes;
    });
    return size;
}

HistorySize NoteHistory::prune(const HistoryLimits& limits, Timestamp now) const {
    std::vector<VersionBlobs::Blob> blobs;
    std::uint64_t total = 0;
    blobs_.each([&](const VersionBlobs::Blob& blob) {
        blobs.push_back(blob);
        total += blob.bytes;
    });
    std::sort(blobs.begin(), blobs.end(),
              [](const auto& a, const auto& b) { return a.kept_us < b.kept_us; });
    Timestamp oldest = now - limits.max_age;
    HistorySize pruned;
    for (const auto& blob : blobs) {
        const Timestamp kept{std::chrono::microseconds(blob.kept_us)};
        if (kept >= oldest && total <= limits.max_bytes) break;
        total -= blob.bytes;
        if (!blobs_.remove(blob)) continue;
        oldest = std::max(oldest, kept);
        ++pruned.versions;
        pruned.bytes += blob.bytes;
    }
    forget_days_before(oldest);
    return pruned;
}

void NoteHistory::forget_days_before(Timestamp oldest) const {
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return;
    const auto journal = open_folder_in(history->number(), kJournal, MissingFolders::refuse);
    if (!journal) return;
    const std::string first_kept = date_of(oldest);
    for (const auto& project : names_in(journal->number())) {
        const auto days = open_folder_in(journal->number(), project, MissingFolders::refuse);
        if (!days) continue;
        for (const auto& name : names_in(days->number())) {
            if (is_day(name) && name.substr(0, kDateLength) < first_kept) {
                ::unlinkat(days->number(), name.c_str(), 0);
            }
        }
    }
}

std::optional<HistorySize> NoteHistory::prune_if_due(const HistoryLimits& limits,
                                                     Timestamp now) const {
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return std::nullopt;
    constexpr const char* stamp_name = "pruned";
    const auto is_due = [&] {
        const auto stamp = status_of(history->number(), stamp_name);
        if (!stamp) return true;
        const auto since = now - Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(
                                     std::chrono::nanoseconds(stamp->stamp.mtime_ns)));
        // A stamp of tomorrow says that the clock was wrong.
        return since >= kPauseBetweenPrunings || since < -kPauseBetweenPrunings;
    };
    if (!is_due()) return std::nullopt;
    const auto lock = FileLock::try_acquire(folder_ / "prune.lock");
    if (!lock || !is_due()) return std::nullopt;
    const auto pruned = prune(limits, now);
    const Descriptor stamp(::openat(history->number(), stamp_name,
                                    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                                    S_IRUSR | S_IWUSR));
    if (stamp) set_file_time(stamp.number(), now);
    return pruned;
}

}  // namespace bm
