#include "cloud/rclone_log.hpp"

#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

namespace bm {

namespace {

using LogJson = nlohmann::json;

std::string text_of(const LogJson& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t count_of(const LogJson& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number()) return 0;
    const double value = found->get<double>();
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

RcloneStats stats_of(const LogJson& object) {
    RcloneStats stats;
    stats.bytes = count_of(object, "bytes");
    stats.total_bytes = count_of(object, "totalBytes");
    stats.transfers = count_of(object, "transfers");
    stats.total_transfers = count_of(object, "totalTransfers");
    stats.checks = count_of(object, "checks");
    if (const auto speed = object.find("speed"); speed != object.end() && speed->is_number()) {
        stats.speed = speed->get<double>();
    }
    if (const auto eta = object.find("eta"); eta != object.end() && eta->is_number()) {
        stats.eta = count_of(object, "eta");
    }
    const auto current = object.find("transferring");
    if (current != object.end() && current->is_array() && !current->empty() &&
        current->front().is_object()) {
        stats.current = text_of(current->front(), "name");
    }
    return stats;
}

/// What stands behind `prefix`; none when the text does not begin so.
std::optional<std::string_view> behind(std::string_view text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return std::nullopt;
    return text.substr(prefix.size());
}

}  // namespace

std::optional<RcloneLine> parse_rclone_line(std::string_view line) {
    if (!line.starts_with('{')) return std::nullopt;
    const LogJson object = LogJson::parse(line, nullptr, false);
    if (!object.is_object() || !object.contains("msg")) return std::nullopt;
    RcloneLine read{text_of(object, "level"), text_of(object, "msg"), text_of(object, "object"),
                    text_of(object, "objectType"), std::nullopt};
    if (const auto stats = object.find("stats"); stats != object.end() && stats->is_object()) {
        read.stats = stats_of(*stats);
    }
    return read;
}

void FileActionReader::note_direction(const std::string& message) {
    const bool is_queue = message.find("Do queued copies to") != std::string::npos ||
                          message.find("Resync is copying files to") != std::string::npos;
    if (!is_queue) return;
    towards_ = message.ends_with("Path1") ? Towards::local : Towards::remote;
}

/// rclone names the object it reads: one of ours goes up. Where both sides are local folders only
/// the direction of the phase tells.
bool FileActionReader::goes_up(const RcloneLine& line) const {
    if (towards_ != Towards::unknown) return towards_ == Towards::remote;
    return line.object_type.starts_with("*local.");
}

bool FileActionReader::is_gone_here(const RcloneLine& line) const {
    if (towards_ != Towards::unknown) return towards_ == Towards::local;
    return line.object_type.starts_with("*local.");
}

void FileActionReader::note_conflict(const RcloneLine& line, std::string_view kept) {
    auto& all = actions_.conflicts;
    auto found = std::find_if(all.begin(), all.end(),
                              [&](const SyncConflict& each) { return each.path == line.object; });
    if (found == all.end()) found = all.insert(all.end(), SyncConflict{line.object, {}});
    if (!kept.empty()) found->kept.emplace_back(kept);
}

/// Into a trash on another file system a file is moved by a copy and a deletion.
bool FileActionReader::was_moved_away(const std::string& object) {
    const auto copied = copied_.find(object);
    if (copied == copied_.end()) return false;
    auto& list = copied->second ? actions_.uploaded : actions_.downloaded;
    const auto last = std::find(list.rbegin(), list.rend(), object);
    if (last != list.rend()) list.erase(std::next(last).base());
    copied_.erase(copied);
    return true;
}

void FileActionReader::add(const RcloneLine& line) {
    if (line.object.empty()) {
        note_direction(line.message);
        return;
    }
    const std::string_view message = line.message;
    if (const auto kept = behind(message, "Moved (server-side) to: ")) {
        note_conflict(line, *kept);
    } else if (const auto copy = behind(message, "Copied (server-side copy) to: ")) {
        note_conflict(line, *copy);
    } else if (message.starts_with("Skipped rename as --dry-run")) {
        note_conflict(line, {});
    } else if (message.starts_with("Copied") || message.starts_with("Multi-thread Copied") ||
               message.starts_with("Skipped copy as --dry-run")) {
        const bool up = goes_up(line);
        (up ? actions_.uploaded : actions_.downloaded).push_back(line.object);
        copied_[line.object] = up;
    } else if (message.starts_with("Moved into backup dir") ||
               message.starts_with("Skipped move into backup dir")) {
        actions_.deleted_local.push_back(line.object);
    } else if (message == "Deleted" || message.starts_with("Skipped delete as --dry-run")) {
        // A move that the storage cannot do is a copy and a deletion: it comes before the queues.
        const bool is_part_of_move =
            std::any_of(actions_.conflicts.begin(), actions_.conflicts.end(),
                        [&](const SyncConflict& each) { return each.path == line.object; });
        if (is_part_of_move && towards_ == Towards::unknown) return;
        if (message == "Deleted" && was_moved_away(line.object)) return;
        (is_gone_here(line) ? actions_.deleted_local : actions_.deleted_remote)
            .push_back(line.object);
    }
}

}  // namespace bm
