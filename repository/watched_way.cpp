#include "repository/watched_way.hpp"

#include <system_error>

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;  // as many as the kernel follows

/// The names of `path`, put in front of those that are still to be walked (the next one is last).
void put_in_front(const fs::path& path, std::vector<std::string>& left) {
    const fs::path names = path.relative_path();
    for (auto name = names.end(); name != names.begin();) {
        --name;
        if (!name->empty() && *name != ".") left.push_back(name->string());
    }
}

}  // namespace

WatchedWay watched_way(const fs::path& path) {
    WatchedWay way;
    fs::path at = "/";
    std::vector<std::string> left;
    put_in_front(path, left);
    int links = 0;
    while (!left.empty()) {
        const std::string name = std::move(left.back());
        left.pop_back();
        if (name == "..") {
            // What has been walked holds no link any more.
            at = at.parent_path();
            continue;
        }
        const fs::path next = at / name;
        std::error_code error;
        const auto kind = fs::symlink_status(next, error).type();
        if (kind == fs::file_type::directory && !left.empty()) {
            way.folders.push_back(next);
            at = next;
            continue;
        }
        way.names.push_back({at, name});
        if (kind != fs::file_type::symlink || ++links > kMostLinks) break;
        const fs::path target = fs::read_symlink(next, error);
        if (error) break;
        if (target.is_absolute()) at = "/";
        put_in_front(target, left);
    }
    return way;
}

}  // namespace bm
