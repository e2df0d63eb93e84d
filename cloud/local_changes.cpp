#include "cloud/local_changes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "repository/file_status.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Excludes = std::function<bool(std::string_view path)>;

/// rclone may round times, and a note that is edited is of now.
bool is_same_file(const ListedFile& listed, const FileStamp& stamp) {
    constexpr std::int64_t a_second = 1'000'000'000;
    const std::int64_t apart = listed.modified_ns - stamp.mtime_ns;
    return !listed.is_folder && listed.size == stamp.size && apart <= a_second &&
           apart >= -a_second;
}

/// Whether below `path`, a file or a folder, everything is what the list says, and nothing is
/// missing.
bool is_as_agreed(const fs::path& root, const std::string& path, const FileSet& listed,
                  const Excludes& excludes) {
    std::size_t here = 0;
    const auto is_listed = [&](const fs::path& place) {
        const std::string name = place.lexically_relative(root).string();
        const auto status = status_of(AT_FDCWD, place.string());
        if (!status || !S_ISREG(status->mode) || (excludes && excludes(name))) return true;
        const auto found = listed.find(name);
        if (found == listed.end() || !is_same_file(found->second, status->stamp)) return false;
        ++here;
        return true;
    };
    const fs::path top = path.empty() ? root : root / path;
    if (!is_listed(top)) return false;
    std::error_code problem;
    if (fs::is_directory(fs::symlink_status(top, problem))) {
        for (fs::recursive_directory_iterator at(top, problem), end; !problem && at != end;
             at.increment(problem)) {
            if (!is_listed(at->path())) return false;
        }
        if (problem) return false;
    }
    const auto is_below = [&](const std::string& name) {
        return path.empty() || name == path || name.starts_with(path + "/");
    };
    std::size_t wanted = 0;
    for (auto at = listed.lower_bound(path); at != listed.end() && at->first.starts_with(path);
         ++at)
        wanted += !at->second.is_folder && is_below(at->first) ? 1 : 0;
    return here == wanted;
}

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
            watched_[folder.path] = {id, folder.rules, folder.excludes};
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

bool LocalChanges::is_agreed(const FileEvent& event, const Agreed& agreed) const {
    const auto watched = std::find_if(watched_.begin(), watched_.end(), [&](const auto& entry) {
        return entry.second.id == event.watch;
    });
    if (watched == watched_.end()) return false;
    const auto files = agreed.find(watched->first);
    if (files == agreed.end()) return false;
    switch (event.kind) {
        case FileEvent::Kind::changed:
        case FileEvent::Kind::growing:
        case FileEvent::Kind::tree_changed:
            return is_as_agreed(watched->first, event.path, files->second,
                                watched->second.excludes);
        default:
            return false;
    }
}

void LocalChanges::pass_over(const std::function<Agreed()>& agreed) {
    if (!events_) return;
    const auto events = events_->read();
    if (events.empty()) return;
    const Agreed now = agreed();
    for (const auto& event : events) {
        has_waiting_news_ = has_waiting_news_ || !is_agreed(event, now);
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
