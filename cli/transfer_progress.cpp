#include "cli/transfer_progress.hpp"

#include <array>
#include <cstdio>

#include "cli/terminal.hpp"

namespace bm {

namespace {

constexpr std::chrono::seconds kQuietTime{10};

std::string with_one_decimal(double number, const char* unit) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", number, unit);
    return text.data();
}

}  // namespace

std::string size_text(double bytes) {
    constexpr double step = 1024;
    if (bytes < step) return std::to_string(static_cast<long long>(bytes)) + " bytes";
    if (bytes < step * step) return with_one_decimal(bytes / step, "KB");
    return with_one_decimal(bytes / (step * step), "MB");
}

std::string transfer_text(const RcloneStats& stats) {
    std::string text = std::to_string(stats.transfers) + "/" +
                       std::to_string(stats.total_transfers) + " files, " +
                       size_text(static_cast<double>(stats.bytes));
    text += ", " +
            (stats.speed < 1024 ? std::to_string(static_cast<long long>(stats.speed)) + " B"
                                : size_text(stats.speed)) +
            "/s";
    if (stats.eta) text += ", ETA " + std::to_string(*stats.eta) + "s";
    if (!stats.current.empty()) text += ", " + stats.current;
    return text;
}

void TransferProgress::show(const RcloneStats& stats, std::chrono::steady_clock::time_point now) {
    if (stats.total_transfers == 0) return;
    if (terminal_.shows_progress()) {
        terminal_.progress("Syncing " + transfer_text(stats));
        return;
    }
    if (told_ == std::chrono::steady_clock::time_point{}) told_ = now;
    if (now - told_ < kQuietTime) return;
    told_ = now;
    terminal_.error("Syncing " + transfer_text(stats));
}

}  // namespace bm
