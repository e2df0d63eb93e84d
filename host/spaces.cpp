#include "host/spaces.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "host/host_answers.hpp"
#include "host/tree_care.hpp"
#include "sync/reconcile.hpp"

namespace bm {

namespace {

HttpResponse no_account() {
    return detail_response(403, "This token belongs to no account of this server.");
}

}  // namespace

Spaces::Spaces(Options options)
    : options_(std::move(options)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

Spaces::~Spaces() {
    thread_.request_stop();
    woken_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<std::shared_ptr<Space>> Spaces::find(std::int64_t account) {
    std::vector<std::shared_ptr<Space>> closing;  // ends outside the lock
    const std::scoped_lock lock(mutex_);
    const Moment now = steady_now();
    if (const auto found = open_.find(account); found != open_.end()) {
        found->second.used = now;
        return found->second.space;
    }
    if (ended_) return fail(Fault::unavailable, "The server is stopping.");
    if (open_.size() >= options_.most_open && !make_room(closing))
        return fail(Fault::unavailable, "Too many accounts are at work. Try again in a minute.");
    try {
        const Log log = [inner = options_.log, account](LogLevel level, std::string_view text) {
            inner(level, "account " + std::to_string(account) + ": " + std::string(text));
        };
        auto space = std::make_shared<Space>(options_.data.space(account), log, options_.version);
        open_.emplace(account, Entry{space, now});
        return space;
    } catch (const std::exception& problem) {
        options_.log(LogLevel::error, "the space of account " + std::to_string(account) +
                                          " cannot be opened: " + problem.what());
        return fail(Fault::unavailable, "This space cannot be opened now. See the host's log.");
    }
}

bool Spaces::make_room(std::vector<std::shared_ptr<Space>>& closing) {
    auto oldest = open_.end();
    for (auto each = open_.begin(); each != open_.end(); ++each) {
        const auto& entry = each->second;
        // Whoever else holds it got it under our lock.
        if (entry.space.use_count() > 1 || !entry.space->is_idle()) continue;
        if (oldest == open_.end() || entry.used < oldest->second.used) oldest = each;
    }
    if (oldest == open_.end()) return false;
    closing.push_back(std::move(oldest->second.space));
    open_.erase(oldest);
    return true;
}

void Spaces::close_idle() {
    std::vector<std::shared_ptr<Space>> closing;
    const std::scoped_lock lock(mutex_);
    const Moment before = steady_now() - options_.idle_time;
    for (auto each = open_.begin(); each != open_.end();) {
        const auto& entry = each->second;
        const bool closes =
            entry.used < before && entry.space.use_count() == 1 && entry.space->is_idle();
        if (closes) closing.push_back(std::move(each->second.space));
        each = closes ? open_.erase(each) : std::next(each);
    }
}

std::variant<std::shared_ptr<McpService>, HttpResponse> Spaces::open(
    const Principal& caller, const SharedEndpointParts& shared) {
    if (!caller.user) return no_account();
    auto space = find(*caller.user);
    if (!space) return detail_response(503, space.error().message);
    McpService& service = (*space)->service(shared);
    return std::shared_ptr<McpService>(*std::move(space), &service);
}

std::vector<std::shared_ptr<McpService>> Spaces::all_open() {
    std::vector<std::shared_ptr<McpService>> services;
    const std::scoped_lock lock(mutex_);
    for (const auto& [account, entry] : open_) {
        if (McpService* service = entry.space->open_service())
            services.emplace_back(entry.space, service);
    }
    return services;
}

void Spaces::end() {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    for (auto& [account, entry] : open_) entry.space->end_service();
}

std::optional<ServedTree> Spaces::find(const Principal& caller, std::string_view name) {
    if (!caller.user) return std::nullopt;
    const std::int64_t account = *caller.user;
    const auto space = find(account);
    if (!space) return std::nullopt;
    std::optional<Project> project;
    if (name != (*space)->tenant().bucket) {
        project = (*space)->projects().by_permalink(name);
        if (!project) return std::nullopt;
    }
    const std::string prefix = project ? project->path.filename().string() + '/' : "";
    ServedTree tree = tree_of(*space, std::move(project));
    tree.on_change = [this, account, prefix](std::string_view path) {
        note_written(account, prefix + std::string(path));
    };
    return tree;
}

void Spaces::note_written(std::int64_t account, const std::string& path) {
    const std::scoped_lock lock(mutex_);
    Written& written = written_[account];
    const std::size_t slash = path.find('/');
    SyncScope& scope = written.paths[path.substr(0, slash)];
    scope.add(slash == std::string::npos ? std::string_view()
                                         : std::string_view(path).substr(slash + 1));
    written.last = steady_now();
    woken_.notify_all();
}

void Spaces::index_soon(std::int64_t account, const std::string& folder, bool full) {
    const std::scoped_lock lock(mutex_);
    Written& written = written_[account];
    written.paths[folder] = SyncScope::whole_project();
    if (full) written.full.insert(folder);
    // Nobody is writing now: there is nothing to wait for.
    if (written.last == Moment{}) written.last = steady_now() - options_.debounce;
    woken_.notify_all();
}

void Spaces::look_now() {
    const std::scoped_lock lock(mutex_);
    looks_now_ = true;
    woken_.notify_all();
}

Moment Spaces::next_moment() {
    Moment next = next_discovery_;
    for (const auto& [account, written] : written_)
        next = std::min(next, written.last + options_.debounce);
    return looks_now_ ? steady_now() : next;
}

std::map<std::int64_t, Spaces::Written> Spaces::take_quiet() {
    std::map<std::int64_t, Written> quiet;
    const Moment before = steady_now() - options_.debounce;
    for (auto each = written_.begin(); each != written_.end();) {
        const bool is_quiet = each->second.last <= before;
        if (is_quiet) quiet.insert(std::move(*each));
        each = is_quiet ? written_.erase(each) : std::next(each);
    }
    return quiet;
}

void Spaces::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        std::map<std::int64_t, Written> quiet;
        bool looks = false;
        {
            std::unique_lock lock(mutex_);
            const Moment next = next_moment();
            woken_.wait_until(lock, stop, next, [&] { return next_moment() < next; });
            if (stop.stop_requested()) return;
            quiet = take_quiet();
            looks = looks_now_ || steady_now() >= next_discovery_;
            if (looks) next_discovery_ = steady_now() + options_.discovery_interval;
            looks_now_ = looks_now_ && !looks;
        }
        for (const auto& [account, written] : quiet) index_written(account, written, stop);
        if (!looks) continue;
        discover_all();
        close_idle();
    }
}

void Spaces::discover_all() {
    try {
        for (const std::int64_t account : options_.accounts()) discover(account);
    } catch (const std::exception& problem) {
        options_.log(LogLevel::error, std::string("discovery: ") + problem.what());
    }
}

std::shared_ptr<Space> Spaces::opened(std::int64_t account) {
    const std::scoped_lock lock(mutex_);
    const auto found = open_.find(account);
    return found == open_.end() ? nullptr : found->second.space;
}

void Spaces::discover(std::int64_t account) {
    // One bad space never stops the round.
    try {
        const std::filesystem::path root = options_.data.space(account).data;
        std::set<std::string> names;
        if (std::filesystem::exists(root)) names = folders_below(root);
        auto space = opened(account);
        if (!space) {
            // A space that is closed is opened for what is new in it, and for nothing else.
            const auto seen = seen_folders_.find(account);
            if (seen != seen_folders_.end() && seen->second == names) return;
            auto found = find(account);
            if (!found) return;
            space = *std::move(found);
        }
        space->projects().discover();
        seen_folders_[account] = std::move(names);
    } catch (const std::exception& problem) {
        options_.log(LogLevel::warning, "discovery in the space of account " +
                                            std::to_string(account) + ": " + problem.what());
    }
}

void Spaces::index_written(std::int64_t account, const Written& written,
                           const std::stop_token& stop) {
    try {
        const auto space = find(account);
        if (!space) return;
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
    } catch (const std::exception& problem) {
        options_.log(LogLevel::warning,
                     std::string("indexing what was written: ") + problem.what());
    }
}

}  // namespace bm
