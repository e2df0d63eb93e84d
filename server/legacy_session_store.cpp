#include "server/legacy_session_store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <system_error>
#include <utility>

#include <sys/random.h>

namespace bm {
namespace {

/// Between two looks at all sessions.
constexpr std::chrono::seconds sweep_interval{10};

}  // namespace

std::string make_session_id() {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr std::size_t bytes = 32;
    std::array<unsigned char, bytes + 1> random{};  // one more, so that the last group is whole
    if (::getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    std::string id;
    for (std::size_t at = 0; at < random.size(); at += 3) {
        const std::uint32_t group = static_cast<std::uint32_t>(random.at(at)) << 16U |
                                    static_cast<std::uint32_t>(random.at(at + 1)) << 8U |
                                    random.at(at + 2);
        for (const unsigned shift : {18U, 12U, 6U, 0U}) id += digits[group >> shift & 0x3FU];
    }
    id.pop_back();  // it held nothing but the filling
    return id;
}

LegacySessionStore::Entries::iterator LegacySessionStore::locate(std::string_view id,
                                                                 std::string_view owner) {
    const auto found = by_id_.find(std::string(id));
    if (found == by_id_.end() || found->second->session->owner() != owner) return entries_.end();
    return found->second;
}

LegacySessionStore::Entries::iterator LegacySessionStore::take(Entries::iterator entry,
                                                               Entries& gone) {
    const auto next = std::next(entry);
    by_id_.erase(entry->session->id());
    gone.splice(gone.end(), entries_, entry);
    return next;
}

void LegacySessionStore::sweep(Entries& gone) {
    const Moment now = clock_();
    if (swept_ != Moment::min() && now < swept_ + sweep_interval) return;
    swept_ = now;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        entry->session->forget_old_streams(now - limits_.kept_time);
        const bool is_over =
            entry->session->is_idle() && entry->left_alone() <= now - limits_.idle_time;
        entry = is_over ? take(entry, gone) : std::next(entry);
    }
}

bool LegacySessionStore::take_oldest(const std::string* client, Moment horizon, Entries& gone) {
    auto oldest = entries_.end();
    auto oldest_unused = entries_.end();
    std::size_t idle = 0;
    std::size_t unused = 0;
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (client != nullptr && entry->client != *client) continue;
        if (!entry->session->is_idle() || entry->left_alone() > horizon) continue;
        oldest = entry;
        ++idle;
        if (entry->session->has_worked()) continue;
        oldest_unused = entry;
        ++unused;
    }
    // Who opens sessions and forgets them pushes out his own. Where they are few, one of them may
    // be about to be used for the first time.
    const auto chosen = 2 * unused > idle ? oldest_unused : oldest;
    if (chosen == entries_.end()) return false;
    take(chosen, gone);
    return true;
}

bool LegacySessionStore::make_room(const std::string& client, Entries& gone) {
    const auto own = static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(),
                      [&](const Entry& entry) { return entry.client == client; }));
    if (!client.empty() && own >= limits_.sessions_per_client)
        return take_oldest(&client, Moment::max(), gone);
    return entries_.size() < limits_.sessions || take_oldest(&client, Moment::max(), gone) ||
           take_oldest(nullptr, clock_() - limits_.undisturbed, gone);
}

std::shared_ptr<HttpSession> LegacySessionStore::open(const std::string& owner,
                                                      const std::string& client,
                                                      const RevisionPolicy& policy,
                                                      const Json& client_capabilities,
                                                      std::optional<std::string> project) {
    auto session = std::make_shared<HttpSession>(
        make_session_id(), owner, policy, changes_, client_capabilities, clock_, std::move(project),
        SessionMemory{{memory_.budget, client}, memory_.kept});
    Entries gone;  // ends after the lock: a session that ends waits for a delivery
    const std::scoped_lock lock(mutex_);
    sweep(gone);
    if (!make_room(client, gone)) return nullptr;
    entries_.push_front({session, client, clock_()});
    by_id_.emplace(session->id(), entries_.begin());
    return session;
}

std::shared_ptr<HttpSession> LegacySessionStore::find(std::string_view id, std::string_view owner) {
    Entries gone;
    const std::scoped_lock lock(mutex_);
    sweep(gone);
    const auto entry = locate(id, owner);
    if (entry == entries_.end()) return nullptr;
    if (entry->session->is_idle() && entry->left_alone() <= clock_() - limits_.idle_time) {
        take(entry, gone);
        return nullptr;
    }
    entry->used = clock_();
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->session;
}

bool LegacySessionStore::end(std::string_view id, std::string_view owner) {
    Entries gone;
    {
        const std::scoped_lock lock(mutex_);
        const auto entry = locate(id, owner);
        if (entry == entries_.end()) return false;
        take(entry, gone);
    }
    gone.front().session->end();
    return true;
}

std::vector<std::shared_ptr<HttpSession>> LegacySessionStore::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::shared_ptr<HttpSession>> out;
    out.reserve(entries_.size());
    for (const Entry& entry : entries_) out.push_back(entry.session);
    return out;
}

std::size_t LegacySessionStore::size() const {
    const std::scoped_lock lock(mutex_);
    return entries_.size();
}

}  // namespace bm
