#include "cloud/deletion_guard.hpp"

#include <algorithm>
#include <set>

#include "markdown/text.hpp"

namespace bm {

namespace {

struct Side {
    std::size_t vanished = 0;
    std::size_t left = 0;
    std::vector<std::string> deletions;
};

using NameSet = std::set<std::string, std::less<>>;

NameSet names_of(const FileSet& set) {
    NameSet names;
    for (const auto& [path, file] : set) names.insert(to_nfc(path));
    return names;
}

Side look(const FileSet& before, const NameSet& now, const NameSet& other_now) {
    Side side;
    for (const auto& [path, file] : before) {
        const std::string name = to_nfc(path);
        if (now.contains(name)) {
            side.left += file.is_folder ? 0 : 1;
            continue;
        }
        ++side.vanished;
        if (!file.is_folder && other_now.contains(name)) side.deletions.push_back(path);
    }
    return side;
}

int rounded_up(std::size_t part, std::size_t whole) {
    if (whole == 0) return 100;
    return static_cast<int>(std::min<std::size_t>(100, (100 * part + whole - 1) / whole));
}

}  // namespace

DeletionCount count_deletions(const GuardInput& input) {
    const NameSet local_now = names_of(input.local_now);
    const NameSet remote_now = names_of(input.remote_now);
    auto local = look(input.local_before, local_now, remote_now);
    auto remote = look(input.remote_before, remote_now, local_now);
    DeletionCount count;
    count.in_cloud = std::move(local.deletions);
    count.locally = std::move(remote.deletions);
    count.vanished_locally = local.vanished;
    count.vanished_in_cloud = remote.vanished;
    count.left_locally = local.left;
    count.left_in_cloud = remote.left;
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

bool was_renamed(const FileSet& before, const FileSet& now) {
    std::multimap<std::int64_t, std::int64_t> gone;
    for (const auto& [path, file] : before) {
        if (!file.is_folder && !now.contains(path)) gone.emplace(file.size, file.modified_ns);
    }
    constexpr std::int64_t a_second = 1'000'000'000;
    return std::any_of(now.begin(), now.end(), [&](const auto& each) {
        const auto& path = each.first;
        const ListedFile& file = each.second;
        if (file.is_folder || before.contains(path)) return false;
        const auto [first, last] = gone.equal_range(file.size);
        return std::any_of(first, last, [&](const auto& old) {
            const std::int64_t apart = old.second - file.modified_ns;
            return apart <= a_second && apart >= -a_second;
        });
    });
}

int percentage_within(std::size_t entries, std::size_t files, std::size_t limit) {
    if (entries == 0 || files == 0) return 0;
    const std::size_t within_limit = entries <= limit ? 100 : 100 * limit / entries;
    const std::size_t below_all = (100 * files + entries - 1) / entries - 1;
    return static_cast<int>(std::min(within_limit, below_all));
}

}  // namespace bm
