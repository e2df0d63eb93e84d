#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "repository/entity.hpp"

namespace bm {

/// MD5 of files, by which clients compare them; remembered as long as a file's stamp stays. Memory
/// is bounded: the least lately asked for go first. Kept in a file, too, so that a new start does
/// not read all files again; one that cannot be read is as good as none. Thread-safe.
class FileHashes {
public:
    /// Without a file they live as long as this object.
    explicit FileHashes(std::size_t most, std::filesystem::path file = {});
    FileHashes(const FileHashes&) = delete;
    FileHashes& operator=(const FileHashes&) = delete;
    ~FileHashes();

    /// Of an open file with that stamp. Reads it unless its hash is known. Nothing when it cannot
    /// be read, has changed meanwhile, or is longer than `longest` and was never hashed.
    [[nodiscard]] std::optional<std::string> of(int file, const FileStamp& stamp,
                                                std::int64_t longest);
    /// Without looking at any file.
    [[nodiscard]] std::optional<std::string> known(const FileStamp& stamp);
    /// What was computed while a file was written: 32 digits.
    void remember(const FileStamp& stamp, std::string_view md5);
    /// Writes them to the file. Done by itself at the end, and when much would be lost.
    void save();

private:
    using Digest = std::array<unsigned char, 16>;
    struct KeyHash {
        std::size_t operator()(const FileStamp& key) const noexcept;
    };
    struct Entry {
        FileStamp key;
        Digest md5;
    };

    void load();
    void insert(const FileStamp& stamp, const Digest& md5);
    [[nodiscard]] std::string as_bytes() const;

    std::size_t most_;
    std::filesystem::path file_;
    std::mutex saving_;  ///< taken before mutex_
    std::mutex mutex_;
    bool is_loaded_ = false;
    std::int64_t unsaved_ = 0;  ///< what it would cost to compute again what is not in the file
    std::list<Entry> entries_;  ///< the lately asked for come first
    std::unordered_map<FileStamp, std::list<Entry>::iterator, KeyHash> by_key_;
};

}  // namespace bm
