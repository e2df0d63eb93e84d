#include "repository/watch_status_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <nlohmann/json.hpp>

#include "repository/atomic_file.hpp"
#include "repository/descriptor.hpp"
#include "repository/file_lock.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace {

using StatusJson = nlohmann::ordered_json;

const char* name_of(WatchedChange::Action action) {
    switch (action) {
        case WatchedChange::Action::added:
            return "new";
        case WatchedChange::Action::modified:
            return "modified";
        case WatchedChange::Action::moved:
            return "moved";
        case WatchedChange::Action::deleted:
            return "deleted";
    }
    return "";
}

StatusJson time_or_null(const std::optional<Timestamp>& time) {
    return time ? StatusJson(iso8601_utc(*time)) : StatusJson(nullptr);
}

StatusJson change_json(const std::string& project, const WatchedChange& change) {
    return {
        {"timestamp", iso8601_utc(change.at)},
        {"project", project},
        {"path", change.path},
        {"action", name_of(change.action)},
        {"status", change.error ? "error" : "success"},
        {"checksum", change.checksum ? StatusJson(change.checksum->hex()) : StatusJson(nullptr)},
        {"error", change.error ? StatusJson(*change.error) : StatusJson(nullptr)}};
}

StatusJson status_json(const WatchStatus& status) {
    return {{"running", status.is_running},
            {"start_time", iso8601_utc(status.started)},
            {"pid", status.process},
            {"error_count", status.errors},
            {"last_error", time_or_null(status.last_error)},
            {"last_scan", time_or_null(status.last_scan)},
            {"synced_files", status.synced_files}};
}

/// What somebody else has put there is no JSON of ours: an empty object.
StatusJson read_json(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    auto json = StatusJson::parse(text, nullptr, false);
    return json.is_object() ? json : StatusJson::object();
}

std::string text_at(const StatusJson& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t number_at(const StatusJson& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

bool flag_at(const StatusJson& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_boolean() && found->get<bool>();
}

/// Times are written alike, so that they sort as text.
void keep_later(StatusJson& into, const char* key, const StatusJson& from) {
    const std::string later = std::max(text_at(into, key), text_at(from, key));
    into[key] = later.empty() ? StatusJson(nullptr) : StatusJson(later);
}

StatusJson projects_in(const StatusJson& file) {
    StatusJson projects = StatusJson::object();
    const auto found = file.find("projects");
    if (found == file.end() || !found->is_object()) return projects;
    for (const auto& [name, status] : found->items()) {
        if (status.is_object()) projects[name] = status;
    }
    return projects;
}

/// One answer for whoever asks about all: whatever runs, and the sums.
StatusJson sum_of(const StatusJson& projects) {
    StatusJson sum = status_json({});
    std::string latest;
    for (const auto& [name, status] : projects.items()) {
        const bool runs = flag_at(status, "running");
        const std::string started = text_at(status, "start_time");
        const bool is_better = runs == flag_at(sum, "running") ? started >= latest : runs;
        if (is_better) {
            latest = started;
            for (const char* key : {"running", "start_time", "pid"}) {
                sum[key] = status.contains(key) ? status[key] : StatusJson(nullptr);
            }
        }
        for (const char* key : {"error_count", "synced_files"}) {
            sum[key] = number_at(sum, key) + number_at(status, key);
        }
        for (const char* key : {"last_error", "last_scan"}) keep_later(sum, key, status);
    }
    return sum;
}

/// Newest first: those of others that are in the file, and ours.
StatusJson changes_of(const StatusJson& file, const WatchStatusUpdate& update) {
    std::vector<StatusJson> changes;
    for (const auto& [name, status] : update) {
        if (!status) continue;
        for (const auto& change : status->changes) changes.push_back(change_json(name, change));
    }
    const auto known = file.find("recent_events");
    if (known != file.end() && known->is_array()) {
        for (const auto& change : *known) {
            const bool is_ours = !change.is_object() || update.contains(text_at(change, "project"));
            if (!is_ours) changes.push_back(change);
        }
    }
    std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
        return text_at(a, "timestamp") > text_at(b, "timestamp");
    });
    if (changes.size() > WatchStatus::kMostChanges) changes.resize(WatchStatus::kMostChanges);
    return changes;
}

}  // namespace

Result<void> save_watch_status(const std::filesystem::path& file,
                               const std::filesystem::path& lock_file,
                               const WatchStatusUpdate& update) {
    constexpr mode_t kReadableByAll = 0644;
    std::optional<FileLock> lock;
    try {
        lock.emplace(FileLock::acquire(lock_file));
    } catch (const std::system_error& problem) {
        return fail(Fault::unavailable, problem.what());
    }
    const Descriptor folder(::open(file.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return fail(Fault::unavailable, reason_of(errno));
    const StatusJson known = read_json(file);
    StatusJson projects = projects_in(known);
    for (const auto& [name, status] : update) {
        if (status) {
            projects[name] = status_json(*status);
        } else {
            projects.erase(name);
        }
    }
    StatusJson all = sum_of(projects);
    all["recent_events"] = changes_of(known, update);
    all["projects"] = std::move(projects);
    auto made = AtomicFile::create(folder.number(), kReadableByAll);
    if (!made) return tl::unexpected(made.error());
    const std::string text = all.dump(2, ' ', false, StatusJson::error_handler_t::replace) + '\n';
    return made->write(text).and_then([&] { return made->replace(file.filename().string()); });
}

std::optional<WatchingProcess> read_watching_process(const std::filesystem::path& file,
                                                     const std::string& project) {
    const StatusJson projects = projects_in(read_json(file));
    const auto found = projects.find(project);
    if (found == projects.end() || !flag_at(*found, "running")) return std::nullopt;
    return WatchingProcess{number_at(*found, "pid"), text_at(*found, "start_time")};
}

}  // namespace bm
