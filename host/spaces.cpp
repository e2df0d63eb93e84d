#include "host/spaces.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "host/host_answers.hpp"
#include "host/tree_care.hpp"
#include "sync/reconcile.hpp"

namespace bm {

namespace {

constexpr std::string_view kNoAccount = "This token belongs to no account of this server.";

tl::unexpected<Error> no_such_folder() {
    return fail(Fault::not_found, "There is no such folder.");
}

}  // namespace

Spaces::Spaces(Options options)
    : options_(std::move(options)),
      slots_(options_.requests),
      open_({.data = options_.data,
             .log = options_.log,
             .version = options_.version,
             .most = options_.most_open,
             .idle_time = options_.idle_time,
             .spared_time = options_.spared_time}),
      work_(work_options()) {}

AccountWork::Options Spaces::work_options() {
    AccountWork::Options work;
    work.log = options_.log;
    work.round_interval = options_.discovery_interval;
    work.debounce = options_.debounce;
    work.begin_round = [this] {
        open_.close_idle();
        return options_.accounts();
    };
    work.discover = [this](std::int64_t account) { discover(account); };
    work.index = [this](std::int64_t account, const WrittenFiles& written,
                        const std::stop_token& stop) { return index(account, written, stop); };
    return work;
}

Result<StreamSlots::Slot> Spaces::take_place(std::int64_t account) {
    auto taken = slots_.take(std::to_string(account));
    if (taken.slot) return std::move(taken.slot);
    return fail(Fault::unavailable, taken.refusal == StreamSlots::Refusal::client_has_too_many
                                        ? "Too many requests of this account at a time. Wait for "
                                          "some to end."
                                        : "Too many requests at a time. Try again in a moment.");
}

std::variant<std::shared_ptr<McpService>, HttpResponse> Spaces::open(
    const Principal& caller, const SharedEndpointParts& shared) {
    if (!caller.user) return detail_response(403, kNoAccount);
    auto space = find(*caller.user);
    if (!space) return failure_response(space.error());
    McpService& service = (*space)->service(shared);
    return std::shared_ptr<McpService>(*std::move(space), &service);
}

std::vector<std::shared_ptr<McpService>> Spaces::all_open() {
    std::vector<std::shared_ptr<McpService>> services;
    for (const auto& space : open_.all()) {
        if (McpService* service = space->open_service()) services.emplace_back(space, service);
    }
    return services;
}

void Spaces::end() {
    open_.end();
    for (const auto& space : open_.all()) space->end_service();
}

Result<ServedTree> Spaces::find(const Principal& caller, std::string_view name) {
    if (!caller.user) return fail(Fault::forbidden, std::string(kNoAccount));
    const std::int64_t account = *caller.user;
    auto place = take_place(account);
    if (!place) return tl::unexpected(place.error());
    auto space = find(account);
    if (!space) return tl::unexpected(space.error());
    std::optional<Project> project;
    if (name != (*space)->tenant().bucket) {
        project = (*space)->projects().by_permalink(name);
        if (!project) return no_such_folder();
        make_missing_folders(account, **space);
    }
    const std::string prefix = project ? project->path.filename().string() + '/' : "";
    ServedTree tree = tree_of(*space, std::move(project));
    tree.on_change = [this, account, prefix](std::string_view path) {
        changed(account, prefix + std::string(path));
    };
    tree.place = *std::move(place);
    return tree;
}

Result<std::vector<std::string>> Spaces::names(const Principal& caller) {
    if (!caller.user) return fail(Fault::forbidden, std::string(kNoAccount));
    const auto space = find(*caller.user);
    if (!space) return tl::unexpected(space.error());
    // Its projects are folders in it.
    return std::vector<std::string>{(*space)->tenant().bucket};
}

void Spaces::changed(std::int64_t account, const std::string& path) {
    // A folder that has gone is forgotten before one of its name can be made.
    if (path.find('/') == std::string::npos) {
        if (const auto space = open_.opened(account)) space->projects().remember();
    }
    work_.note_written(account, path);
}

void Spaces::make_missing_folders(std::int64_t account, Space& space) {
    for (const std::string& folder : space.projects().make_missing_folders())
        work_.index_soon(account, folder, false);
}

bool Spaces::has_news(std::int64_t account, const std::set<std::string>& names) {
    if (remembered_folders(options_.data.space(account).known_folders()) == names) return false;
    const std::scoped_lock lock(mutex_);
    const auto seen = seen_folders_.find(account);
    return seen == seen_folders_.end() || seen->second != names;
}

void Spaces::discover(std::int64_t account) {
    const std::filesystem::path root = options_.data.space(account).data;
    auto space = open_.opened(account);
    std::error_code ignored;
    if (!space && !std::filesystem::exists(root, ignored)) return;
    auto names = folders_below(root);
    if (!space) {
        // A space that is closed is opened for what is new in it, and for nothing else.
        if (!has_news(account, names)) return;
        auto found = find(account);
        if (!found) return;
        space = *std::move(found);
    }
    make_missing_folders(account, *space);
    space->projects().discover();
    const std::scoped_lock lock(mutex_);
    seen_folders_[account] = std::move(names);
}

bool Spaces::index(std::int64_t account, const WrittenFiles& written, const std::stop_token& stop) {
    const auto space = find(account);
    if (!space) return false;
    make_missing_folders(account, **space);
    (*space)->projects().discover();
    for (const auto& project : (*space)->projects().all()) {
        const auto found = written.paths.find(project.path.filename().string());
        if (found == written.paths.end()) continue;
        SyncOptions options;
        options.background = true;
        options.full = written.full.contains(found->first);
        options.stop = stop;
        options.scope = found->second;
        const auto report = reconcile_project((*space)->knowledge(), project, options);
        if (!report) options_.log(LogLevel::warning, report.error().message);
    }
    return true;
}

}  // namespace bm
