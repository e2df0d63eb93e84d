#include "cloud/project_exchange.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "cloud/missing_root.hpp"
#include "cloud/project_parts.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/remote_listing.hpp"
#include "cloud/replaced_files.hpp"
#include "markdown/text.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

constexpr std::size_t kDifferencesTold = 20;

/// `ideas.conflict-20261130-061036.md`
std::string name_beside(const std::string& path, const std::string& stamp) {
    const fs::path file(path);
    const std::string name =
        file.stem().string() + ".conflict-" + stamp + file.extension().string();
    return (file.parent_path() / name).string();
}

/// One run of `bm cloud push` or `bm cloud pull`.
class Exchange {
public:
    Exchange(SyncContext& context, const HostView& view, const std::string& name,
             const ExchangeWish& wish)
        : context_(context), view_(view), name_(name), wish_(wish) {
        report_.project = name;
        report_.dry_run = wish.dry_run;
        report_.profile = "one-way";
    }

    CloudReport run() {
        const auto started = std::chrono::steady_clock::now();
        if (auto done = exchange(); !done) report_.failure = done.error();
        report_.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::steady_clock::now() - started)
                                  .count();
        if (!wish_.dry_run) {
            if (is_push() && !report_.actions.is_empty())
                notify_index(context_, {*view_.find(name_)}, report_);
            keep_in_history(context_.settings.histories(), report_, context_.now_stamp(),
                            context_.settings.history_keep);
        }
        return std::move(report_);
    }

private:
    [[nodiscard]] bool is_push() const noexcept { return wish_.way == ExchangeWay::push; }
    Names& done() { return is_push() ? report_.actions.uploaded : report_.actions.downloaded; }

    CloudResult<void> exchange() {
        auto rclone = ready_rclone(context_, RcloneNeed::one_way);
        if (!rclone) return tl::unexpected(rclone.error());
        rclone_ = *std::move(rclone);
        report_.rclone_version = rclone_.setup.program.version_text();
        if (auto moved = finished_moves(context_, view_, wish_.dry_run); !moved) return moved;
        auto scope = scope_of_project(context_, view_, name_);
        if (!scope) return tl::unexpected(scope.error());
        scope_ = *std::move(scope);
        report_.project = scope_.project;
        const auto filter = filter_without_links(context_, scope_);
        if (!filter) return tl::unexpected(filter.error());
        report_.warnings = filter->problems;
        auto found = compare(*filter);
        if (!found) return tl::unexpected(found.error());
        if (auto settled = settle(*found); !settled) return settled;
        leave_out_broken_names();
        tell_what_stays(*found);
        return wish_.dry_run ? only_tell() : transfer();
    }

    CloudResult<SideComparison> compare(const ScopeFilter& filter) {
        if (!is_push()) {
            if (auto there = check_root_has_files(scope_); !there)
                return tl::unexpected(there.error());
        }
        std::error_code ignored;
        if (fs::is_directory(scope_.local_root, ignored)) {
            if (is_push() && !wish_.dry_run) {
                RcloneCall call;
                call.arguments = {"mkdir", scope_.remote};
                if (const auto made = run_rclone(rclone_.setup, call); !made.succeeded())
                    return tl::unexpected(failure_of(made, rclone_.remote.endpoint));
            }
            return compare_scope(context_, scope_, filter, false);
        }
        if (is_push()) {
            return cloud_fail(CloudFault::local_missing,
                              "Local directory " + scope_.local_root.string() + " does not exist.");
        }
        const auto there = list_project(context_, view_, name_, "");
        if (!there) return tl::unexpected(there.error());
        SideComparison found;
        for (const auto& [path, file] : *there) {
            if (!filter.excludes(path)) found.only_cloud.push_back(path);
        }
        return found;
    }

    /// Sorts the files into what is new, what is replaced and what goes beside.
    CloudResult<void> settle(const SideComparison& found) {
        fresh_ = is_push() ? found.only_local : found.only_cloud;
        if (found.different.empty()) return {};
        const auto winner = is_push() ? OnDifference::keep_local : OnDifference::keep_cloud;
        if (wish_.on_difference == OnDifference::fail) return refuse(found.different);
        if (wish_.on_difference == OnDifference::keep_both) {
            beside_ = found.different;
        } else if (wish_.on_difference == winner) {
            replaced_ = found.different;
        }
        return {};
    }

    [[nodiscard]] CloudResult<void> refuse(const Names& different) const {
        std::string hint;
        for (std::size_t i = 0; i < std::min(different.size(), kDifferencesTold); ++i)
            hint += "  * " + different[i] + "\n";
        if (different.size() > kDifferencesTold)
            hint += "  and " + std::to_string(different.size() - kDifferencesTold) + " more\n";
        hint += "Nothing was moved. Choose one of:\n  " + wish_.command +
                " --on-conflict keep-local   the versions here win\n  " + wish_.command +
                " --on-conflict keep-cloud   the versions in the cloud win\n  " + wish_.command +
                " --on-conflict keep-both    what comes gets a name of its own";
        return cloud_fail(CloudFault::sides_differ,
                          std::string(is_push() ? "Push" : "Pull") +
                              " aborted: " + std::to_string(different.size()) +
                              " file(s) differ between local and cloud.",
                          hint);
    }

    /// The list that rclone is given has a name a line.
    void leave_out_broken_names() {
        for (auto* names : {&fresh_, &replaced_, &beside_}) {
            std::erase_if(*names, [this](const std::string& name) {
                if (name.find_first_of("\r\n") == std::string::npos) return false;
                report_.warnings.push_back("A file with a line break in its name was left out: " +
                                           name);
                return true;
            });
        }
    }

    void tell_what_stays(const SideComparison& found) {
        const auto& others = is_push() ? found.only_cloud : found.only_local;
        const auto note = [this](std::size_t count, const std::string& what) {
            if (count > 0) report_.notes.push_back(std::to_string(count) + " file(s) " + what);
        };
        note(others.size(), std::string("exist only ") + (is_push() ? "in the cloud" : "here") +
                                " and were left alone");
        note(found.different.size() - replaced_.size() - beside_.size(),
             "differ and were left alone");
    }

    CloudResult<void> only_tell() {
        done() = fresh_;
        done().insert(done().end(), replaced_.begin(), replaced_.end());
        for (const auto& path : beside_) done().push_back(name_beside(path, stamp()));
        return {};
    }

    CloudResult<void> transfer() {
        if (const int error = make_folders(scope_.local_root, 0777); error != 0)
            return cloud_fail(CloudFault::local_io, reason_of(error));
        // Somebody may have made a file of that name since both sides were compared.
        if (auto copied = copy(fresh_, {"--ignore-existing"}); !copied) return copied;
        if (auto replaced = replace(); !replaced) return replaced;
        for (const auto& path : beside_) {
            if (auto copied = copy_beside(path); !copied) return copied;
        }
        return {};
    }

    /// Whatever loses is in the trash before anything takes its place.
    CloudResult<void> replace() {
        if (replaced_.empty()) return {};
        fs::path trash = scope_.trash() / context_.now_stamp();
        if (is_push()) trash /= "remote";
        auto kept =
            is_push() ? fetch_losers(trash) : keep_replaced(scope_.local_root, trash, replaced_);
        if (!kept) return kept;
        report_.notes.push_back("What was replaced is in " + trash.string());
        auto copied = copy(replaced_, {"--ignore-times"});
        if (copied || is_push()) return copied;
        for (const auto& name : put_back_missing(scope_.local_root, trash, replaced_))
            report_.warnings.push_back(name + " is in " + trash.string() + " only");
        return copied;
    }

    /// The cloud may keep nothing of what is replaced there.
    CloudResult<void> fetch_losers(const fs::path& trash) {
        RcloneCall call;
        call.arguments = {"copy", scope_.remote, trash.string(), "--files-from-raw", "-"};
        call.input = join(replaced_, "\n") + "\n";
        return run_copy(std::move(call), false);
    }

    [[nodiscard]] std::string from() const {
        return is_push() ? scope_.local_root.string() : scope_.remote;
    }
    [[nodiscard]] std::string to() const {
        return is_push() ? scope_.remote : scope_.local_root.string();
    }
    [[nodiscard]] std::string stamp() const {
        const std::string now = context_.now_stamp();
        return now.substr(0, 8) + "-" + now.substr(9, 6);
    }

    /// What was moved counts, also when the rest could not be.
    CloudResult<void> run_copy(RcloneCall call, bool counts) {
        call.log_file = scope_.log_file();
        const auto outcome = run_rclone(rclone_.setup, call);
        report_.commands.push_back(outcome.command);
        if (counts) count(outcome.actions);
        if (outcome.succeeded()) return {};
        return tl::unexpected(failure_of(outcome, rclone_.remote.endpoint));
    }

    /// Whatever a log calls them: here all go the same way.
    void count(const FileActions& actions) {
        Names names = actions.uploaded;
        names.insert(names.end(), actions.downloaded.begin(), actions.downloaded.end());
        std::sort(names.begin(), names.end());
        done().insert(done().end(), names.begin(), names.end());
    }

    CloudResult<void> copy(const Names& names, const Names& flags) {
        if (names.empty()) return {};
        RcloneCall call;
        call.arguments = {"copy", from(), to(), "--files-from-raw", "-"};
        call.arguments.insert(call.arguments.end(), flags.begin(), flags.end());
        call.input = join(names, "\n") + "\n";
        return run_copy(std::move(call), true);
    }

    CloudResult<void> copy_beside(const std::string& path) {
        const std::string name = name_beside(path, stamp());
        RcloneCall call;
        // A file that has this name already is not replaced.
        call.arguments = {"copyto", from() + "/" + path, to() + "/" + name, "--immutable"};
        if (auto copied = run_copy(std::move(call), false); !copied) return copied;
        done().push_back(name);
        report_.actions.conflicts.push_back({path, {name}});
        return {};
    }

    SyncContext& context_;
    const HostView& view_;
    const std::string& name_;
    const ExchangeWish& wish_;
    ReadyRclone rclone_;
    CloudScope scope_;
    Names fresh_;
    Names replaced_;
    Names beside_;
    CloudReport report_;
};

}  // namespace

CloudReport exchange_project(SyncContext& context, const HostView& view, const std::string& name,
                             const ExchangeWish& wish) {
    return Exchange(context, view, name, wish).run();
}

}  // namespace bm
