#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "repository/checksum.hpp"
#include "repository/clock.hpp"

namespace bm {

/// What is larger is not kept.
constexpr std::size_t kMaxKeptBytes = 10'000'000;

/// Bytes under their checksums, compressed, each only once: `objects/ab/{checksum}.zst`. Not synced
/// to the disk: a power cut may cost a version, and a torn one is told by its checksum. Symbolic
/// links are not followed. Thread-safe, and safe beside other processes.
class VersionBlobs {
public:
    /// The folder is made by the first put.
    explicit VersionBlobs(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Keeps the bytes, as if kept first at `now` when they are there already. Fault::unavailable.
    Result<void> put(const Checksum& checksum, std::string_view bytes, Timestamp now) const;
    [[nodiscard]] bool has(const Checksum& checksum) const;
    /// Fault::not_found, or Fault::invalid when what is there is not what was kept.
    [[nodiscard]] Result<std::string> get(const Checksum& checksum) const;

    struct Blob {
        Checksum checksum;
        std::int64_t kept_us;  ///< microseconds since 1970
        std::uint64_t bytes;   ///< that it takes on the disk
    };
    /// All of them, in no order. What a killed writer left behind is removed on the way.
    void each(const std::function<void(const Blob&)>& visit) const;
    /// Removes a blob unless it was kept again meanwhile.
    bool remove(const Blob& blob) const;

private:
    [[nodiscard]] std::filesystem::path lock_file() const { return folder_ / "lock"; }

    std::filesystem::path folder_;
};

}  // namespace bm
