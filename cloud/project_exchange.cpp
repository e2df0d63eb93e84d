#include "cloud/project_exchange.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "cloud/incoming_files.hpp"
#include "cloud/missing_root.hpp"
#include "cloud/project_parts.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/remote_listing.hpp"
#include "cloud/scope_memory.hpp"
#include "markdown/text.hpp"
#include "repository/file_status.hpp"
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
            if (report_.ok() && !scope_.state.empty())
                prune_trash(scope_, context_.settings.trash_days, context_.clock());
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
        if (!is_push()) note_states();
        return {};
    }

    /// How the files here are that were compared: others are not meant.
    void note_states() {
        std::erase_if(replaced_, [this](const std::string& name) {
            const auto status = status_of(AT_FDCWD, (scope_.local_root / name).string());
            if (!status || !S_ISREG(status->mode)) {
                tell_left_alone(name);
                return true;
            }
            states_[name] = status->stamp;
            return false;
        });
    }

    void tell_left_alone(const std::string& name) {
        report_.warnings.push_back(name + " was changed meanwhile and was left alone");
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
        if (!is_push()) return fetch();
        // Somebody may have made a file of that name since both sides were compared.
        if (auto copied = copy(fresh_, {"--ignore-existing"}); !copied) return copied;
        if (auto replaced = replace(); !replaced) return replaced;
        for (const auto& path : beside_) {
            if (auto copied = copy_beside(path); !copied) return copied;
        }
        return {};
    }

    /// Everything comes first and takes its place then, each file by itself: the transfer may take
    /// long, or break off in the middle of a file.
    CloudResult<void> fetch() {
        std::vector<IncomingFile> coming;
        for (const auto& name : fresh_) coming.push_back({name, name});
        for (const auto& name : replaced_) coming.push_back({name, name, states_.at(name)});
        for (const auto& name : beside_) coming.push_back({name, name_beside(name, stamp())});
        if (coming.empty()) return {};
        const IncomingFiles incoming(scope_.incoming());
        RcloneCall call;
        call.arguments = {"copy", scope_.remote, incoming.folder().string(), "--files-from-raw",
                          "-"};
        for (const auto& file : coming) call.input += file.name + "\n";
        FileActions moved;
        auto fetched = run_copy(std::move(call), moved);
        const Names whole = names_in(moved);
        const fs::path trash = scope_.trash() / context_.now_stamp();
        bool has_replaced = false;
        // A file that finds no place keeps no other from its own.
        CloudResult<void> outcome = fetched;
        for (const auto& file : coming) {
            const bool is_whole =
                fetched || std::binary_search(whole.begin(), whole.end(), file.name);
            if (!is_whole || !incoming.has(file.name)) continue;
            const auto placed = incoming.place(scope_.local_root, file, trash);
            if (!placed) {
                if (outcome) {
                    outcome = tl::unexpected(placed.error());
                } else {
                    report_.warnings.push_back(placed.error().message);
                }
                continue;
            }
            if (!*placed) {
                tell_left_alone(file.to);
                continue;
            }
            done().push_back(file.to);
            if (file.replaces && !std::exchange(has_replaced, true)) tell_trash(trash);
            if (file.to != file.name) report_.actions.conflicts.push_back({file.name, {file.to}});
        }
        return outcome;
    }

    void tell_trash(const fs::path& trash) {
        report_.notes.push_back("What was replaced is in " + trash.string());
    }

    /// Whatever loses is in the trash before anything takes its place.
    CloudResult<void> replace() {
        if (replaced_.empty()) return {};
        const fs::path trash = scope_.trash() / context_.now_stamp() / "remote";
        if (auto kept = fetch_losers(trash); !kept) return kept;
        tell_trash(trash);
        return copy(replaced_, {"--ignore-times"});
    }

    /// The cloud may keep nothing of what is replaced there.
    CloudResult<void> fetch_losers(const fs::path& trash) {
        RcloneCall call;
        call.arguments = {"copy", scope_.remote, trash.string(), "--files-from-raw", "-"};
        call.input = join(replaced_, "\n") + "\n";
        FileActions ignored;
        return run_copy(std::move(call), ignored);
    }

    [[nodiscard]] std::string stamp() const {
        const std::string now = context_.now_stamp();
        return now.substr(0, 8) + "-" + now.substr(9, 6);
    }

    /// What was moved is told, also when the rest could not be.
    CloudResult<void> run_copy(RcloneCall call, FileActions& moved) {
        call.log_file = scope_.log_file();
        const auto outcome = run_rclone(rclone_.setup, call);
        report_.commands.push_back(outcome.command);
        moved = outcome.actions;
        if (outcome.succeeded()) return {};
        return tl::unexpected(failure_of(outcome, rclone_.remote.endpoint));
    }

    /// Whatever a log calls them: here all go the same way.
    static Names names_in(const FileActions& actions) {
        Names names = actions.uploaded;
        names.insert(names.end(), actions.downloaded.begin(), actions.downloaded.end());
        std::sort(names.begin(), names.end());
        return names;
    }

    CloudResult<void> copy(const Names& names, const Names& flags) {
        if (names.empty()) return {};
        RcloneCall call;
        call.arguments = {"copy", scope_.local_root.string(), scope_.remote, "--files-from-raw",
                          "-"};
        call.arguments.insert(call.arguments.end(), flags.begin(), flags.end());
        call.input = join(names, "\n") + "\n";
        FileActions moved;
        auto copied = run_copy(std::move(call), moved);
        const Names up = names_in(moved);
        done().insert(done().end(), up.begin(), up.end());
        return copied;
    }

    CloudResult<void> copy_beside(const std::string& path) {
        const std::string name = name_beside(path, stamp());
        RcloneCall call;
        // A file that has this name already is not replaced.
        call.arguments = {"copyto", scope_.local_root.string() + "/" + path,
                          scope_.remote + "/" + name, "--immutable"};
        FileActions ignored;
        if (auto copied = run_copy(std::move(call), ignored); !copied) return copied;
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
    std::map<std::string, FileStamp> states_;  ///< of those that are replaced here
    CloudReport report_;
};

}  // namespace

CloudReport exchange_project(SyncContext& context, const HostView& view, const std::string& name,
                             const ExchangeWish& wish) {
    return Exchange(context, view, name, wish).run();
}

}  // namespace bm
