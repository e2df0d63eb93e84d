#include "cloud/deletion_guard.hpp"

#include <algorithm>

namespace bm {

namespace {

struct Side {
    std::size_t vanished = 0;
    std::vector<std::string> deletions;
};

Side look(const FileSet& before, const FileSet& now, const FileSet& other_now) {
    Side side;
    for (const auto& [path, file] : before) {
        if (now.contains(path)) continue;
        ++side.vanished;
        if (!file.is_folder && other_now.contains(path)) side.deletions.push_back(path);
    }
    return side;
}

int rounded_up(std::size_t part, std::size_t whole) {
    if (whole == 0) return 100;
    return static_cast<int>(std::min<std::size_t>(100, (100 * part + whole - 1) / whole));
}

}  // namespace

DeletionCount count_deletions(const GuardInput& input) {
    auto local = look(input.local_before, input.local_now, input.remote_now);
    auto remote = look(input.remote_before, input.remote_now, input.local_now);
    DeletionCount count;
    count.in_cloud = std::move(local.deletions);
    count.locally = std::move(remote.deletions);
    count.vanished_locally = local.vanished;
    count.vanished_in_cloud = remote.vanished;
    count.entries_locally = input.local_before.size();
    count.entries_in_cloud = input.remote_before.size();
    return count;
}

int percentage_for(const DeletionCount& count, std::size_t limit) {
    const std::size_t harmless_here = count.vanished_locally - count.in_cloud.size();
    const std::size_t harmless_there = count.vanished_in_cloud - count.locally.size();
    return std::max(rounded_up(limit + harmless_here, count.entries_locally),
                    rounded_up(limit + harmless_there, count.entries_in_cloud));
}

int percentage_within(std::size_t entries, std::size_t limit) {
    if (entries <= limit) return 100;
    return static_cast<int>(100 * limit / entries);
}

}  // namespace bm
