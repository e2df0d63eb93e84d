#include "cloud/local_changes.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <poll.h>

namespace bm {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

bool LocalChanges::watch(const std::vector<fs::path>& folders, const Excludes& excludes) {
    if (!events_) return false;
    std::erase_if(watched_, [&](const auto& entry) {
        const bool stays = std::find(folders.begin(), folders.end(), entry.first) != folders.end();
        if (!stays) events_->remove(entry.second);
        return !stays;
    });
    bool hears_all = true;
    for (const auto& folder : folders) {
        if (watched_.contains(folder)) continue;
        const WatchId id{next_++};
        const auto coverage =
            events_->add_root(id, folder, [excludes](std::string_view path, bool is_folder) {
                (void)is_folder;
                return excludes && excludes(path);
            });
        if (coverage == Coverage::complete || coverage == Coverage::local) {
            watched_[folder] = id;
        } else {
            hears_all = false;
        }
    }
    return hears_all;
}

bool LocalChanges::has_news() {
    if (!events_) return false;
    bool changed = false;
    for (const auto& event : events_->read()) {
        changed = true;
        const bool is_over =
            event.kind == FileEvent::Kind::root_gone || event.kind == FileEvent::Kind::uncovered;
        // The next call of watch() tries again.
        if (is_over) {
            std::erase_if(watched_, [&](const auto& entry) { return entry.second == event.watch; });
        }
    }
    return changed;
}

LocalChanges::Woken LocalChanges::wait(milliseconds longest, const StopRequest& stop,
                                       const ChangePauses& pauses) {
    const auto begun = steady_clock::now();
    const auto end = begun + longest;
    std::optional<steady_clock::time_point> changed;
    while (true) {
        if (stop.was_made()) return Woken::stop;
        if (has_news()) changed = steady_clock::now();
        const auto due = changed ? std::max(*changed + pauses.quiet, begun + pauses.least) : end;
        const auto now = steady_clock::now();
        if (now >= end) return Woken::time;
        if (changed && now >= due) return Woken::change;
        const auto left = std::chrono::ceil<milliseconds>(std::min(due, end) - now);
        std::array<pollfd, 2> sources{
            {{stop.descriptor, POLLIN, 0}, {events_ ? events_->descriptor() : -1, POLLIN, 0}}};
        (void)::poll(sources.data(), sources.size(), static_cast<int>(left.count()));
    }
}

}  // namespace bm
