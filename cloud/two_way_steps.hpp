#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cloud/deletion_guard.hpp"
#include "cloud/scope_memory.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/sync_context.hpp"
#include "cloud/sync_profile.hpp"

namespace bm {

/// One run on one scope, as two_way_run.hpp promises it. Each step fails with what to tell. Its
/// parts: before and after the transfer (two_way_run), the transfer and its guard
/// (two_way_transfer), the first run and empty sides (two_way_resync). One thread, one use.
class TwoWayRun {
public:
    TwoWayRun(SyncContext& context, const ReadyRclone& rclone, const CloudScope& scope,
              const ScopeFilter& filter, const SyncWish& wish)
        : context_(context),
          rclone_(rclone),
          scope_(scope),
          filter_(filter),
          wish_(wish),
          profile_(find_profile(wish.profile).value_or(kDefaultProfile)),
          stamp_(context.now_stamp()) {
        report_.is_space = scope.is_space;
        report_.project = scope.project;
        report_.dry_run = wish.dry_run;
        report_.resync = wish.resync;
        report_.profile = profile_.name;
        report_.rclone_version = rclone.setup.program.version_text();
    }
    CloudReport run();

private:
    using Step = CloudResult<void>;
    Step prepare();
    Step write_filter();
    /// Once, and when other links are there: they stay for years.
    void tell_links();
    [[nodiscard]] std::string resync_hint() const { return "Run: " + wish_.command + " --resync"; }
    [[nodiscard]] tl::unexpected<CloudFailure> not_initialized() const;
    [[nodiscard]] tl::unexpected<CloudFailure> damaged() const;
    /// What the last run has left: trusted when it is whole, repaired from the copies when the run
    /// did not end well, asked for anew otherwise.
    Step look_at_baseline();
    Step look_at_local_root();
    Step transfer() { return report_.resync ? resync() : bisync(); }
    [[nodiscard]] std::string local_side() const {
        return preview_root_.empty() ? scope_.local_root.string() : preview_root_.string();
    }
    [[nodiscard]] std::filesystem::path trash_of_run() const { return scope_.trash() / stamp_; }
    RcloneOutcome start(std::vector<std::string> more, bool forced);
    /// Passes of one run add up.
    void gather(const FileActions& more);
    Step begin(const char* phase);
    /// What rclone is given where nothing has been counted yet.
    [[nodiscard]] std::string cautious_limit() const;
    Step bisync();
    [[nodiscard]] std::size_t limit() const { return profile_.deletion_limit; }
    /// The next attempt, where there is one that makes sense.
    CloudResult<RcloneOutcome> go_on_after(const RcloneOutcome& outcome);
    void put_listings_back();
    struct BothSides {
        FileSet local;
        FileSet remote;
    };
    CloudResult<BothSides> list_both(bool with_times);
    [[nodiscard]] bool approves(const std::string& question) const;
    [[nodiscard]] std::string first_names(const std::vector<std::string>& names) const;
    [[nodiscard]] CloudFailure too_many(const DeletionCount& count) const;
    /// None of the files is left on one side, whatever else is there.
    [[nodiscard]] CloudFailure nothing_left(bool local_empty, bool has_others) const;
    /// Not when they have other names only.
    CloudResult<void> check_something_left(const DeletionCount& count);
    /// Counts exactly, asks where that is due, and runs again.
    CloudResult<RcloneOutcome> after_guard(bool all_changed);
    /// Nothing is left on one side: a disk that is not mounted looks the same as a wish.
    CloudResult<RcloneOutcome> after_empty_side(const RcloneOutcome& outcome);
    /// Takes away what is as it was when both sides agreed; what was changed since then stays, and
    /// comes back to the empty side.
    Step empty_other_side(const BothSides& now, bool local_empty);
    Step move_to_trash(const std::string& name);
    static bool is_same(const ListedFile& one, const ListedFile& other);
    Step resync();
    Step make_remote_folder();
    CloudResult<RcloneOutcome> run_resync();
    /// The newer version wins everywhere. Older ones here go to the trash by themselves; those in
    /// the cloud have to be fetched first.
    Step keep_remote_losers();
    /// One whose name a list of names cannot hold.
    Step keep_remote_file(const std::string& name);
    /// Of the fetched copies, those that live on under their name are not needed.
    void forget_equal_copies() const;
    /// After a conflict rclone forgets the winner: it would take its deletion for a new file. Once
    /// more, and both sides remember it.
    Step settle();
    [[nodiscard]] CloudFailure explained(const RcloneOutcome& outcome);
    void warn(const std::string& text) { report_.warnings.push_back(text); }
    void finish();
    /// Of a run that never began nothing else is noted: who asks how things stand is to hear this.
    void note_missing_root();
    void finish_dry_run();
    void record();
    /// For the careful profile: what was transferred is read again on both sides.
    void verify();
    SyncContext& context_;
    const ReadyRclone& rclone_;
    const CloudScope& scope_;
    const ScopeFilter& filter_;
    const SyncWish& wish_;
    SyncProfile profile_;
    std::string stamp_;
    ScopeState state_;
    bool state_was_there_ = false;
    std::optional<ScopeBaseline> baseline_;
    std::filesystem::path preview_root_;
    CloudReport report_;
};

}  // namespace bm
