#include "repository/watch_status_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <nlohmann/json.hpp>

#include "repository/atomic_file.hpp"
#include "repository/descriptor.hpp"
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

StatusJson change_json(const WatchedChange& change) {
    return {
        {"timestamp", iso8601_utc(change.at)},
        {"path", change.path},
        {"action", name_of(change.action)},
        {"status", change.error ? "error" : "success"},
        {"checksum", change.checksum ? StatusJson(change.checksum->hex()) : StatusJson(nullptr)},
        {"error", change.error ? StatusJson(*change.error) : StatusJson(nullptr)}};
}

StatusJson status_json(const WatchStatus& status) {
    StatusJson changes = StatusJson::array();
    for (const auto& change : status.changes) changes.push_back(change_json(change));
    return {{"running", status.is_running},
            {"start_time", iso8601_utc(status.started)},
            {"pid", status.process},
            {"error_count", status.errors},
            {"last_error", time_or_null(status.last_error)},
            {"last_scan", time_or_null(status.last_scan)},
            {"synced_files", status.synced_files},
            {"recent_events", std::move(changes)}};
}

}  // namespace

Result<void> save_watch_status(const std::filesystem::path& file, const WatchStatus& status) {
    constexpr mode_t kReadableByAll = 0644;
    const Descriptor folder(::open(file.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return fail(Fault::unavailable, reason_of(errno));
    auto made = AtomicFile::create(folder.number(), kReadableByAll);
    if (!made) return tl::unexpected(made.error());
    const std::string text =
        status_json(status).dump(2, ' ', false, StatusJson::error_handler_t::replace) + '\n';
    return made->write(text).and_then([&] { return made->replace(file.filename().string()); });
}

}  // namespace bm
