#include "server/session.hpp"

namespace bm {

bool LegacySession::follow(const std::string& uri, const std::string& key) {
    const std::scoped_lock lock(mutex_);
    if (followed_.size() >= max_followed && !followed_.contains(uri)) return false;
    followed_.add(uri, key);
    if (followed_.bytes() <= FollowedResources::most_bytes && memory_.resize(followed_.bytes())) {
        return true;
    }
    followed_.remove(uri);
    return false;
}

void LegacySession::unfollow(const std::string& uri) {
    const std::scoped_lock lock(mutex_);
    followed_.remove(uri);
    // What became less always fits.
    [[maybe_unused]] const bool fits = memory_.resize(followed_.bytes());
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
