#include "server/followed_resources.hpp"

namespace bm {
namespace {

/// Of the nodes that hold one of them.
constexpr std::size_t bytes_beside = 192;

}  // namespace

void FollowedResources::add(const std::string& uri, std::string key) {
    remove(uri);
    const auto added = key_of_.emplace(uri, std::move(key)).first;
    by_key_.emplace(added->second, added->first);
    bytes_ += added->first.size() + added->second.size() + bytes_beside;
}

void FollowedResources::remove(const std::string& uri) {
    const auto found = key_of_.find(uri);
    if (found == key_of_.end()) return;
    bytes_ -= found->first.size() + found->second.size() + bytes_beside;
    by_key_.erase({found->second, found->first});
    key_of_.erase(found);
}

std::vector<std::string> FollowedResources::uris() const {
    std::vector<std::string> list;
    list.reserve(key_of_.size());
    for (const auto& [uri, key] : key_of_) list.push_back(uri);
    return list;
}

bool FollowedResources::has_key(const std::string& key) const {
    const auto first = by_key_.lower_bound({key, {}});
    return first != by_key_.end() && first->first == key;
}

std::vector<std::string> FollowedResources::uris_of(const std::string& key) const {
    std::vector<std::string> list;
    for (auto at = by_key_.lower_bound({key, {}}); at != by_key_.end() && at->first == key; ++at) {
        list.emplace_back(at->second);
    }
    return list;
}

}  // namespace bm
