#include "cloud/local_changes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <poll.h>

namespace bm {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

bool LocalChanges::watch(const std::vector<Folder>& folders) {
    if (!events_) return false;
    std::erase_if(watched_, [&](const auto& entry) {
        const bool stays = std::any_of(folders.begin(), folders.end(), [&](const Folder& folder) {
            return folder.path == entry.first && folder.rules == entry.second.rules;
        });
        if (!stays) events_->remove(entry.second.id);
        return !stays;
    });
    bool hears_all = true;
    for (const auto& folder : folders) {
        if (watched_.contains(folder.path)) continue;
        const WatchId id{next_++};
        const auto coverage = events_->add_root(
            id, folder.path, [excludes = folder.excludes](std::string_view path, bool is_folder) {
                (void)is_folder;
                return excludes && excludes(path);
            });
        if (coverage == Coverage::complete || coverage == Coverage::local) {
            watched_[folder.path] = {id, folder.rules};
        } else {
            hears_all = false;
        }
    }
    return hears_all;
}

void LocalChanges::note_end(const FileEvent& event) {
    if (event.kind != FileEvent::Kind::root_gone && event.kind != FileEvent::Kind::uncovered)
        return;
    std::erase_if(watched_, [&](const auto& entry) { return entry.second.id == event.watch; });
}

bool LocalChanges::is_own(const FileEvent& event, const std::set<fs::path>& own) const {
    const auto watched = std::find_if(watched_.begin(), watched_.end(), [&](const auto& entry) {
        return entry.second.id == event.watch;
    });
    if (watched == watched_.end()) return false;
    const fs::path path = watched->first / event.path;
    switch (event.kind) {
        case FileEvent::Kind::changed:
        case FileEvent::Kind::growing:
            if (own.contains(path)) return true;
            break;
        case FileEvent::Kind::tree_changed:
            break;
        default:
            return false;
    }
    // A folder that came or went with what is in it.
    const auto first = own.lower_bound(path / "");
    return !event.path.empty() && first != own.end() &&
           std::mismatch(path.begin(), path.end(), first->begin(), first->end()).first ==
               path.end();
}

void LocalChanges::pass_over(const std::set<fs::path>& own) {
    if (!events_) return;
    for (const auto& event : events_->read()) {
        has_waiting_news_ = has_waiting_news_ || !is_own(event, own);
        note_end(event);
    }
}

bool LocalChanges::has_news() {
    if (!events_) return false;
    bool changed = std::exchange(has_waiting_news_, false);
    for (const auto& event : events_->read()) {
        changed = true;
        note_end(event);
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
