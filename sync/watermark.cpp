#include "sync/watermark.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "sync/row_stamp.hpp"

namespace bm {

namespace {

/// Files with a time after the second in which the last scan began.
bool is_newer(const SeenFile& file, Timestamp last_scan) {
    const auto second = std::chrono::floor<std::chrono::seconds>(last_scan);
    return std::chrono::nanoseconds(file.stamp.mtime_ns) >
           std::chrono::nanoseconds(second.time_since_epoch());
}

}  // namespace

ScanKind choose_scan(bool is_forced, std::optional<std::int64_t> last_file_count,
                     std::optional<Timestamp> last_scan, std::int64_t file_count) {
    if (is_forced) return ScanKind::full_forced;
    if (!last_file_count) return ScanKind::full_initial;
    if (file_count < *last_file_count) return ScanKind::full_deletions;
    return last_scan ? ScanKind::incremental : ScanKind::full_fallback;
}

std::string_view name_of(ScanKind kind) {
    switch (kind) {
        case ScanKind::full_forced:
            return "full_forced";
        case ScanKind::full_initial:
            return "full_initial";
        case ScanKind::full_deletions:
            return "full_deletions";
        case ScanKind::incremental:
            return "incremental";
        case ScanKind::full_fallback:
            return "full_fallback";
    }
    return "";
}

Watermark::Watermark(SyncRun& run) : run_(run) {
    if (!run.config->scans_by_watermark || !run.options.scope.is_whole_project()) return;
    // When forced, there is nothing to choose.
    if (run.options.full) return;
    last_ = run.knowledge.index().read(
        [&](Tables& tables) { return tables.projects.last_scan(run.project.id); });
}

bool Watermark::is_wanted(const TouchedFile& file) const {
    // What failed is tried again each time, and what was marked is read again.
    return is_newer(file.seen, last_->started) || run_.failures.contains(file.seen.path.str()) ||
           is_stamp_of(file.row.stamp, file.seen.stamp);
}

void Watermark::leave_out_old(Differences& found, std::int64_t file_count) const {
    if (!last_) return;
    const auto rows =
        static_cast<std::int64_t>(found.touched.size() + found.gone.size()) + found.unchanged;
    const ScanKind kind =
        choose_scan(false, std::max(last_->files, rows), last_->started, file_count);
    run_.knowledge.log()(LogLevel::debug,
                         "scan of " + run_.project.name.str() + ": " + std::string(name_of(kind)));
    if (kind != ScanKind::incremental) return;
    found.unchanged += static_cast<std::int64_t>(
        std::erase_if(found.touched, [this](const TouchedFile& file) { return !is_wanted(file); }));
}

}  // namespace bm
