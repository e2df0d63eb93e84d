#include "repository/history_volume.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "repository/file_status.hpp"
#include "repository/history_folder.hpp"
#include "repository/version_frame.hpp"

namespace bm {

namespace {

constexpr std::string_view kJournalSuffix = ".log";
constexpr std::string_view kPackSuffix = ".pack";
constexpr std::size_t kDayLength = 10;
constexpr std::size_t kNumberDigits = 4;
constexpr std::size_t kNameLength = kDayLength + 1 + kNumberDigits;
// A journal ends long before; of a longer one the end is looked at.
constexpr std::size_t kMaxJournalBytes = std::size_t{64} << 20U;

std::string journal_of(const std::string& name) { return name + std::string(kJournalSuffix); }
std::string pack_of(const std::string& name) { return name + std::string(kPackSuffix); }

bool is_volume_name(std::string_view name) {
    if (name.size() != kNameLength) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool is_hyphen = i == 4 || i == 7;
        const char c = name[i];
        if (is_hyphen ? c != '-' : i == kDayLength ? c != '.' : c < '0' || c > '9') return false;
    }
    return true;
}

Result<Descriptor> open_appended(int folder, const std::string& name, std::uint64_t& size) {
    Descriptor file(::openat(folder, name.c_str(),
                             O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                             S_IRUSR | S_IWUSR));
    struct stat seen {};
    if (!file || ::fstat(file.number(), &seen) != 0) {
        return fail(Fault::unavailable, reason_of(errno));
    }
    if (!S_ISREG(seen.st_mode)) return fail(Fault::unavailable, "it is not a file");
    size = static_cast<std::uint64_t>(seen.st_size);
    return file;
}

bool lies_in(const HistoryFrame& frame, std::uint64_t pack_bytes) {
    return frame.offset <= pack_bytes && frame.length <= pack_bytes - frame.offset;
}

}  // namespace

std::string history_day(Timestamp at) { return iso8601_utc(at).substr(0, kDayLength); }

std::string volume_name(std::string_view day, unsigned number) {
    const std::string digits = std::to_string(number);
    std::string name(day);
    name += '.';
    name.append(kNumberDigits - std::min(kNumberDigits, digits.size()), '0');
    return name + digits;
}

std::optional<unsigned> volume_number(std::string_view name, std::string_view day) {
    if (!is_volume_name(name) || !name.starts_with(day)) return std::nullopt;
    unsigned number = 0;
    std::from_chars(name.data() + kDayLength + 1, name.data() + name.size(), number);
    return number;
}

std::vector<std::string> volumes_of(const std::vector<std::string>& files) {
    std::vector<std::string> volumes;
    for (const std::string& file : files) {
        std::string_view name = file;
        if (name.ends_with(kJournalSuffix)) {
            name.remove_suffix(kJournalSuffix.size());
        } else if (name.ends_with(kPackSuffix)) {
            name.remove_suffix(kPackSuffix.size());
        } else {
            continue;
        }
        if (is_volume_name(name) && (volumes.empty() || volumes.back() != name)) {
            volumes.emplace_back(name);
        }
    }
    return volumes;
}

std::vector<std::string> volumes_in(int folder) { return volumes_of(names_in(folder)); }

Result<OpenVolume> open_volume(int folder, std::string name) {
    OpenVolume volume;
    volume.shelf = hold_folder(folder, FolderUse::shared);
    auto journal = open_appended(folder, journal_of(name), volume.journal_bytes);
    if (!journal) return tl::unexpected(journal.error());
    auto pack = open_appended(folder, pack_of(name), volume.pack_bytes);
    if (!pack) return tl::unexpected(pack.error());
    volume.name = std::move(name);
    volume.journal = *std::move(journal);
    volume.pack = *std::move(pack);
    return volume;
}

Result<std::uint64_t> append_whole(int file, std::string_view bytes) {
    ssize_t written = 0;
    do {
        written = ::write(file, bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
    if (written < 0) return fail(Fault::unavailable, reason_of(errno));
    if (static_cast<std::size_t>(written) != bytes.size()) {
        return fail(Fault::unavailable, reason_of(ENOSPC));
    }
    const off_t end = ::lseek(file, 0, SEEK_CUR);
    if (end < 0) return fail(Fault::unavailable, reason_of(errno));
    return static_cast<std::uint64_t>(end) - bytes.size();
}

bool visit_lines(std::string_view text, const std::function<bool(HistoryRecord&&)>& visit) {
    while (!text.empty()) {
        const std::size_t line_break = text.rfind('\n');
        const bool is_first = line_break == std::string_view::npos;
        const std::string_view line = text.substr(is_first ? 0 : line_break + 1);
        text = is_first ? std::string_view() : text.substr(0, line_break);
        if (line.empty()) continue;
        auto record = parse_history_line(line);
        if (record && !visit(*std::move(record))) return false;
    }
    return true;
}

namespace {

bool visit_journal(const std::string& text, int folder, const std::string& name,
                   const std::function<bool(const HistoryRecord&)>& visit) {
    const auto pack = status_of(folder, pack_of(name));
    const auto pack_bytes = pack ? static_cast<std::uint64_t>(pack->stamp.size) : 0;
    return visit_lines(text, [&](HistoryRecord&& record) {
        if (record.frame) {
            record.frame->volume = name;
            if (!lies_in(*record.frame, pack_bytes)) record.frame.reset();
        }
        if (!record.frame) record.checksum.reset();
        return visit(record);
    });
}

}  // namespace

bool visit_volume(int folder, const std::string& name,
                  const std::function<bool(const HistoryRecord&)>& visit) {
    const auto text = tail_to_read(folder, journal_of(name), kMaxJournalBytes);
    return !text || visit_journal(*text, folder, name, visit);
}

Result<std::string> read_frame(int folder, const HistoryFrame& frame) {
    return bytes_of_file(folder, pack_of(frame.volume), frame.offset, frame.length);
}

VolumeStatus status_of_volume(int folder, const std::string& name) {
    VolumeStatus status;
    for (const auto& file : {journal_of(name), pack_of(name)}) {
        struct stat seen {};
        if (::fstatat(folder, file.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) continue;
        constexpr std::uint64_t block_bytes = 512;
        status.bytes += std::max(static_cast<std::uint64_t>(seen.st_size),
                                 static_cast<std::uint64_t>(seen.st_blocks) * block_bytes);
        status.changed_ns = std::max(status.changed_ns, stamp_from(seen).mtime_ns);
    }
    return status;
}

std::size_t count_versions(int folder, const std::string& name) {
    const auto text = tail_of_file(folder, journal_of(name), kMaxJournalBytes);
    if (!text) return 0;
    std::set<std::uint64_t> offsets;
    visit_journal(*text, folder, name, [&offsets](const HistoryRecord& record) {
        if (record.frame) offsets.insert(record.frame->offset);
        return true;
    });
    return offsets.size();
}

void remove_volume(int folder, const std::string& name) {
    // Whoever opened it between the two would write a journal whose pack is about to go.
    const Descriptor held = hold_folder(folder, FolderUse::alone);
    // First what points, so that nothing ever points to what is not there.
    ::unlinkat(folder, journal_of(name).c_str(), 0);
    ::unlinkat(folder, pack_of(name).c_str(), 0);
}

}  // namespace bm
