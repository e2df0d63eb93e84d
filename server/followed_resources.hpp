#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bm {

/// The URIs that a client follows, as it spells them, each with the key under which changes of its
/// resource are told (Catalog::change_key).
class FollowedResources {
public:
    /// Adding a URI again replaces its key.
    void add(const std::string& uri, std::string key);
    void remove(const std::string& uri);

    [[nodiscard]] bool contains(const std::string& uri) const { return key_of_.contains(uri); }
    [[nodiscard]] std::size_t size() const noexcept { return key_of_.size(); }
    [[nodiscard]] bool empty() const noexcept { return key_of_.empty(); }
    /// Sorted.
    [[nodiscard]] std::vector<std::string> uris() const;

    [[nodiscard]] bool has_key(const std::string& key) const;
    /// Those with this key, sorted.
    [[nodiscard]] std::vector<std::string> uris_of(const std::string& key) const;

private:
    std::map<std::string, std::string> key_of_;
    std::set<std::pair<std::string, std::string>> by_key_;
};

}  // namespace bm
