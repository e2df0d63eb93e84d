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

void LegacySessionStore::take_expired(Entries& gone) {
    const Moment horizon = clock_() - limits_.idle_time;
    for (auto next = entries_.begin(); next != entries_.end();) {
        const auto entry = next++;
        if (entry->used > horizon) continue;
        if (!entry->session->is_idle()) {
            entry->used = clock_();
            continue;
        }
        by_id_.erase(entry->session->id());
        gone.splice(gone.end(), entries_, entry);
    }
}

bool LegacySessionStore::take_oldest(const std::string* owner, Entries& gone) {
    for (auto entry = entries_.end(); entry != entries_.begin();) {
        --entry;
        if (owner != nullptr && entry->session->owner() != *owner) continue;
        if (!entry->session->is_idle()) continue;
        by_id_.erase(entry->session->id());
        gone.splice(gone.end(), entries_, entry);
        return true;
    }
    return false;
}

bool LegacySessionStore::make_room(const std::string& owner, Entries& gone) {
    const auto own = static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(),
                      [&](const Entry& entry) { return entry.session->owner() == owner; }));
    if (own >= limits_.sessions_per_owner && !take_oldest(&owner, gone)) return false;
    return entries_.size() < limits_.sessions || take_oldest(nullptr, gone);
}

std::shared_ptr<HttpSession> LegacySessionStore::open(const std::string& owner,
                                                      const RevisionPolicy& policy,
                                                      const Json& client_capabilities) {
    auto session = std::make_shared<HttpSession>(make_session_id(), owner, policy, changes_,
                                                 client_capabilities);
    Entries gone;  // ends after the lock: a session that ends waits for a delivery
    const std::scoped_lock lock(mutex_);
    take_expired(gone);
    if (!make_room(owner, gone)) return nullptr;
    entries_.push_front({session, clock_()});
    by_id_.emplace(session->id(), entries_.begin());
    return session;
}

std::shared_ptr<HttpSession> LegacySessionStore::find(std::string_view id, std::string_view owner) {
    Entries gone;
    const std::scoped_lock lock(mutex_);
    const auto entry = locate(id, owner);
    if (entry == entries_.end()) return nullptr;
    if (entry->used <= clock_() - limits_.idle_time && entry->session->is_idle()) {
        by_id_.erase(entry->session->id());
        gone.splice(gone.end(), entries_, entry);
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
        by_id_.erase(entry->session->id());
        gone.splice(gone.end(), entries_, entry);
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
