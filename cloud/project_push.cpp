#include <algorithm>
#include <chrono>

#include "cloud/attachment.hpp"
#include "cloud/local_links.hpp"
#include "cloud/project_parts.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/remote_listing.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPushLimit = 25;

/// One direction only.
class PushRun {
public:
    PushRun(SyncContext& context, const HostView& view, const std::string& name,
            const SyncWish& wish)
        : context_(context), view_(view), name_(name), wish_(wish) {
        report_.project = name;
        report_.dry_run = wish.dry_run;
        report_.profile = "one-way";
    }

    CloudReport run() {
        const auto started = std::chrono::steady_clock::now();
        if (auto done = push(); !done) report_.failure = done.error();
        report_.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::steady_clock::now() - started)
                                  .count();
        if (report_.ok() && !wish_.dry_run) notify_index(context_, {*view_.find(name_)}, report_);
        keep_in_history(context_.settings.histories(), report_, context_.now_stamp(),
                        context_.settings.history_keep);
        return std::move(report_);
    }

private:
    CloudResult<void> push() {
        const auto rclone = ready_rclone(context_, RcloneNeed::one_way);
        if (!rclone) return tl::unexpected(rclone.error());
        report_.rclone_version = rclone->setup.program.version_text();
        if (auto moved = finished_moves(context_, view_, wish_.dry_run); !moved) return moved;
        const auto scope = scope_of_project(context_, view_, name_);
        if (!scope) return tl::unexpected(scope.error());
        report_.project = scope->project;
        const auto filter = filter_without_links(context_, *scope);
        if (!filter) return tl::unexpected(filter.error());
        report_.warnings = filter->problems;
        if (wish_.delete_excluded && !filter->links.empty()) {
            return cloud_fail(CloudFault::usage,
                              "--delete-excluded would delete in the cloud what has the name of a "
                              "link here: " +
                                  filter->links.front(),
                              "Remove the link, or name it in .bmignore, and try again.");
        }
        if (auto placed = place_filter(*scope, *filter, scope->filter_file()); !placed)
            return placed;
        const auto doomed = files_to_delete(*rclone, *scope);
        if (!doomed) return tl::unexpected(doomed.error());
        if (!wish_.dry_run) {
            if (const int error = make_folders(scope->local_root, 0777); error != 0) {
                return cloud_fail(CloudFault::local_io, reason_of(error));
            }
        }
        RcloneCall call;
        call.arguments = {"sync",
                          scope->local_root.string(),
                          scope->remote,
                          "--filter-from",
                          scope->filter_file().string(),
                          "--max-delete=" + std::to_string(std::max(kPushLimit, *doomed))};
        if (wish_.delete_excluded) call.arguments.emplace_back("--delete-excluded");
        if (wish_.dry_run) call.arguments.emplace_back("--dry-run");
        call.log_file = scope->log_file();
        auto outcome = run_rclone(rclone->setup, call);
        report_.commands.push_back(outcome.command);
        take_actions(outcome.actions);
        if (outcome.succeeded()) return {};
        return tl::unexpected(failure_of(outcome, rclone->remote.endpoint));
    }

    /// Whatever a log calls them: here everything goes up.
    void take_actions(const FileActions& actions) {
        report_.actions.uploaded = actions.uploaded;
        report_.actions.uploaded.insert(report_.actions.uploaded.end(), actions.downloaded.begin(),
                                        actions.downloaded.end());
        report_.actions.deleted_remote = actions.deleted_remote;
        report_.actions.deleted_remote.insert(report_.actions.deleted_remote.end(),
                                              actions.deleted_local.begin(),
                                              actions.deleted_local.end());
    }

    CloudResult<std::size_t> files_to_delete(const ReadyRclone& rclone, const CloudScope& scope) {
        std::error_code ignored;
        FileSet here;
        if (fs::exists(scope.local_root, ignored)) {
            auto local = list_side(rclone.setup, {scope.local_root.string(), scope.filter_file(),
                                                  false, false, false});
            if (!local.files) {
                return tl::unexpected(failure_of(local.outcome, rclone.remote.endpoint));
            }
            here = *std::move(local.files);
        }
        auto remote = list_side(
            rclone.setup, {scope.remote, wish_.delete_excluded ? fs::path() : scope.filter_file(),
                           false, false, false});
        if (!remote.files && remote.outcome.trouble == RcloneTrouble::directory_not_found) {
            remote.files = FileSet{};
        }
        if (!remote.files) {
            return tl::unexpected(failure_of(remote.outcome, rclone.remote.endpoint));
        }
        std::vector<std::string> doomed;
        for (const auto& [path, file] : *remote.files) {
            if (!here.contains(path)) doomed.push_back(path);
        }
        return permitted(doomed, here.empty() && !remote.files->empty());
    }

    CloudResult<std::size_t> permitted(const std::vector<std::string>& doomed, bool nothing_here) {
        const std::size_t count = doomed.size();
        const bool is_too_many = count > kPushLimit;
        if (!is_too_many && !nothing_here) return count;
        const std::string limit =
            "(" + std::to_string(count) + " > " + std::to_string(kPushLimit) + ")";
        if (wish_.dry_run) {
            report_.notes.push_back(is_too_many
                                        ? "Would exceed the safety limit " + limit
                                        : std::string("Would ask: the local folder is empty"));
            return count;
        }
        const std::string question = "Delete " + std::to_string(count) + " files in the cloud?";
        if (wish_.force || wish_.yes || (context_.ask && context_.ask(question))) return count;
        std::string hint = "To be deleted in the cloud:";
        for (std::size_t i = 0; i < std::min<std::size_t>(count, 10); ++i)
            hint += "\n  " + doomed[i];
        hint += "\nLook first: " + wish_.command + " --dry-run\nDelete them: " + wish_.command +
                " --force";
        if (is_too_many) {
            return cloud_fail(CloudFault::deletion_limit, "Deletion exceeds safety limit " + limit,
                              hint);
        }
        return cloud_fail(
            CloudFault::side_empty,
            "The local folder is empty, but the cloud has " + std::to_string(count) + " files.",
            hint);
    }

    SyncContext& context_;
    const HostView& view_;
    const std::string& name_;
    const SyncWish& wish_;
    CloudReport report_;
};

}  // namespace

tl::unexpected<CloudFailure> no_such_project(const std::string& name) {
    return cloud_fail(CloudFault::project_not_found, "Project '" + name + "' not found",
                      "See: bm project list");
}

CloudResult<ScopeFilter> filter_of(const SyncContext& context, const CloudScope& scope) {
    auto rules = rules_in(scope.local_root / ".bmignore");
    if (!rules) return tl::unexpected(rules.error());
    return context.make_filter({{"", *std::move(rules)}}, {});
}

CloudResult<ScopeFilter> filter_without_links(const SyncContext& context, const CloudScope& scope) {
    auto filter = filter_of(context, scope).and_then([&scope](ScopeFilter rules) {
        return without_links(std::move(rules), scope.local_root);
    });
    if (filter && !filter->links.empty()) filter->problems.push_back(filter->links_warning);
    return filter;
}

CloudResult<void> finished_moves(SyncContext& context, const HostView& view, bool dry_run) {
    if (dry_run) return {};
    const auto finished = finish_moves(context, view);
    if (!finished) return tl::unexpected(finished.error());
    return {};
}

CloudReport push_project(SyncContext& context, const HostView& view, const std::string& name,
                         const SyncWish& wish) {
    return PushRun(context, view, name, wish).run();
}

}  // namespace bm
