#pragma once

#include <chrono>
#include <string>

#include "cloud/rclone_log.hpp"

namespace bm {

class Terminal;

/// `812 bytes`, `1.4 KB`, `3.0 MB`, for people to read. Pure.
[[nodiscard]] std::string size_text(double bytes);

/// `3/10 files, 1.4 MB, 512.0 KB/s, ETA 12s, notes/a.md`. Pure.
[[nodiscard]] std::string transfer_text(const RcloneStats& stats);

/// Shows how far a transfer is: one line that changes on a terminal, elsewhere one every ten
/// seconds, so that short runs say nothing. One thread.
class TransferProgress {
public:
    explicit TransferProgress(Terminal& terminal) : terminal_(terminal) {}
    void show(const RcloneStats& stats, std::chrono::steady_clock::time_point now);

private:
    Terminal& terminal_;
    std::chrono::steady_clock::time_point told_{};
};

}  // namespace bm
