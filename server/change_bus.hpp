#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tools/catalog.hpp"

namespace bm {

/// Something that a client may want to hear of.
struct Change {
    enum class Kind { tools_list, prompts_list, resources_list, resource_updated, task };
    Kind kind = Kind::resources_list;
    std::string key;           ///< for resource_updated: see Catalog::change_key; for task: its id
    std::string project = {};  ///< for resource_updated: whose resource it is

    friend auto operator<=>(const Change&, const Change&) = default;
};

/// One who hears of changes.
class ChangeSubscriber {
public:
    /// `project` is the only one that it may hear of; none when it may hear of all.
    explicit ChangeSubscriber(std::optional<std::string> project = std::nullopt)
        : project_(std::move(project)) {}
    ChangeSubscriber(const ChangeSubscriber&) = delete;
    ChangeSubscriber& operator=(const ChangeSubscriber&) = delete;
    virtual ~ChangeSubscriber() = default;

    /// Whether it may hear of the change, and wants to.
    [[nodiscard]] bool hears(const Change& change) const {
        return is_admitted(change) && wants(change);
    }
    /// Asked on the publisher's thread, with the bus locked: answer quickly and call nothing.
    [[nodiscard]] virtual bool wants(const Change& change) const = 0;
    /// Called on the bus's own thread.
    virtual void deliver(const Change& change) = 0;

private:
    [[nodiscard]] bool is_admitted(const Change& change) const noexcept;

    std::optional<std::string> project_;
};

/// Carries changes from the rooms that make them to the clients that asked. Equal changes within a
/// short delay arrive as one. While nobody has subscribed, publishing costs a lock and no thread
/// exists. Thread-safe.
class ChangeBus {
public:
    /// Long enough to make one of the many changes of a sync, short enough to look immediate.
    static constexpr std::chrono::milliseconds default_delay{150};

    explicit ChangeBus(std::chrono::milliseconds delay = default_delay) : delay_(delay) {}
    ChangeBus(const ChangeBus&) = delete;
    ChangeBus& operator=(const ChangeBus&) = delete;
    /// Every subscriber has left by now.
    ~ChangeBus() = default;

    /// Membership of one subscriber; ends with the object, which waits for a delivery that has
    /// begun. So it must not end inside deliver().
    class Membership {
    public:
        Membership(ChangeBus& bus, ChangeSubscriber& subscriber)
            : bus_(bus), subscriber_(subscriber) {
            bus_.join(subscriber_);
        }
        Membership(const Membership&) = delete;
        Membership& operator=(const Membership&) = delete;
        ~Membership() { bus_.leave(subscriber_); }

    private:
        ChangeBus& bus_;
        ChangeSubscriber& subscriber_;
    };

    void publish(Change change);

    /// For the rooms that know nothing of this one. Lives no longer than the bus.
    [[nodiscard]] CatalogListener listener();

private:
    void run(const std::stop_token& stop);
    void deliver(const std::set<Change>& changes, std::unique_lock<std::mutex>& lock);
    void join(ChangeSubscriber& subscriber);
    void leave(ChangeSubscriber& subscriber);

    std::chrono::milliseconds delay_;
    std::mutex mutex_;
    std::condition_variable_any changed_;  // pending_ is no longer empty
    std::condition_variable delivered_;    // current_ is another
    std::vector<ChangeSubscriber*> subscribers_;
    std::set<Change> pending_;  // only what somebody wants, so it is bounded by their wishes
    ChangeSubscriber* current_ = nullptr;  // being delivered to, outside the lock
    std::jthread thread_;
};

}  // namespace bm
