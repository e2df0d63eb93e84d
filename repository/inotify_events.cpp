#include "repository/inotify_events.hpp"

#include <system_error>
#include <utility>

#include <sys/inotify.h>

namespace bm {

std::vector<FileEvent> InotifyEvents::read() {
    std::vector<FileEvent> events;
    bool is_overflown = false;
    queue_.drain([&](int watch, std::uint32_t mask, std::string_view name) {
        if ((mask & IN_Q_OVERFLOW) != 0) {
            is_overflown = true;
            return;
        }
        for (const auto& [id, tree] : trees_) tree->handle(watch, mask, name, events);
        for (const auto& [id, each] : names_) {
            if (each->handle(watch, mask, name)) {
                events.push_back({FileEvent::Kind::changed, id, ""});
            }
        }
    });
    if (is_overflown) start_over(events);
    std::erase_if(trees_, [](const auto& each) { return !each.second->is_open(); });
    return events;
}

/// Folders may have come and gone among what was dropped.
void InotifyEvents::start_over(std::vector<FileEvent>& events) {
    for (const auto& [id, tree] : trees_) {
        if (!tree->is_open()) continue;
        switch (tree->open()) {
            case Coverage::complete:
            case Coverage::local:
                events.push_back({FileEvent::Kind::lost, id, ""});
                break;
            case Coverage::none_left:
                events.push_back({FileEvent::Kind::uncovered, id, ""});
                break;
            case Coverage::missing:
                events.push_back({FileEvent::Kind::root_gone, id, ""});
                break;
        }
    }
    for (const auto& [id, name] : names_) {
        name->arm();
        events.push_back({FileEvent::Kind::changed, id, ""});
    }
}

Coverage InotifyEvents::add_root(WatchId watch, const std::filesystem::path& folder,
                                 IgnoresPath ignores) {
    remove(watch);
    auto tree = std::make_unique<InotifyTree>(queue_, watch, folder, std::move(ignores));
    const Coverage coverage = tree->open();
    if (tree->is_open()) trees_.emplace(watch, std::move(tree));
    return coverage;
}

bool InotifyEvents::add_name(WatchId watch, const std::filesystem::path& path) {
    remove(watch);
    auto name = std::make_unique<InotifyName>(queue_, path);
    if (!name->arm()) return false;
    names_.emplace(watch, std::move(name));
    return true;
}

void InotifyEvents::remove(WatchId watch) {
    trees_.erase(watch);
    names_.erase(watch);
}

std::unique_ptr<FileEvents> open_file_events() {
    try {
        return std::make_unique<InotifyEvents>();
    } catch (const std::system_error&) {
        return nullptr;
    }
}

}  // namespace bm
