#include <system_error>

#include "cloud/remote_listing.hpp"
#include "cloud/same_bytes.hpp"
#include "cloud/two_way_steps.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace fs = std::filesystem;

CloudResult<RcloneOutcome> TwoWayRun::after_empty_side(const RcloneOutcome& outcome) {
    auto now = list_both(true);
    if (!now) return tl::unexpected(now.error());
    const bool local_empty = count_files(now->local) == 0;
    const bool remote_empty = count_files(now->remote) == 0;
    if (!local_empty && !remote_empty) return tl::unexpected(explained(outcome));
    const auto count =
        count_deletions({baseline_->local, baseline_->remote, now->local, now->remote});
    if (!wish_.force && !(local_empty && remote_empty)) {
        if (count.most() > limit()) return tl::unexpected(too_many(count));
        return tl::unexpected(nothing_left(local_empty, false));
    }
    if (wish_.dry_run) return RcloneOutcome{};
    if (auto gone = empty_other_side(*now, local_empty); !gone) {
        return tl::unexpected(gone.error());
    }
    if (auto there = make_remote_folder(); !there) return tl::unexpected(there.error());
    return run_resync();
}

CloudResult<void> TwoWayRun::empty_other_side(const BothSides& now, bool local_empty) {
    if (auto begun = begin("delete"); !begun) return begun;
    const FileSet& before = local_empty ? baseline_->remote : baseline_->local;
    const FileSet& there = local_empty ? now.remote : now.local;
    std::vector<std::string> names;
    for (const auto& [path, file] : before) {
        const auto found = there.find(path);
        // A line of a list would be another name: what cannot be named stays, and comes back.
        const bool can_be_named = !local_empty || path.find_first_of("\r\n") == std::string::npos;
        if (!file.is_folder && can_be_named && found != there.end() &&
            is_same(file, found->second)) {
            names.push_back(path);
        }
    }
    if (names.empty()) return {};
    if (local_empty) {
        RcloneCall call;
        call.arguments = {"delete", scope_.remote, "--files-from-raw", "-"};
        call.input = join(names, "\n") + "\n";
        const auto outcome = run_rclone(rclone_.setup, call);
        report_.commands.push_back(outcome.command);
        if (!outcome.succeeded()) return tl::unexpected(explained(outcome));
        report_.actions.deleted_remote = names;
        return {};
    }
    for (const auto& name : names) {
        if (auto moved = move_to_trash(name); !moved) return moved;
        report_.actions.deleted_local.push_back(name);
    }
    return {};
}

CloudResult<void> TwoWayRun::move_to_trash(const std::string& name) {
    const auto to = trash_of_run() / name;
    std::error_code problem;
    fs::create_directories(to.parent_path(), problem);
    if (!problem) fs::rename(scope_.local_root / name, to, problem);
    if (problem == std::errc::cross_device_link) {
        problem.clear();
        fs::copy_file(scope_.local_root / name, to, problem);
        if (!problem) fs::remove(scope_.local_root / name, problem);
    }
    if (!problem) return {};
    return cloud_fail(CloudFault::local_io,
                      name + " could not be moved to the trash: " + problem.message());
}

bool TwoWayRun::is_same(const ListedFile& one, const ListedFile& other) {
    constexpr std::int64_t a_second = 1'000'000'000;
    const std::int64_t apart = one.modified_ns - other.modified_ns;
    return one.size == other.size && apart <= a_second && apart >= -a_second;
}

CloudResult<void> TwoWayRun::resync() {
    if (!wish_.dry_run) remove_leftovers(scope_);
    if (auto there = make_remote_folder(); !there) return there;
    if (baseline_ && !wish_.dry_run) {
        if (auto copied = back_up_baseline(scope_); !copied) return copied;
    }
    auto outcome = run_resync();
    if (!outcome) return tl::unexpected(outcome.error());
    if (!outcome->succeeded()) return tl::unexpected(explained(*outcome));
    return {};
}

CloudResult<void> TwoWayRun::make_remote_folder() {
    const auto listed = list_side(rclone_.setup, {scope_.remote, {}, false, true, true});
    if (listed.files) return {};
    if (listed.outcome.trouble != RcloneTrouble::directory_not_found) {
        return tl::unexpected(explained(listed.outcome));
    }
    if (wish_.dry_run) return {};
    RcloneCall call;
    call.arguments = {"mkdir", scope_.remote};
    const auto made = run_rclone(rclone_.setup, call);
    if (!made.succeeded()) return tl::unexpected(explained(made));
    return {};
}

CloudResult<RcloneOutcome> TwoWayRun::run_resync() {
    if (!wish_.dry_run) {
        if (auto kept = keep_remote_losers(); !kept) return tl::unexpected(kept.error());
        // What the user asked for must not end half done: until it is whole there is no
        // baseline. One that we start by ourselves undoes nothing, and may go on from the old.
        if (wish_.resync) state_.baseline.reset();
        if (auto begun = begin(wish_.resync ? "resync" : "run"); !begun) {
            return tl::unexpected(begun.error());
        }
        if (wish_.resync) remove_listings(scope_);
    }
    auto outcome = start({"--resync", "--resync-mode", "newer"}, false);
    if (outcome.succeeded() && !wish_.dry_run) forget_equal_copies();
    return outcome;
}

CloudResult<void> TwoWayRun::keep_remote_losers() {
    auto now = list_both(true);
    if (!now) return tl::unexpected(now.error());
    std::vector<std::string> names;
    std::map<std::string, ListedFile> local;
    for (const auto& [path, file] : now->local) local.emplace(to_nfc(path), file);
    for (const auto& [path, file] : now->remote) {
        const auto here = local.find(to_nfc(path));
        if (file.is_folder || here == local.end() || here->second.is_folder) continue;
        if (is_same(here->second, file)) continue;
        if (path.find_first_of("\r\n") == std::string::npos) {
            names.push_back(path);
        } else if (auto kept = keep_remote_file(path); !kept) {
            return kept;
        }
    }
    if (names.empty()) return {};
    RcloneCall call;
    call.arguments = {"copy", scope_.remote, (trash_of_run() / "remote").string(),
                      "--files-from-raw", "-"};
    call.input = join(names, "\n") + "\n";
    const auto outcome = run_rclone(rclone_.setup, call);
    report_.commands.push_back(outcome.command);
    if (!outcome.succeeded()) return tl::unexpected(explained(outcome));
    return {};
}

CloudResult<void> TwoWayRun::keep_remote_file(const std::string& name) {
    RcloneCall call;
    call.arguments = {"copyto", scope_.remote + "/" + name,
                      (trash_of_run() / "remote" / name).string()};
    const auto outcome = run_rclone(rclone_.setup, call);
    report_.commands.push_back(outcome.command);
    if (!outcome.succeeded()) return tl::unexpected(explained(outcome));
    return {};
}

void TwoWayRun::forget_equal_copies() const {
    const auto folder = trash_of_run() / "remote";
    std::error_code ignored;
    std::vector<fs::path> equal;
    for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
        const auto here = scope_.local_root / entry.path().lexically_relative(folder);
        if (entry.is_regular_file(ignored) && same_bytes(entry.path(), here)) {
            equal.push_back(entry.path());
        }
    }
    for (const auto& file : equal) fs::remove(file, ignored);
    drop_agreed_versions(trash_of_run() / "remote", {});
    fs::remove(trash_of_run(), ignored);
}

}  // namespace bm
