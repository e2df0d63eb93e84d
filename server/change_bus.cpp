#include "server/change_bus.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace bm {
namespace {

Change change_of(const CatalogChange& change) {
    switch (change.kind) {
        case CatalogChange::Kind::resource_updated:
            return {Change::Kind::resource_updated, change.key, change.project};
        case CatalogChange::Kind::resource_list:
            break;
    }
    return {Change::Kind::resources_list, {}};
}

void deliver_guarded(ChangeSubscriber& member, const Change& change) {
    try {
        member.deliver(change);
    } catch (const std::exception&) {
        // One notice lost for want of memory is better than the server.
    }
}

}  // namespace

bool ChangeSubscriber::is_admitted(const Change& change) const noexcept {
    if (!project_) return true;
    // That other projects come and go is news of other projects.
    if (change.kind == Change::Kind::resources_list) return false;
    return change.kind != Change::Kind::resource_updated || change.project == *project_;
}

void ChangeBus::join(ChangeSubscriber& subscriber) {
    const std::scoped_lock lock(mutex_);
    subscribers_.push_back(&subscriber);
}

void ChangeBus::leave(ChangeSubscriber& subscriber) {
    std::jthread idle;
    {
        std::unique_lock lock(mutex_);
        std::erase(subscribers_, &subscriber);
        delivered_.wait(lock, [&] { return current_ != &subscriber; });
        if (!subscribers_.empty()) return;
        pending_.clear();
        idle = std::move(thread_);
    }
    // `idle` stops and joins here, outside the lock that its thread needs to end.
}

void ChangeBus::publish(Change change) {
    {
        const std::scoped_lock lock(mutex_);
        const bool wanted = std::any_of(subscribers_.begin(), subscribers_.end(),
                                        [&](const auto* one) { return one->hears(change); });
        if (!wanted || !pending_.insert(std::move(change)).second) return;
        if (!thread_.joinable()) {
            thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
        }
    }
    changed_.notify_all();
}

CatalogListener ChangeBus::listener() {
    return [this](const CatalogChange& change) { publish(change_of(change)); };
}

void ChangeBus::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !pending_.empty(); })) {
        changed_.wait_for(lock, stop, delay_, [] { return false; });
        if (stop.stop_requested()) return;
        const std::set<Change> changes = std::exchange(pending_, {});
        deliver(changes, lock);
    }
}

void ChangeBus::deliver(const std::set<Change>& changes, std::unique_lock<std::mutex>& lock) {
    // A copy: members may join and leave while the lock is open.
    const std::vector<ChangeSubscriber*> members = subscribers_;
    for (ChangeSubscriber* member : members) {
        bool may_have_left = true;
        for (const Change& change : changes) {
            // Looked for only after the lock was open, as long lists would be gone through for
            // each.
            if (may_have_left &&
                std::find(subscribers_.begin(), subscribers_.end(), member) == subscribers_.end()) {
                break;
            }
            may_have_left = false;
            if (!member->hears(change) || !member->wants(change)) continue;
            may_have_left = true;
            current_ = member;
            lock.unlock();
            deliver_guarded(*member, change);
            lock.lock();
            current_ = nullptr;
            delivered_.notify_all();
        }
    }
}

}  // namespace bm
