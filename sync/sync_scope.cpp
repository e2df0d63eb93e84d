#include "sync/sync_scope.hpp"

namespace bm {

SyncScope SyncScope::whole_project() {
    SyncScope scope;
    scope.add("");
    return scope;
}

void SyncScope::add(std::string_view path) {
    if (is_whole_) return;
    if (!path.empty()) paths_.emplace(path);
    if (!path.empty() && paths_.size() <= kMostPaths) return;
    is_whole_ = true;
    paths_.clear();
}

void SyncScope::add(const SyncScope& other) {
    if (other.is_whole_) add("");
    for (const auto& path : other.paths_) add(path);
}

bool SyncScope::lies_below_another(std::string_view path) const {
    for (auto slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
        if (paths_.contains(path.substr(0, slash))) return true;
    }
    return false;
}

bool SyncScope::covers(std::string_view path) const {
    return is_whole_ || paths_.contains(path) || lies_below_another(path);
}

std::vector<std::string> SyncScope::paths() const {
    std::vector<std::string> outermost;
    for (const auto& path : paths_) {
        if (!lies_below_another(path)) outermost.push_back(path);
    }
    return outermost;
}

}  // namespace bm
