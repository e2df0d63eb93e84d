#include "cloud/two_way_run.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

#include "cloud/local_links.hpp"
#include "cloud/missing_root.hpp"
#include "cloud/remote_listing.hpp"
#include "cloud/shell_word.hpp"
#include "cloud/two_way_steps.hpp"
#include "markdown/text.hpp"
#include "repository/checksum.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

CloudReport TwoWayRun::run() {
    const auto started = std::chrono::steady_clock::now();
    if (auto done = prepare().and_then([this] { return transfer(); }); !done) {
        report_.failure = done.error();
    }
    report_.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                              std::chrono::steady_clock::now() - started)
                              .count();
    finish();
    return std::move(report_);
}

CloudResult<void> TwoWayRun::prepare() {
    if (const int error = make_folders(scope_.state, 0700); error != 0) {
        return cloud_fail(CloudFault::local_io,
                          scope_.state.string() + " could not be made: " + reason_of(error));
    }
    if (scope_.session().size() > 230) {
        return cloud_fail(CloudFault::local_io,
                          scope_.local_root.string() + " is too long a path for rclone.",
                          "Choose a shorter one.");
    }
    state_ = read_scope_state(scope_).value_or(fresh_state(scope_));
    state_was_there_ = read_scope_state(scope_).has_value();
    if (state_was_there_ && state_.session == scope_.session() && !is_state_of(state_, scope_)) {
        // Of another account, or of a project that is gone: nothing of it is true of this one.
        state_ = fresh_state(scope_);
        state_was_there_ = false;
    }
    for (const auto& problem : filter_.problems) warn(problem);
    tell_links();
    if (filter_.excludes_everything) warn("All files are excluded by .bmignore");
    auto written = write_filter();
    if (!written) return written;
    const auto cleared = clear_rclone_lock(scope_);
    if (!cleared) return tl::unexpected(cleared.error());
    if (*cleared) {
        report_.recovered = true;
        context_.log(LogLevel::warning,
                     "a lock of a dead rclone was removed from " + scope_.state.string());
    }
    return look_at_baseline().and_then([this] { return look_at_local_root(); });
}

void TwoWayRun::tell_links() {
    const std::string now =
        filter_.links.empty() ? std::string() : checksum_of(join(filter_.links, "\n")).hex();
    if (!now.empty() && now != state_.links_sha256) warn(filter_.links_warning);
    state_.links_sha256 = now;
}

CloudResult<void> TwoWayRun::write_filter() {
    const std::string digest = checksum_of(filter_.text).hex();
    std::error_code ignored;
    if (state_.filter_sha256 == digest && fs::exists(scope_.filter_file(), ignored)) {
        std::ifstream in(scope_.filter_file(), std::ios::binary);
        const std::string known{std::istreambuf_iterator<char>(in),
                                std::istreambuf_iterator<char>()};
        if (known == filter_.text) return {};
    }
    if (auto done = write_file_atomically(scope_.filter_file(), filter_.text, 0600); !done) {
        return cloud_fail(CloudFault::local_io, done.error().message);
    }
    state_.filter_sha256 = digest;
    return {};
}

tl::unexpected<CloudFailure> TwoWayRun::not_initialized() const {
    return cloud_fail(CloudFault::not_initialized,
                      scope_.is_space ? "First bisync requires --resync to establish baseline"
                                      : "First bisync for " + scope_.project +
                                            " requires --resync to establish baseline.",
                      resync_hint());
}

tl::unexpected<CloudFailure> TwoWayRun::damaged() const {
    std::string hint = resync_hint();
    if (!scope_.is_space)
        hint += "\nOr start over: bm project bisync-reset " + shell_word(scope_.project);
    return cloud_fail(CloudFault::needs_resync, "sync state is damaged.", hint);
}

CloudResult<void> TwoWayRun::look_at_baseline() {
    const bool same_session = state_was_there_ && is_state_of(state_, scope_);
    const bool was_resync = state_.in_progress && state_.in_progress->phase == "resync";
    // A root that was missing stopped a run before it began.
    const bool has_failed = state_.last_result && !state_.last_result->ok &&
                            state_.last_result->code != cloud_fault_name(CloudFault::local_missing);
    const bool ended_badly = state_.in_progress || has_failed;
    if (wish_.resync) return {};
    if (same_session && was_resync) {
        // Its deletions were to be undone: going on from the old baseline would repeat them.
        return cloud_fail(CloudFault::needs_resync, "The last --resync did not finish.",
                          resync_hint());
    }
    if (same_session) baseline_ = read_baseline(scope_);
    if (!baseline_ && same_session && ended_badly && !wish_.dry_run && restore_baseline(scope_)) {
        baseline_ = read_baseline(scope_);
        report_.recovered = true;
    }
    if (same_session && state_.in_progress) report_.recovered = true;
    if (!baseline_ && state_was_there_ && same_session && state_.baseline) return damaged();
    if (!baseline_ && wish_.dry_run) {
        report_.notes.emplace_back("No baseline yet - preview of the first --resync");
        report_.resync = true;
        return {};
    }
    if (!baseline_) return not_initialized();
    if (count_files(baseline_->local) == 0) report_.resync = true;  // nothing can be lost
    return {};
}

CloudResult<void> TwoWayRun::look_at_local_root() {
    std::error_code problem;
    const auto kind = fs::status(scope_.local_root, problem);
    if (fs::is_directory(kind)) return {};
    if (fs::exists(kind)) {
        return cloud_fail(CloudFault::local_io, scope_.local_root.string() + " is no directory.");
    }
    const std::size_t before = state_.baseline ? state_.baseline->local_files
                                               : (baseline_ ? count_files(baseline_->local) : 0);
    if (before > 0 && !(wish_.resync && wish_.force)) {
        return tl::unexpected(missing_root(scope_, before, wish_.command));
    }
    if (wish_.dry_run) {
        preview_root_ = scope_.state / "preview";
        fs::create_directories(preview_root_, problem);
        return {};
    }
    if (const int error = make_folders(scope_.local_root, 0777); error != 0) {
        return cloud_fail(CloudFault::local_io,
                          scope_.local_root.string() + " could not be made: " + reason_of(error));
    }
    return {};
}

CloudFailure TwoWayRun::explained(const RcloneOutcome& outcome) {
    if (outcome.trouble == RcloneTrouble::baseline_lost ||
        outcome.trouble == RcloneTrouble::out_of_sync) {
        return damaged().value();
    }
    // Some failures hide their cause; whether the storage answers at all tells more.
    if (outcome.trouble == RcloneTrouble::other) {
        const auto probe = list_side(rclone_.setup, {scope_.remote, {}, false, true, true});
        const auto trouble = probe.outcome.trouble;
        if (trouble == RcloneTrouble::network || trouble == RcloneTrouble::credentials) {
            return failure_of(probe.outcome, rclone_.remote.endpoint);
        }
    }
    return failure_of(outcome, rclone_.remote.endpoint);
}

void TwoWayRun::finish() {
    std::error_code ignored;
    if (!preview_root_.empty()) fs::remove_all(preview_root_, ignored);
    if (wish_.dry_run) {
        finish_dry_run();
        return;
    }
    // What never came as far as a run leaves the state as it was.
    const bool has_run = state_.in_progress.has_value() && !report_.commands.empty();
    if (!has_run && report_.failure) return note_missing_root();
    if (report_.failure) put_listings_back();
    record();
    if (report_.ok()) {
        if (!profile_.has_trash && baseline_) {
            drop_agreed_versions(trash_of_run(), baseline_->local);
        }
        prune_trash(scope_, context_.settings.trash_days, context_.clock());
        if (profile_.verifies && !report_.resync) verify();
    }
    keep_in_history(context_.settings.histories(), report_, stamp_, context_.settings.history_keep);
}

void TwoWayRun::note_missing_root() {
    if (report_.failure->fault != CloudFault::local_missing) return;
    auto state = read_scope_state(scope_);
    if (!state || !is_initialized(scope_, state)) return;
    state->last_result =
        ScopeState::LastResult{false, std::string(cloud_fault_name(CloudFault::local_missing)),
                               report_.failure->message, context_.now_text()};
    if (auto written = write_scope_state(scope_, *state); !written) warn(written.error().message);
}

void TwoWayRun::finish_dry_run() {
    remove_dry_files(scope_);
    const std::size_t most =
        std::max(report_.actions.deleted_local.size(), report_.actions.deleted_remote.size());
    if (most > limit()) {
        report_.notes.push_back("Would exceed the safety limit (" + std::to_string(most) + " > " +
                                std::to_string(limit()) + ")");
    }
    if (report_.failure && report_.failure->fault == CloudFault::side_empty) {
        report_.notes.push_back("Would stop: " + report_.failure->message);
        report_.failure.reset();
    } else if (most > 0 && baseline_ && !report_.resync) {
        const bool locally = most == report_.actions.deleted_remote.size();
        const FileSet& before = locally ? baseline_->local : baseline_->remote;
        if (most >= count_files(before)) {
            report_.notes.push_back("Would stop: " + nothing_left(locally, true).message);
        }
    }
}

void TwoWayRun::record() {
    const std::string now = context_.now_text();
    const bool keeps_phase =
        report_.failure && state_.in_progress && state_.in_progress->phase == "resync";
    if (!keeps_phase) state_.in_progress.reset();
    state_.session = scope_.session();
    state_.tenant_id = scope_.tenant_id;
    state_.bucket = scope_.bucket;
    if (!scope_.external_id.empty()) state_.external_id = scope_.external_id;
    state_.local_root = scope_.local_root.string();
    state_.remote = scope_.remote;
    state_.rclone_version = report_.rclone_version;
    state_.profile = profile_.name;
    if (report_.ok()) {
        state_.last_sync = now;
        if (const auto agreed = read_baseline(scope_)) {
            state_.baseline =
                ScopeState::Baseline{count_files(agreed->local), count_files(agreed->remote), now};
        }
    }
    state_.last_result = ScopeState::LastResult{
        report_.ok(), report_.failure ? std::string(cloud_fault_name(report_.failure->fault)) : "",
        report_.failure ? report_.failure->message : "", now};
    if (auto written = write_scope_state(scope_, state_); !written) {
        warn(written.error().message);
    }
}

void TwoWayRun::verify() {
    std::vector<std::string> names = report_.actions.uploaded;
    names.insert(names.end(), report_.actions.downloaded.begin(), report_.actions.downloaded.end());
    std::erase_if(names, [](const std::string& name) {
        return name.find_first_of("\r\n") != std::string::npos;
    });
    if (names.empty()) return;
    RcloneCall call;
    call.arguments = {"check",      local_side(), scope_.remote, "--files-from-raw", "-",
                      "--combined", "-"};
    call.input = join(names, "\n") + "\n";
    call.also_fine = 1;
    const auto outcome = run_rclone(rclone_.setup, call);
    for (const auto& line : outcome.out) {
        if (line.starts_with("* ")) {
            warn(line.substr(2) + " differs from the cloud after the transfer");
        }
    }
}

CloudReport run_two_way(SyncContext& context, const ReadyRclone& rclone, const CloudScope& scope,
                        const ScopeFilter& filter, const SyncWish& wish) {
    const auto own = without_links(filter, scope.local_root);
    if (own) return TwoWayRun(context, rclone, scope, *own, wish).run();
    CloudReport report;
    report.is_space = scope.is_space;
    report.project = scope.project;
    report.dry_run = wish.dry_run;
    report.resync = wish.resync;
    report.profile = wish.profile;
    report.failure = own.error();
    return report;
}

}  // namespace bm
