#include "repository/version_blobs.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <zstd.h>

#include "repository/atomic_file.hpp"
#include "repository/file_lock.hpp"
#include "repository/history_folder.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

// Notes are short: higher levels cost time and gain next to nothing.
constexpr int kCompressionLevel = 1;
constexpr std::size_t kShardDigits = 2;
constexpr std::string_view kBlobSuffix = ".zst";
constexpr const char* kObjects = "objects";
// A writer that is this old was killed.
constexpr std::chrono::hours kAbandoned{1};

std::int64_t microseconds_of(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

struct BlobPlace {
    std::string shard;
    std::string name;
};

BlobPlace blob_place(const Checksum& checksum) {
    const std::string hex = checksum.hex();
    return {hex.substr(0, kShardDigits), hex + std::string(kBlobSuffix)};
}

Result<std::string> compressed(std::string_view bytes) {
    std::string frame(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size =
        ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), kCompressionLevel);
    if (ZSTD_isError(size) != 0) return fail(Fault::unavailable, ZSTD_getErrorName(size));
    frame.resize(size);
    return frame;
}

/// None when it is no frame that we have made.
std::optional<std::string> decompressed(std::string_view frame) {
    const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    // The two values that stand for "unknown" are larger.
    if (size > kMaxKeptBytes) return std::nullopt;
    std::string bytes(static_cast<std::size_t>(size), '\0');
    const std::size_t made =
        ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
    if (ZSTD_isError(made) != 0 || made != bytes.size()) return std::nullopt;
    return bytes;
}

Result<std::string> frame_in(int shard, const std::string& name) {
    return tail_of_file(shard, name, ZSTD_compressBound(kMaxKeptBytes));
}

Descriptor existing_shard(const fs::path& folder, const std::string& shard) {
    const auto history = open_history_folder(folder, MissingFolders::refuse);
    if (!history) return {};
    auto objects = open_folder_in(history->number(), kObjects, MissingFolders::refuse);
    if (!objects) return {};
    auto opened = open_folder_in(objects->number(), shard, MissingFolders::refuse);
    return opened ? *std::move(opened) : Descriptor();
}

Result<Descriptor> made_shard(const fs::path& folder, const std::string& shard) {
    const auto history = open_history_folder(folder, MissingFolders::make);
    if (!history) return tl::unexpected(history.error());
    const auto objects = open_folder_in(history->number(), kObjects, MissingFolders::make);
    if (!objects) return tl::unexpected(objects.error());
    return open_folder_in(objects->number(), shard, MissingFolders::make);
}

std::optional<Checksum> checksum_named(std::string_view name) {
    Checksum checksum;
    if (name.size() != 2 * checksum.bytes.size() + kBlobSuffix.size()) return std::nullopt;
    if (!name.ends_with(kBlobSuffix)) return std::nullopt;
    for (std::size_t i = 0; i < checksum.bytes.size(); ++i) {
        const char* const digits = name.data() + 2 * i;
        const auto [end, problem] = std::from_chars(digits, digits + 2, checksum.bytes[i], 16);
        if (problem != std::errc{} || end != digits + 2) return std::nullopt;
    }
    return checksum;
}

void visit_shard(int shard, const std::function<void(const VersionBlobs::Blob&)>& visit) {
    const auto abandoned_us =
        std::chrono::duration_cast<std::chrono::microseconds>(
            (std::chrono::system_clock::now() - kAbandoned).time_since_epoch())
            .count();
    for (const auto& name : names_in(shard)) {
        struct stat seen {};
        if (::fstatat(shard, name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (AtomicFile::is_unpublished_name(name)) {
            if (microseconds_of(seen.st_ctim) < abandoned_us) ::unlinkat(shard, name.c_str(), 0);
            continue;
        }
        const auto checksum = checksum_named(name);
        if (!checksum) continue;
        constexpr std::uint64_t block_bytes = 512;
        visit({*checksum, microseconds_of(seen.st_mtim),
               std::max(static_cast<std::uint64_t>(seen.st_size),
                        static_cast<std::uint64_t>(seen.st_blocks) * block_bytes)});
    }
}

Result<void> write_blob(int file, std::string_view frame, Timestamp now) {
    while (!frame.empty()) {
        const ssize_t written = ::write(file, frame.data(), frame.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(Fault::unavailable, reason_of(errno));
        frame.remove_prefix(static_cast<std::size_t>(written));
    }
    if (!set_file_time(file, now)) return fail(Fault::unavailable, reason_of(errno));
    return {};
}

/// False when there is one of that name. Written in place, because a temporary file and a rename
/// would cost half as much again, and what is torn is told by its checksum.
Result<bool> put_new(int shard, const std::string& name, std::string_view frame, Timestamp now) {
    const Descriptor file(::openat(shard, name.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                   S_IRUSR | S_IWUSR));
    if (!file && errno == EEXIST) return false;
    if (!file) return fail(Fault::unavailable, reason_of(errno));
    if (auto filled = write_blob(file.number(), frame, now); !filled) {
        ::unlinkat(shard, name.c_str(), 0);
        return tl::unexpected(filled.error());
    }
    return true;
}

/// Whether the blob holds these bytes; if so it was kept now.
bool is_whole_again(int shard, const std::string& name, std::string_view bytes, Timestamp now) {
    const Descriptor file(
        ::openat(shard, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file || !set_file_time(file.number(), now)) return false;
    const auto frame = frame_in(shard, name);
    return frame && decompressed(*frame) == bytes;
}

}  // namespace

Result<void> VersionBlobs::put(const Checksum& checksum, std::string_view bytes,
                               Timestamp now) const {
    const BlobPlace place = blob_place(checksum);
    const auto shard = made_shard(folder_, place.shard);
    if (!shard) return tl::unexpected(shard.error());
    const auto frame = compressed(bytes);
    if (!frame) return tl::unexpected(frame.error());
    auto made = put_new(shard->number(), place.name, *frame, now);
    if (!made) return tl::unexpected(made.error());
    if (*made) return {};
    {
        // Whoever prunes decides under this lock, and the new time tells that it is wanted again.
        const auto lock = FileLock::acquire(lock_file());
        if (is_whole_again(shard->number(), place.name, bytes, now)) return {};
    }
    // Torn, or half written by somebody else: the whole one takes its place.
    auto file = AtomicFile::create(shard->number(), S_IRUSR | S_IWUSR);
    if (!file) return tl::unexpected(file.error());
    if (auto written = write_blob(file->descriptor(), *frame, now); !written) return written;
    return file->replace(place.name);
}

bool VersionBlobs::has(const Checksum& checksum) const {
    const BlobPlace place = blob_place(checksum);
    const Descriptor shard = existing_shard(folder_, place.shard);
    return shard && ::faccessat(shard.number(), place.name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<std::string> VersionBlobs::get(const Checksum& checksum) const {
    const BlobPlace place = blob_place(checksum);
    const Descriptor shard = existing_shard(folder_, place.shard);
    if (!shard) return fail(Fault::not_found, "it is not there any more");
    const auto frame = frame_in(shard.number(), place.name);
    if (!frame) return tl::unexpected(frame.error());
    auto bytes = decompressed(*frame);
    if (!bytes || checksum_of(*bytes) != checksum) return fail(Fault::invalid, "it is damaged");
    return *std::move(bytes);
}

void VersionBlobs::each(const std::function<void(const Blob&)>& visit) const {
    const auto history = open_history_folder(folder_, MissingFolders::refuse);
    if (!history) return;
    const auto objects = open_folder_in(history->number(), kObjects, MissingFolders::refuse);
    if (!objects) return;
    for (const auto& name : names_in(objects->number())) {
        if (name.size() != kShardDigits) continue;
        const auto shard = open_folder_in(objects->number(), name, MissingFolders::refuse);
        if (shard) visit_shard(shard->number(), visit);
    }
}

bool VersionBlobs::remove(const Blob& blob) const {
    const BlobPlace place = blob_place(blob.checksum);
    const Descriptor shard = existing_shard(folder_, place.shard);
    if (!shard) return false;
    const auto lock = FileLock::acquire(lock_file());
    struct stat seen {};
    if (::fstatat(shard.number(), place.name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    if (microseconds_of(seen.st_mtim) != blob.kept_us) return false;
    return ::unlinkat(shard.number(), place.name.c_str(), 0) == 0;
}

}  // namespace bm
