#include "host/account_work.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace bm {

namespace {

constexpr int kMostDoublings = 8;
constexpr std::chrono::milliseconds kLongestRetry = std::chrono::hours(1);

}  // namespace

void WrittenFiles::add(const WrittenFiles& other) {
    for (const auto& [folder, scope] : other.paths) paths[folder].add(scope);
    full.insert(other.full.begin(), other.full.end());
}

AccountWork::AccountWork(Options options) : options_(std::move(options)) {
    for (std::size_t each = 0; each < options_.threads; ++each)
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

AccountWork::~AccountWork() {
    for (std::jthread& thread : threads_) thread.request_stop();
    threads_.clear();
}

void AccountWork::wake() {
    ++wakes_;
    woken_.notify_all();
}

void AccountWork::note_written(std::int64_t account, std::string_view path) {
    const std::scoped_lock lock(mutex_);
    Account& entry = accounts_[account];
    entry.last = steady_now();
    if (entry.written.is_empty()) entry.first = entry.last;
    const std::size_t slash = path.find('/');
    entry.written.paths[std::string(path.substr(0, slash))].add(
        slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1));
    wake();
}

void AccountWork::index_soon(std::int64_t account, const std::string& folder, bool full) {
    const std::scoped_lock lock(mutex_);
    Account& entry = accounts_[account];
    if (entry.written.is_empty()) {
        // Nobody is writing now: there is nothing to wait for.
        entry.first = entry.last = steady_now() - options_.debounce;
    }
    entry.written.paths[folder] = SyncScope::whole_project();
    if (full) entry.written.full.insert(folder);
    wake();
}

void AccountWork::look_now() {
    const std::scoped_lock lock(mutex_);
    next_round_ = Moment{};
    wake();
}

Moment AccountWork::due(const Account& account) const {
    Moment moment = Moment::max();
    if (account.is_busy) return moment;
    if (!account.written.is_empty()) {
        const Moment quiet =
            std::min(account.last + options_.debounce, account.first + options_.longest_wait);
        moment = std::max(quiet, account.not_before);
    }
    return account.looked_for ? std::min(moment, *account.looked_for) : moment;
}

std::optional<AccountWork::Job> AccountWork::take_due(Moment now) {
    const auto first = std::min_element(
        accounts_.begin(), accounts_.end(),
        [&](const auto& a, const auto& b) { return due(a.second) < due(b.second); });
    if (first == accounts_.end() || due(first->second) > now) return std::nullopt;
    Account& account = first->second;
    Job job{first->first, {}, account.looked_for.has_value()};
    account.looked_for.reset();
    if (due(account) <= now) job.written = std::exchange(account.written, {});
    account.is_busy = true;
    return job;
}

Moment AccountWork::next_moment() const {
    Moment next = round_begins_ ? Moment::max() : next_round_;
    for (const auto& [number, account] : accounts_) next = std::min(next, due(account));
    return next;
}

void AccountWork::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (!round_begins_ && next_round_ <= steady_now()) {
            round_begins_ = true;
            next_round_ = steady_now() + options_.round_interval;
            lock.unlock();
            begin_round();
            lock.lock();
            round_begins_ = false;
            wake();
        } else if (const auto job = take_due(steady_now())) {
            lock.unlock();
            const bool is_done = run(*job, stop);
            lock.lock();
            finish(*job, is_done);
        } else {
            const auto is_woken = [this, seen = wakes_] { return wakes_ != seen; };
            const Moment next = next_moment();
            if (next == Moment::max()) {
                woken_.wait(lock, stop, is_woken);
            } else {
                woken_.wait_until(lock, stop, next, is_woken);
            }
        }
    }
}

void AccountWork::begin_round() {
    try {
        const auto accounts = options_.begin_round();
        const std::scoped_lock lock(mutex_);
        for (const std::int64_t account : accounts) {
            auto& since = accounts_[account].looked_for;
            if (!since) since = steady_now();
        }
    } catch (const std::exception& problem) {
        options_.log(LogLevel::error, std::string("discovery: ") + problem.what());
    }
}

bool AccountWork::run(const Job& job, const std::stop_token& stop) {
    // One bad space never stops the others.
    try {
        if (job.discovers) options_.discover(job.account);
    } catch (const std::exception& problem) {
        options_.log(LogLevel::warning, "discovery in the space of account " +
                                            std::to_string(job.account) + ": " + problem.what());
    }
    try {
        return job.written.is_empty() || options_.index(job.account, job.written, stop);
    } catch (const std::exception& problem) {
        options_.log(LogLevel::warning, "indexing what was written by account " +
                                            std::to_string(job.account) + ": " + problem.what());
    }
    return false;
}

void AccountWork::finish(const Job& job, bool is_done) {
    Account& account = accounts_[job.account];
    account.is_busy = false;
    if (is_done) {
        if (!job.written.is_empty()) account.failures = 0;
    } else {
        const auto wait = options_.retry * (1 << std::min(account.failures++, kMostDoublings));
        account.not_before = steady_now() + std::min(wait, kLongestRetry);
        if (account.written.is_empty()) account.first = account.last = steady_now();
        account.written.add(job.written);
    }
    if (account.written.is_empty() && !account.looked_for) accounts_.erase(job.account);
    wake();
}

}  // namespace bm
