#include "host/file_hashes.hpp"

#include <array>
#include <cerrno>
#include <functional>
#include <utility>

#include <unistd.h>

#include "repository/file_status.hpp"
#include "repository/old_digest.hpp"

namespace bm {

std::size_t FileHashes::KeyHash::operator()(const Key& key) const noexcept {
    std::size_t hash = std::hash<std::int64_t>()(key.stamp.inode);
    for (const std::int64_t part : {key.stamp.mtime_ns, key.stamp.size, key.stamp.ctime_ns})
        hash = hash * 1'000'003U ^ std::hash<std::int64_t>()(part);
    return hash;
}

std::optional<std::string> FileHashes::known(const Key& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->md5;
}

std::optional<std::string> FileHashes::of(int file, const FileStamp& stamp, std::int64_t longest) {
    if (auto hash = known({stamp})) return hash;
    if (stamp.size > longest) return std::nullopt;
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
    remember(stamp, md5);
    return md5;
}

void FileHashes::remember(const FileStamp& stamp, std::string md5) {
    const std::scoped_lock lock(mutex_);
    const Key key{stamp};
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        found->second->md5 = std::move(md5);
        return;
    }
    entries_.push_front({key, std::move(md5)});
    by_key_.emplace(key, entries_.begin());
    if (entries_.size() <= most_) return;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
}

}  // namespace bm
