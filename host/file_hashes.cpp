#include "host/file_hashes.hpp"

#include <cerrno>
#include <fstream>
#include <functional>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "markdown/percent_coding.hpp"
#include "repository/checksum.hpp"
#include "repository/clock.hpp"
#include "repository/file_status.hpp"
#include "repository/note_files.hpp"
#include "repository/old_digest.hpp"

namespace bm {

namespace {

// The file: this line, then for each entry four numbers and the digest, the lately asked for first,
// then the checksum of all that.
constexpr std::string_view kFirstLine = "bm file hashes 1\n";
constexpr std::size_t kEntryBytes = 4 * 8 + 16;
constexpr std::size_t kChecksumBytes = 32;

/// Opening a file costs about as much as reading so many bytes of one.
constexpr std::int64_t kCostOfOpening = 64 * 1024;
constexpr std::int64_t kMostUnsaved = 256 * std::int64_t{1024} * 1024;

void append_number(std::string& out, std::int64_t number) {
    const auto bits = static_cast<std::uint64_t>(number);
    for (unsigned shift = 0; shift < 64; shift += 8)
        out += static_cast<char>((bits >> shift) & 0xFFU);
}

std::int64_t number_at(std::string_view bytes) {
    std::uint64_t bits = 0;
    for (std::size_t at = 8; at-- > 0;) bits = bits << 8U | static_cast<std::uint8_t>(bytes[at]);
    return static_cast<std::int64_t>(bits);
}

unsigned digit_value(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    return static_cast<unsigned>(digit - 'a') + 10;
}

bool is_digest(std::string_view text) {
    return text.size() == 32 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

FileHashes::FileHashes(std::size_t most, std::filesystem::path file)
    : most_(most), file_(std::move(file)), is_loaded_(file_.empty()) {}

FileHashes::~FileHashes() {
    if (unsaved_ > 0) save();
}

std::size_t FileHashes::KeyHash::operator()(const FileStamp& key) const noexcept {
    std::size_t hash = std::hash<std::int64_t>()(key.inode);
    for (const std::int64_t part : {key.mtime_ns, key.size, key.ctime_ns})
        hash = hash * 1'000'003U ^ std::hash<std::int64_t>()(part);
    return hash;
}

std::optional<std::string> FileHashes::known(const FileStamp& stamp) {
    const std::scoped_lock lock(mutex_);
    load();
    const auto found = by_key_.find(stamp);
    if (found == by_key_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    const auto& md5 = found->second->md5;
    std::string text;
    append_hex(text, {reinterpret_cast<const char*>(md5.data()), md5.size()});
    return text;
}

std::optional<std::string> FileHashes::of(int file, const FileStamp& stamp, std::int64_t longest) {
    if (auto hash = known(stamp)) return hash;
    if (stamp.size > longest) return std::nullopt;
    const Timestamp begun = system_now();
    OldDigestStream digest(OldDigest::md5);
    std::array<char, 64 * 1024> piece{};
    off_t at = 0;
    while (true) {
        const ssize_t got = ::pread(file, piece.data(), piece.size(), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        digest.add({piece.data(), static_cast<std::size_t>(got)});
        at += got;
    }
    const auto after = status_of(file);
    if (!after || after->stamp != stamp) return std::nullopt;
    std::string md5 = digest.finish();
    if (is_settled(stamp, begun)) remember(stamp, md5);
    return md5;
}

void FileHashes::remember(const FileStamp& stamp, std::string_view md5) {
    if (!is_digest(md5)) return;
    Digest digest{};
    for (std::size_t at = 0; at < digest.size(); ++at)
        digest[at] = static_cast<unsigned char>(digit_value(md5[at * 2]) * 16 +
                                                digit_value(md5[at * 2 + 1]));
    bool is_much = false;
    {
        const std::scoped_lock lock(mutex_);
        load();
        insert(stamp, digest);
        unsaved_ += stamp.size + kCostOfOpening;
        is_much = unsaved_ >= kMostUnsaved;
    }
    if (is_much) save();
}

void FileHashes::insert(const FileStamp& stamp, const Digest& md5) {
    if (const auto found = by_key_.find(stamp); found != by_key_.end()) {
        found->second->md5 = md5;
        return;
    }
    entries_.push_front({stamp, md5});
    by_key_.emplace(stamp, entries_.begin());
    if (entries_.size() <= most_) return;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
}

std::string FileHashes::as_bytes() const {
    std::string bytes(kFirstLine);
    bytes.reserve(bytes.size() + entries_.size() * kEntryBytes + kChecksumBytes);
    for (const Entry& entry : entries_) {
        for (const std::int64_t number :
             {entry.key.mtime_ns, entry.key.size, entry.key.inode, entry.key.ctime_ns})
            append_number(bytes, number);
        for (const unsigned char byte : entry.md5) bytes += static_cast<char>(byte);
    }
    bytes += checksum_of(bytes).raw();
    return bytes;
}

void FileHashes::save() {
    if (file_.empty()) return;
    const std::scoped_lock one_at_a_time(saving_);
    std::string bytes;
    {
        const std::scoped_lock lock(mutex_);
        load();
        bytes = as_bytes();
        unsaved_ = 0;
    }
    // Where it cannot be written, the files are read again some day.
    (void)write_file_atomically(file_, bytes, 0600);
}

void FileHashes::load() {
    if (is_loaded_) return;
    is_loaded_ = true;
    const std::size_t longest = kFirstLine.size() + most_ * kEntryBytes + kChecksumBytes;
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file_, error);
    if (error || size > longest || size < kFirstLine.size() + kChecksumBytes) return;
    std::string bytes(static_cast<std::size_t>(size), '\0');
    std::ifstream stream(file_, std::ios::binary);
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return;
    std::string_view rest(bytes);
    const std::string_view sum = rest.substr(rest.size() - kChecksumBytes);
    rest.remove_suffix(kChecksumBytes);
    if (!rest.starts_with(kFirstLine) || checksum_of(rest).raw() != sum) return;
    rest.remove_prefix(kFirstLine.size());
    // The last one goes in first: what is asked for comes to the front.
    for (; rest.size() >= kEntryBytes; rest.remove_suffix(kEntryBytes)) {
        const std::string_view entry = rest.substr(rest.size() - kEntryBytes);
        Digest md5{};
        for (std::size_t at = 0; at < md5.size(); ++at)
            md5[at] = static_cast<unsigned char>(entry[32 + at]);
        insert({.mtime_ns = number_at(entry),
                .size = number_at(entry.substr(8)),
                .inode = number_at(entry.substr(16)),
                .ctime_ns = number_at(entry.substr(24))},
               md5);
    }
}

}  // namespace bm
