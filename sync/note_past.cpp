#include "sync/note_past.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "markdown/permalink.hpp"

namespace bm {

namespace {

// Nobody looks at more of one note's past.
constexpr std::size_t kMaxVersions = 1000;
// Who waits for the index gives up before.
constexpr std::chrono::minutes kBeside{1};

void each_event(const NoteHistory& history, const Project& project,
                const std::function<bool(const HistoryRecord&)>& visit) {
    std::map<std::pair<std::string, Timestamp>, int> taken_back;
    history.each(project.path, [&](const HistoryRecord& record) {
        if (record.action == HistoryAction::withdrawn) {
            if (record.since) ++taken_back[{record.path.str(), *record.since}];
            return true;
        }
        if (!taken_back.empty()) {
            const auto found = taken_back.find({record.path.str(), record.at});
            if (found != taken_back.end() && found->second > 0) {
                --found->second;
                return true;
            }
        }
        return visit(record);
    });
}

bool is_path_named(const RelativePath& path, const std::string& name) {
    return path.str() == name || path.str() == name + ".md";
}

bool is_named(const HistoryRecord& record, const std::string& name) {
    return is_path_named(record.path, name) ||
           (!record.permalink.empty() && record.permalink == name) ||
           (!record.title.empty() && record.title == name) ||
           permalink_for_path(record.path.str()) == name ||
           (record.from && is_path_named(*record.from, name));
}

/// Tells of a move, and of nothing else.
bool changed_nothing(const HistoryRecord& record) {
    return record.action == HistoryAction::moved && !record.checksum;
}

/// Says what the note said from then on, not until then.
bool says_what_came(const HistoryRecord& record) {
    return record.action == HistoryAction::external || record.action == HistoryAction::written;
}

/// Nearly at once, so that both tell of one change.
bool is_beside(const HistoryRecord& one, const HistoryRecord& other) {
    return std::chrono::abs(one.at - other.at) <= kBeside;
}

/// Of the record that came after it: another program touched the file, or a scan found what a tool
/// was about to commit and took it for another program's.
bool repeats_the_last(const std::vector<HistoryRecord>& records, const HistoryRecord& record) {
    if (records.empty() || record.action != HistoryAction::external || !record.checksum) {
        return false;
    }
    const HistoryRecord& last = records.back();
    if (last.checksum != record.checksum) return false;
    return last.action == HistoryAction::external ||
           (last.action == HistoryAction::written && is_beside(last, record));
}

/// The same the other way round: the tool was the slower one.
bool is_repeated_by_the_last(const std::vector<HistoryRecord>& records,
                             const HistoryRecord& record) {
    return !records.empty() && record.action == HistoryAction::written && record.checksum &&
           records.back().action == HistoryAction::external &&
           records.back().checksum == record.checksum && is_beside(records.back(), record);
}

/// Walks from the latest record of a note to its first, across its moves.
class PastOfNote {
public:
    explicit PastOfNote(RelativePath path) : place_(std::move(path)) {}

    /// False when the rest is not of this note, or more than anybody looks at.
    bool take(const HistoryRecord& record) {
        if (is_same_move(record)) {
            // Of the tool's record and the scan's the tool's may have the bytes.
            if (!records_[*last_move_].checksum) records_[*last_move_] = record;
            return true;
        }
        // What was there before went away: the rest is its past.
        if (record.path != place_) return record.from != place_;
        last_move_.reset();
        if (is_repeated_by_the_last(records_, record)) records_.pop_back();
        if (!repeats_the_last(records_, record)) records_.push_back(record);
        if (record.from) {
            place_ = *record.from;
            last_move_ = records_.size() - 1;
        }
        return records_.size() < kMaxVersions;
    }

    [[nodiscard]] std::vector<HistoryRecord> records() && { return std::move(records_); }

private:
    /// A scan that indexed a tool's move wrote it down as well.
    [[nodiscard]] bool is_same_move(const HistoryRecord& record) const {
        if (!last_move_ || record.action != HistoryAction::moved) return false;
        const HistoryRecord& last = records_[*last_move_];
        return record.path == last.path && record.from == last.from && is_beside(record, last);
    }

    RelativePath place_;
    std::vector<HistoryRecord> records_;
    std::optional<std::size_t> last_move_;  ///< that led to `place_`, from which nothing came since
};

/// The change that came after those that are yet to be told.
HistoryRecord* oldest_change(NotePast& past) {
    const auto found = std::find_if(past.records.rbegin(), past.records.rend(),
                                    [](const auto& record) { return !changed_nothing(record); });
    if (found != past.records.rend()) return &*found;
    return past.current ? &*past.current : nullptr;
}

/// What a tool wrote is told once: when it was replaced, or apart while it is current.
NotePast told_once(std::vector<HistoryRecord> records, const std::optional<Checksum>& on_disk) {
    NotePast past;
    for (auto& record : records) {
        HistoryRecord* next =
            record.action == HistoryAction::written ? oldest_change(past) : nullptr;
        const bool is_repeated = next != nullptr && next->checksum == record.checksum;
        if (is_repeated && next->action == HistoryAction::written) {
            next->at = record.at;
        } else if (is_repeated && !says_what_came(*next)) {
            next->since = record.at;
        } else if (record.action == HistoryAction::written && next == nullptr &&
                   record.checksum == on_disk) {
            past.current = std::move(record);
        } else {
            past.records.push_back(std::move(record));
        }
    }
    return past;
}

}  // namespace

NotePast past_of(const NoteHistory& history, const Project& project, const RelativePath& path,
                 const std::optional<Checksum>& on_disk) {
    PastOfNote past(path);
    each_event(history, project, [&](const HistoryRecord& record) { return past.take(record); });
    return told_once(std::move(past).records(), on_disk);
}

std::optional<LastPlace> last_place_of(const NoteHistory& history, const Project& project,
                                       const std::vector<std::string>& names) {
    std::vector<HistoryRecord> later_moves;
    std::optional<HistoryRecord> found;
    each_event(history, project, [&](const HistoryRecord& record) {
        const bool is_meant = std::any_of(names.begin(), names.end(),
                                          [&](const auto& name) { return is_named(record, name); });
        if (is_meant) found = record;
        if (!found && record.from) later_moves.push_back(record);
        return !found;
    });
    if (!found) return std::nullopt;
    LastPlace last{found->path, found->title};
    if (found->action == HistoryAction::deleted) return last;
    for (auto move = later_moves.rbegin(); move != later_moves.rend(); ++move) {
        if (move->from == last.path) last = {move->path, move->title};
    }
    return last;
}

std::vector<RelativePath> places_of_title(const NoteHistory& history, const Project& project,
                                          std::string_view title) {
    std::vector<RelativePath> places;
    std::set<std::string> left;
    each_event(history, project, [&](const HistoryRecord& record) {
        if (record.title == title && !left.contains(record.path.str())) {
            if (places.empty() || places.back() != record.path) places.push_back(record.path);
        }
        if (record.from) left.insert(record.from->str());
        return places.size() < kMaxVersions;
    });
    return places;
}

const HistoryRecord* version_at(const std::vector<HistoryRecord>& latest_first, Timestamp moment) {
    const HistoryRecord* later = nullptr;  // the first change after the moment
    const HistoryRecord* before = nullptr;
    for (const auto& record : latest_first) {
        if (changed_nothing(record)) continue;
        if (record.at <= moment) {
            before = &record;
            break;
        }
        later = &record;
    }
    // What was written stays current until the next change.
    if (before != nullptr && says_what_came(*before) && before->checksum) return before;
    if (later == nullptr || !later->checksum || says_what_came(*later)) return nullptr;
    // Nothing may have been there.
    const bool may_be_younger = before == nullptr || before->action == HistoryAction::deleted;
    if (may_be_younger && later->since && *later->since > moment) return nullptr;
    return later;
}

}  // namespace bm
