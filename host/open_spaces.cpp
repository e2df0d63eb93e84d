#include "host/open_spaces.hpp"

#include <exception>
#include <utility>

namespace bm {

namespace {

tl::unexpected<Error> is_stopping() { return fail(Fault::unavailable, "The server is stopping."); }

}  // namespace

Result<std::shared_ptr<Space>> OpenSpaces::find(std::int64_t account) {
    std::vector<std::shared_ptr<Space>> closing;  // ends outside the lock
    std::unique_lock lock(mutex_);
    for (;;) {
        if (ended_) return is_stopping();
        const auto found = entries_.find(account);
        if (found == entries_.end()) break;
        found->second.used = steady_now();
        if (found->second.space) return found->second.space;
        opened_.wait(lock);
    }
    if (entries_.size() >= options_.most && !make_room(closing))
        return fail(Fault::unavailable, "Too many accounts are at work. Try again in a minute.");
    entries_.emplace(account, Entry{nullptr, steady_now()});
    lock.unlock();
    closing.clear();
    auto made = make(account);
    lock.lock();
    if (ended_ && made) made = is_stopping();
    if (made) {
        entries_[account] = {*made, steady_now()};
    } else {
        entries_.erase(account);
    }
    lock.unlock();
    opened_.notify_all();
    return made;
}

Result<std::shared_ptr<Space>> OpenSpaces::make(std::int64_t account) const {
    try {
        const Log log = [inner = options_.log, account](LogLevel level, std::string_view text) {
            inner(level, "account " + std::to_string(account) + ": " + std::string(text));
        };
        return std::make_shared<Space>(options_.data.space(account), log, options_.version);
    } catch (const std::exception& problem) {
        options_.log(LogLevel::error, "the space of account " + std::to_string(account) +
                                          " cannot be opened: " + problem.what());
        return fail(Fault::unavailable, "This space cannot be opened now. See the host's log.");
    }
}

bool OpenSpaces::may_close(const Entry& entry, Moment before) {
    // Whoever else holds it got it under our lock.
    return entry.space && entry.used <= before && entry.space.use_count() == 1 &&
           entry.space->is_idle();
}

bool OpenSpaces::make_room(std::vector<std::shared_ptr<Space>>& closing) {
    const Moment before = steady_now() - options_.spared_time;
    auto oldest = entries_.end();
    for (auto each = entries_.begin(); each != entries_.end(); ++each) {
        if (!may_close(each->second, before)) continue;
        if (oldest == entries_.end() || each->second.used < oldest->second.used) oldest = each;
    }
    if (oldest == entries_.end()) return false;
    closing.push_back(std::move(oldest->second.space));
    entries_.erase(oldest);
    return true;
}

void OpenSpaces::close_idle() {
    std::vector<std::shared_ptr<Space>> closing;
    const std::scoped_lock lock(mutex_);
    const Moment before = steady_now() - options_.idle_time;
    for (auto each = entries_.begin(); each != entries_.end();) {
        const bool closes = may_close(each->second, before);
        if (closes) closing.push_back(std::move(each->second.space));
        each = closes ? entries_.erase(each) : std::next(each);
    }
}

std::shared_ptr<Space> OpenSpaces::opened(std::int64_t account) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(account);
    return found == entries_.end() ? nullptr : found->second.space;
}

std::vector<std::shared_ptr<Space>> OpenSpaces::all() {
    std::vector<std::shared_ptr<Space>> spaces;
    const std::scoped_lock lock(mutex_);
    for (const auto& [account, entry] : entries_) {
        if (entry.space) spaces.push_back(entry.space);
    }
    return spaces;
}

void OpenSpaces::end() {
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    opened_.notify_all();
}

}  // namespace bm
