#include "repository/inotify_events.hpp"

#include <iterator>
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
        for (auto each = names_.begin(); each != names_.end();) {
            const auto told = each->second->handle(watch, mask, name);
            if (told != InotifyName::Told::nothing) {
                events.push_back({told == InotifyName::Told::deaf ? FileEvent::Kind::uncovered
                                                                  : FileEvent::Kind::changed,
                                  each->first, ""});
            }
            each = told == InotifyName::Told::deaf ? names_.erase(each) : std::next(each);
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
    std::erase_if(names_, [&events](const auto& each) {
        const bool is_armed = each.second->arm();
        events.push_back(
            {is_armed ? FileEvent::Kind::changed : FileEvent::Kind::uncovered, each.first, ""});
        return !is_armed;
    });
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
