#include <algorithm>
#include <set>
#include <thread>

#include <unistd.h>

#include "cloud/remote_listing.hpp"
#include "cloud/two_way_steps.hpp"

namespace bm {

namespace {

constexpr std::size_t kSmallBaseline = 10;  // of which all files may well change at once
constexpr std::size_t kNamesShown = 10;

}  // namespace

RcloneOutcome TwoWayRun::start(std::vector<std::string> more, bool forced) {
    RcloneCall call;
    call.arguments = {"bisync",
                      local_side(),
                      scope_.remote,
                      "--filter-from",
                      scope_.filter_file().string(),
                      "--workdir",
                      scope_.state.string()};
    const auto add = [&call](std::initializer_list<std::string> words) {
        call.arguments.insert(call.arguments.end(), words);
    };
    add({std::string("--conflict-resolve=") + (profile_.keeps_both ? "none" : "newer"),
         "--resilient", "--recover", "--max-lock", "2m"});
    // What the profile does not keep is taken out afterwards, and only what is known elsewhere.
    add({"--backup-dir1", trash_of_run().string()});
    if (!rclone_.remote.is_bucket_store()) add({"--create-empty-src-dirs"});
    if (wish_.dry_run) add({"--dry-run"});
    if (forced) add({"--force"});
    call.arguments.insert(call.arguments.end(), more.begin(), more.end());
    call.log_file = scope_.log_file();
    auto outcome = run_rclone(rclone_.setup, call);
    report_.commands.push_back(outcome.command);
    gather(outcome.actions);
    return outcome;
}

void TwoWayRun::gather(const FileActions& more) {
    FileActions& all = report_.actions;
    const auto add = [](std::vector<std::string>& to, const std::vector<std::string>& from) {
        std::set<std::string> known(to.begin(), to.end());
        for (const auto& path : from) {
            if (known.insert(path).second) to.push_back(path);
        }
    };
    add(all.uploaded, more.uploaded);
    add(all.downloaded, more.downloaded);
    add(all.deleted_local, more.deleted_local);
    add(all.deleted_remote, more.deleted_remote);
    add(all.renamed, more.renamed);
    all.conflicts.insert(all.conflicts.end(), more.conflicts.begin(), more.conflicts.end());
}

CloudResult<void> TwoWayRun::begin(const char* phase) {
    if (wish_.dry_run) return {};
    state_.in_progress =
        RunInProgress{static_cast<int>(::getpid()), wish_.command, phase, context_.now_text()};
    return write_scope_state(scope_, state_);
}

std::string TwoWayRun::cautious_limit() const {
    const std::size_t entries = std::max(baseline_->local.size(), baseline_->remote.size());
    const std::size_t files =
        std::min(count_files(baseline_->local), count_files(baseline_->remote));
    return "--max-delete=" + std::to_string(percentage_within(entries, files, limit()));
}

CloudResult<void> TwoWayRun::bisync() {
    if (!wish_.dry_run) {
        if (auto copied = back_up_baseline(scope_); !copied) return copied;
    }
    if (auto begun = begin("run"); !begun) return begun;
    // Most runs delete few files or none: rclone counts them in percent, and a percentage that
    // cannot mean more than the limit needs no list of both sides first.
    const bool open = wish_.dry_run;
    auto outcome = start({open ? std::string("--max-delete=100") : cautious_limit()}, open);
    for (int tries = 0; tries < 2 && !outcome.succeeded(); ++tries) {
        auto next = go_on_after(outcome);
        if (!next) return tl::unexpected(next.error());
        outcome = *std::move(next);
    }
    if (!outcome.succeeded()) return tl::unexpected(explained(outcome));
    return settle();
}

CloudResult<RcloneOutcome> TwoWayRun::go_on_after(const RcloneOutcome& outcome) {
    switch (outcome.trouble) {
        case RcloneTrouble::too_many_deletes:
        case RcloneTrouble::all_changed:
            put_listings_back();
            return after_guard(outcome.trouble == RcloneTrouble::all_changed);
        case RcloneTrouble::empty_side:
        case RcloneTrouble::directory_not_found:
            put_listings_back();
            return after_empty_side(outcome);
        case RcloneTrouble::source_changed:
            std::this_thread::sleep_for(context_.retry_pause);
            put_listings_back();
            return start({cautious_limit()}, false);
        case RcloneTrouble::lock_file: {
            const auto cleared = clear_rclone_lock(scope_);
            if (!cleared) return tl::unexpected(cleared.error());
            return start({cautious_limit()}, false);
        }
        default:
            return tl::unexpected(explained(outcome));
    }
}

void TwoWayRun::put_listings_back() {
    if (wish_.dry_run) return;
    if (!read_baseline(scope_)) restore_baseline(scope_);
    remove_leftovers(scope_);
}

CloudResult<TwoWayRun::BothSides> TwoWayRun::list_both(bool with_times) {
    const bool folders = !rclone_.remote.is_bucket_store();
    ListingWish wish{local_side(), scope_.filter_file(), with_times, folders, false};
    auto local = list_side(rclone_.setup, wish);
    if (!local.files) return tl::unexpected(explained(local.outcome));
    wish.side = scope_.remote;
    auto remote = list_side(rclone_.setup, wish);
    if (!remote.files && remote.outcome.trouble == RcloneTrouble::directory_not_found) {
        remote.files = FileSet{};
    }
    if (!remote.files) return tl::unexpected(explained(remote.outcome));
    return BothSides{*std::move(local.files), *std::move(remote.files)};
}

bool TwoWayRun::approves(const std::string& question) const {
    if (wish_.force || wish_.yes) return true;
    return context_.ask && context_.ask(question);
}

std::string TwoWayRun::first_names(const std::vector<std::string>& names) const {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i) text += "\n  " + names[i];
    if (names.size() > kNamesShown) {
        text += "\n  and " + std::to_string(names.size() - kNamesShown) + " more";
    }
    return text;
}

CloudFailure TwoWayRun::too_many(const DeletionCount& count) const {
    const bool locally = count.locally.size() >= count.in_cloud.size();
    const auto& names = locally ? count.locally : count.in_cloud;
    return {CloudFault::deletion_limit,
            "Deletion exceeds safety limit (" + std::to_string(names.size()) + " > " +
                std::to_string(limit()) + ")",
            std::string("To be deleted ") + (locally ? "locally:" : "in the cloud:") +
                first_names(names) + "\nLook first: " + wish_.command +
                " --dry-run\nDelete them: " + wish_.command +
                " --force (or a profile with a higher limit)\nRestore them: " + wish_.command +
                " --resync"};
}

CloudFailure TwoWayRun::nothing_left(bool local_empty, bool has_others) const {
    const std::string side = local_empty ? "Local directory " + scope_.local_root.string()
                                         : std::string("The cloud folder");
    const std::string files =
        std::to_string(count_files(local_empty ? baseline_->local : baseline_->remote)) +
        " files were synced before.";
    return {CloudFault::side_empty,
            has_others ? side + " has none of the files that it had, but " + files
                       : side + " is empty but " + files,
            "Restore the files: " + wish_.command +
                " --resync\nDelete them on the other side too: " + wish_.command + " --force"};
}

CloudResult<void> TwoWayRun::check_something_left(const DeletionCount& count) {
    const bool local_empty = count.has_lost_all_locally();
    if (wish_.force || (!local_empty && !count.has_lost_all_in_cloud())) return {};
    const auto now = list_both(true);
    if (!now) return tl::unexpected(now.error());
    const FileSet& there = local_empty ? now->local : now->remote;
    if (was_renamed(local_empty ? baseline_->local : baseline_->remote, there)) return {};
    return tl::unexpected(nothing_left(local_empty, count_files(there) > 0));
}

CloudResult<RcloneOutcome> TwoWayRun::after_guard(bool all_changed) {
    auto now = list_both(false);
    if (!now) return tl::unexpected(now.error());
    const auto count =
        count_deletions({baseline_->local, baseline_->remote, now->local, now->remote});
    std::size_t allowed = limit();
    if (count.most() > allowed) {
        const bool locally = count.locally.size() >= count.in_cloud.size();
        if (!approves("Delete " + std::to_string(count.most()) + " files " +
                      (locally ? "locally" : "in the cloud") + "?")) {
            return tl::unexpected(too_many(count));
        }
        allowed = count.most();
    } else if (auto left = check_something_left(count); !left) {
        return tl::unexpected(left.error());
    }
    if (all_changed) {
        const std::size_t files = count_files(baseline_->local);
        if (files > kSmallBaseline &&
            !approves("All " + std::to_string(files) + " files changed. Go on?")) {
            return cloud_fail(
                CloudFault::all_changed,
                "All " + std::to_string(files) + " files changed on one side since the last sync.",
                "A changed clock or time zone does that. Look first: " + wish_.command +
                    " --dry-run\nGo on: " + wish_.command +
                    " --force\nKeep the newer of each: " + wish_.command + " --resync");
        }
    }
    if (all_changed && !wish_.force) {
        // Forced, rclone counts nothing itself: what is deleted was seen just now.
        const auto again = list_both(false);
        if (!again) return tl::unexpected(again.error());
        const auto seen =
            count_deletions({baseline_->local, baseline_->remote, again->local, again->remote});
        if (seen.most() > allowed) return tl::unexpected(too_many(seen));
        if (count.most() <= limit()) {
            if (auto left = check_something_left(seen); !left) return tl::unexpected(left.error());
        }
    }
    return start({"--max-delete=" + std::to_string(percentage_for(count, allowed))}, all_changed);
}

CloudResult<void> TwoWayRun::settle() {
    if (wish_.dry_run || report_.actions.conflicts.empty()) return {};
    if (!back_up_baseline(scope_)) return {};
    const FileActions before = report_.actions;
    const auto outcome = start({cautious_limit()}, false);
    if (!outcome.succeeded()) {
        put_listings_back();
        report_.actions = before;
        warn("the conflict is kept, but the sync after it failed: " + outcome.message);
    }
    return {};
}

}  // namespace bm
