#include "server/session.hpp"

namespace bm {

bool LegacySession::follow(const std::string& uri, const std::string& key) {
    const std::scoped_lock lock(mutex_);
    if (followed_.size() >= max_followed && !followed_.contains(uri)) return false;
    followed_.add(uri, key);
    return true;
}

void LegacySession::unfollow(const std::string& uri) {
    const std::scoped_lock lock(mutex_);
    followed_.remove(uri);
}

bool LegacySession::follows(const std::string& key) const {
    const std::scoped_lock lock(mutex_);
    return followed_.has_key(key);
}

std::vector<std::string> LegacySession::followed(const std::string& key) const {
    const std::scoped_lock lock(mutex_);
    return followed_.uris_of(key);
}

}  // namespace bm
