#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "repository/entity.hpp"

namespace bm {

/// MD5 of files, by which clients compare them; remembered as long as a file's stamp stays. Memory
/// is bounded: the least lately asked for go first. Thread-safe.
class FileHashes {
public:
    explicit FileHashes(std::size_t most) : most_(most) {}

    /// Of an open file with that stamp. Reads it unless its hash is known. Nothing when it cannot
    /// be read, has changed meanwhile, or is longer than `longest` and was never hashed.
    [[nodiscard]] std::optional<std::string> of(int file, const FileStamp& stamp,
                                                std::int64_t longest);
    /// What was computed while a file was written.
    void remember(const FileStamp& stamp, std::string md5);

private:
    struct Key {
        FileStamp stamp;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Entry {
        Key key;
        std::string md5;
    };

    [[nodiscard]] std::optional<std::string> known(const Key& key);

    std::size_t most_;
    std::mutex mutex_;
    std::list<Entry> entries_;  ///< the lately asked for come first
    std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> by_key_;
};

}  // namespace bm
