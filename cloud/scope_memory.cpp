#include "cloud/scope_memory.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include <sys/stat.h>

#include "cloud/bisync_listing.hpp"
#include "cloud/leftover_rclone.hpp"
#include "cloud/sync_lock.hpp"
#include "markdown/text.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> read_all(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// rclone pairs names however they are composed, and each side keeps its own spelling.
bool same_names(const FileSet& one, const FileSet& other) {
    if (one.size() != other.size()) return false;
    const auto names = [](const FileSet& set) {
        std::vector<std::string> all;
        all.reserve(set.size());
        for (const auto& [path, file] : set) all.push_back(to_nfc(path));
        std::sort(all.begin(), all.end());
        return all;
    };
    return names(one) == names(other);
}

CloudResult<void> copy_durably(const fs::path& from, const fs::path& to) {
    const auto bytes = read_all(from);
    if (!bytes) return cloud_fail(CloudFault::local_io, from.string() + " could not be read");
    const auto written = write_file_atomically(to, *bytes, 0600);
    if (!written) {
        return cloud_fail(CloudFault::local_io, to.string() + ": " + written.error().message);
    }
    return {};
}

template <class Wanted>
void remove_files(const CloudScope& scope, Wanted wanted) {
    std::error_code ignored;
    std::vector<fs::path> doomed;
    for (const auto& entry : fs::directory_iterator(scope.state, ignored)) {
        if (wanted(entry.path().filename().string())) doomed.push_back(entry.path());
    }
    for (const auto& file : doomed) fs::remove(file, ignored);
}

}  // namespace

std::optional<ScopeBaseline> read_baseline(const CloudScope& scope) {
    auto local = read_bisync_listing(scope.listing(1));
    auto remote = read_bisync_listing(scope.listing(2));
    if (!local || !remote || !same_names(*local, *remote)) return std::nullopt;
    return ScopeBaseline{*std::move(local), *std::move(remote)};
}

CloudResult<void> back_up_baseline(const CloudScope& scope) {
    for (const int side : {1, 2}) {
        auto copied = copy_durably(scope.listing(side), scope.listing_backup(side));
        if (!copied) return copied;
    }
    return {};
}

bool restore_baseline(const CloudScope& scope) {
    const auto local = read_bisync_listing(scope.listing_backup(1));
    const auto remote = read_bisync_listing(scope.listing_backup(2));
    if (!local || !remote || !same_names(*local, *remote)) return false;
    for (const int side : {1, 2}) {
        if (!copy_durably(scope.listing_backup(side), scope.listing(side))) return false;
    }
    return true;
}

CloudResult<void> forget_folder(const CloudScope& scope, const std::string& folder) {
    // The copies first: from them a run goes on when this one is cut short.
    for (const auto& place : {scope.backup(), scope.state}) {
        std::error_code ignored;
        std::vector<fs::path> listings;
        for (fs::directory_iterator at(place, ignored), end; !ignored && at != end;
             at.increment(ignored)) {
            const std::string name = at->path().filename().string();
            if (name.find("path1.lst") != std::string::npos ||
                name.find("path2.lst") != std::string::npos) {
                listings.push_back(at->path());
            }
        }
        for (const auto& listing : listings) {
            const auto text = read_all(listing);
            if (!text) {
                return cloud_fail(CloudFault::local_io, listing.string() + " could not be read");
            }
            const auto rest = listing_without_folder(*text, folder);
            if (rest == *text) continue;
            if (const auto written = write_file_atomically(listing, rest, 0600); !written) {
                return cloud_fail(CloudFault::local_io,
                                  listing.string() + ": " + written.error().message);
            }
        }
    }
    return {};
}

void remove_leftovers(const CloudScope& scope) {
    remove_files(scope, [](const std::string& name) {
        return name.ends_with(".lst-err") || name.ends_with(".lst-new") ||
               name.find(".lst-dry") != std::string::npos;
    });
}

void remove_dry_files(const CloudScope& scope) {
    remove_files(
        scope, [](const std::string& name) { return name.find(".lst-dry") != std::string::npos; });
}

void remove_listings(const CloudScope& scope) {
    remove_files(scope, [](const std::string& name) {
        return name.find(".path1.lst") != std::string::npos ||
               name.find(".path2.lst") != std::string::npos || name.ends_with(".que");
    });
}

CloudResult<bool> clear_rclone_lock(const CloudScope& scope) {
    std::error_code ignored;
    if (!fs::exists(scope.rclone_lock(), ignored)) return false;
    const auto pid = rclone_lock_pid(scope.rclone_lock());
    constexpr std::chrono::seconds grace{10};
    if (pid && is_running_rclone(*pid) && !end_leftover_rclone(scope, *pid, grace)) {
        return cloud_fail(
            CloudFault::locked,
            "Another rclone (PID " + std::to_string(*pid) + ") is using this sync state.",
            "Wait until it has ended.");
    }
    fs::remove(scope.rclone_lock(), ignored);
    return true;
}

void prune_trash(const CloudScope& scope, int days, Timestamp now) {
    std::error_code ignored;
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(scope.trash(), ignored)) {
        struct stat seen {};
        if (::stat(entry.path().c_str(), &seen) != 0) continue;
        const auto made = Timestamp(std::chrono::seconds(seen.st_ctim.tv_sec));
        if (now - made > std::chrono::hours(24) * days) old.push_back(entry.path());
    }
    for (const auto& folder : old) fs::remove_all(folder, ignored);
}

void drop_agreed_versions(const fs::path& trash, const FileSet& agreed) {
    std::error_code ignored;
    std::vector<fs::path> doomed;
    for (const auto& entry : fs::recursive_directory_iterator(trash, ignored)) {
        if (!entry.is_regular_file(ignored)) continue;
        const auto known = agreed.find(entry.path().lexically_relative(trash).string());
        struct stat seen {};
        if (known == agreed.end() || ::stat(entry.path().c_str(), &seen) != 0) continue;
        const auto modified =
            static_cast<std::int64_t>(seen.st_mtim.tv_sec) * 1'000'000'000 + seen.st_mtim.tv_nsec;
        if (seen.st_size == known->second.size && modified == known->second.modified_ns) {
            doomed.push_back(entry.path());
        }
    }
    for (const auto& file : doomed) fs::remove(file, ignored);
    std::vector<fs::path> folders;
    for (const auto& entry : fs::recursive_directory_iterator(trash, ignored)) {
        if (entry.is_directory(ignored)) folders.push_back(entry.path());
    }
    std::sort(folders.rbegin(), folders.rend());
    for (const auto& folder : folders) fs::remove(folder, ignored);
    fs::remove(trash, ignored);
}

}  // namespace bm
