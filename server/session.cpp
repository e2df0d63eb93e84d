#include "server/session.hpp"

namespace bm {

bool LegacySession::follow(const std::string& uri) {
    const std::scoped_lock lock(mutex_);
    if (followed_.size() >= max_followed && !followed_.contains(uri)) return false;
    followed_.insert(uri);
    return true;
}

void LegacySession::unfollow(const std::string& uri) {
    const std::scoped_lock lock(mutex_);
    followed_.erase(uri);
}

bool LegacySession::follows(const std::string& uri) const {
    const std::scoped_lock lock(mutex_);
    return followed_.contains(uri);
}

}  // namespace bm
