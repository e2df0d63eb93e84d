#include "host/unfinished_uploads.hpp"

#include <utility>

namespace bm {

UnfinishedUploads::Attempt::Attempt(UnfinishedUploads& all, std::string caller, std::string name)
    : all_(all), caller_(std::move(caller)), name_(std::move(name)) {
    all_.begin(caller_, name_);
}

UnfinishedUploads::Attempt::~Attempt() { all_.end(caller_, name_, !has_succeeded_); }

bool UnfinishedUploads::is_over(const State& state, Moment now) const {
    return state.running == 0 && (!state.failed || now - *state.failed >= kRemembered);
}

void UnfinishedUploads::tidy(Moment now) {
    if (tidied_ && now - *tidied_ < kRemembered) return;
    tidied_ = now;
    for (auto& [caller, names] : callers_)
        std::erase_if(names, [&](const auto& one) { return is_over(one.second, now); });
    std::erase_if(callers_, [](const auto& one) { return one.second.empty(); });
}

void UnfinishedUploads::make_room(Names& names) {
    if (names.size() < kMostOfOne) return;
    auto oldest = names.end();
    for (auto one = names.begin(); one != names.end(); ++one) {
        const State& state = one->second;
        if (state.running > 0 || !state.failed) continue;
        if (oldest == names.end() || *state.failed < *oldest->second.failed) oldest = one;
    }
    if (oldest != names.end()) names.erase(oldest);
}

void UnfinishedUploads::begin(const std::string& caller, const std::string& name) {
    const std::scoped_lock lock(mutex_);
    tidy(now_());
    Names& names = callers_[caller];
    if (!names.contains(name)) make_room(names);
    ++names[name].running;
}

void UnfinishedUploads::end(const std::string& caller, const std::string& name, bool has_failed) {
    const std::scoped_lock lock(mutex_);
    const auto names = callers_.find(caller);
    if (names == callers_.end()) return;
    const auto found = names->second.find(name);
    if (found == names->second.end()) return;
    State& state = found->second;
    --state.running;
    const Moment now = now_();
    // One that succeeds takes back nothing: the file may be another device's by now, and who
    // failed has still to clean up.
    if (has_failed) state.failed = now;
    if (is_over(state, now)) names->second.erase(found);
    if (names->second.empty()) callers_.erase(names);
}

bool UnfinishedUploads::has(const std::string& caller, const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto names = callers_.find(caller);
    if (names == callers_.end()) return false;
    const auto found = names->second.find(name);
    return found != names->second.end() && !is_over(found->second, now_());
}

std::size_t UnfinishedUploads::size() {
    const std::scoped_lock lock(mutex_);
    std::size_t count = 0;
    for (const auto& [caller, names] : callers_) count += names.size();
    return count;
}

}  // namespace bm
