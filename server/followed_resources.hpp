#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bm {

/// The URIs that a client follows, as it spells them, each with the key under which changes of its
/// resource are told (Catalog::change_key).
class FollowedResources {
public:
    /// How much one client may have us remember, by bytes().
    static constexpr std::size_t most_bytes = 512 * std::size_t{1024};

    FollowedResources() = default;
    FollowedResources(FollowedResources&&) = default;
    FollowedResources& operator=(FollowedResources&&) = default;
    FollowedResources(const FollowedResources&) = delete;
    FollowedResources& operator=(const FollowedResources&) = delete;
    ~FollowedResources() = default;

    /// Adding a URI again replaces its key.
    void add(const std::string& uri, std::string key);
    void remove(const std::string& uri);

    [[nodiscard]] bool contains(const std::string& uri) const { return key_of_.contains(uri); }
    [[nodiscard]] std::size_t size() const noexcept { return key_of_.size(); }
    [[nodiscard]] bool empty() const noexcept { return key_of_.empty(); }
    /// What they take up in memory, about.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    /// Sorted.
    [[nodiscard]] std::vector<std::string> uris() const;

    [[nodiscard]] bool has_key(const std::string& key) const;
    /// Those with this key, sorted.
    [[nodiscard]] std::vector<std::string> uris_of(const std::string& key) const;

private:
    /// The key and the URI of an entry, which stays where it is.
    using Place = std::pair<std::string_view, std::string_view>;

    std::map<std::string, std::string> key_of_;
    std::set<Place> by_key_;
    std::size_t bytes_ = 0;
};

}  // namespace bm
