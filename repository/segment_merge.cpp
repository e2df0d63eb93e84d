#include "repository/segment_merge.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "repository/segment_reader.hpp"
#include "repository/segment_writer.hpp"

namespace bm {

namespace {

// Segments of one level are merged when there are this many: each posting is written again once
// for each level, and a query looks into a few segments of each.
constexpr std::size_t kFanOut = 8;
// More at once would need more memory and take long to become one.
constexpr std::size_t kMostSources = 2 * kFanOut;
// A segment below this is at level 0; each level above holds eight times as much.
constexpr std::uint64_t kFirstLevelBytes = 256 * 1024;
// A segment is written anew without its dead documents when they are one in this many.
constexpr std::uint32_t kDeadShare = 4;
// What other work costs, in postings.
constexpr std::uint64_t kRowCost = 500;  // deleting one row
constexpr int kRowsAtOnce = 16;

/// Ordinals of a source, as ordinals of the target.
class OrdinalMap {
public:
    OrdinalMap(const SegmentDirectory& source, const SegmentDirectory& target) {
        const auto& from = source.runs();
        const auto& to = target.runs();
        std::size_t t = 0;
        for (std::size_t f = 0; f < from.size(); ++f) {
            const std::int64_t begin = from[f].first_doc;
            const std::int64_t end = begin + (source.run_end(f) - from[f].first_ordinal);
            const auto target_end = [&](std::size_t run) {
                return to[run].first_doc + (target.run_end(run) - to[run].first_ordinal);
            };
            while (t < to.size() && target_end(t) <= begin) ++t;
            for (; t < to.size() && to[t].first_doc < end; ++t) {
                const std::int64_t first = std::max(begin, to[t].first_doc);
                const std::int64_t last = std::min(end, target_end(t));
                add(from[f].first_ordinal + static_cast<std::uint32_t>(first - begin),
                    static_cast<std::uint32_t>(last - first),
                    to[t].first_ordinal + static_cast<std::uint32_t>(first - to[t].first_doc));
                if (target_end(t) > end) break;
            }
        }
    }

    static constexpr std::uint32_t kDropped = std::numeric_limits<std::uint32_t>::max();

    /// The target's ordinal, or kDropped. Ordinals come in ascending order until rewind().
    std::uint32_t find(std::uint32_t ordinal) {
        if (at_ < pieces_.size() && pieces_[at_].end <= ordinal) advance(ordinal);
        if (at_ == pieces_.size() || ordinal < pieces_[at_].begin) return kDropped;
        return pieces_[at_].target + (ordinal - pieces_[at_].begin);
    }
    void rewind() { at_ = 0; }

private:
    struct Piece {
        std::uint32_t begin;
        std::uint32_t end;
        std::uint32_t target;
    };

    void add(std::uint32_t begin, std::uint32_t length, std::uint32_t target) {
        if (!pieces_.empty() && pieces_.back().end == begin &&
            pieces_.back().target + (begin - pieces_.back().begin) == target) {
            pieces_.back().end += length;
        } else {
            pieces_.push_back({begin, begin + length, target});
        }
    }
    void advance(std::uint32_t ordinal) {
        // Frequent terms need one of the next pieces, rare ones any.
        std::size_t step = 1;
        while (at_ + step < pieces_.size() && pieces_[at_ + step].end <= ordinal) step *= 2;
        const auto from = pieces_.begin() + static_cast<std::ptrdiff_t>(at_);
        const auto to = at_ + step < pieces_.size() ? from + static_cast<std::ptrdiff_t>(step) + 1
                                                    : pieces_.end();
        at_ = static_cast<std::size_t>(
            std::lower_bound(from, to, ordinal,
                             [](const Piece& piece, std::uint32_t o) { return piece.end <= o; }) -
            pieces_.begin());
    }

    std::vector<Piece> pieces_;
    std::size_t at_ = 0;
};

/// One source of a merge: its terms in order, and the postings of the term at hand.
class MergeSource {
public:
    MergeSource(Database& database, const Segment& segment, const SegmentDirectory& directory,
                const SegmentDirectory& target, std::string_view after)
        : rows_(database),
          terms_(database, segment.row.id, after),
          map_(directory, target),
          documents_(segment.row.documents) {}

    bool next_term() { return terms_.next(); }
    [[nodiscard]] const std::string& term() const noexcept { return terms_.term(); }

    /// False when the term has no living document here.
    bool open_list() {
        const PostingList& list = terms_.list();
        cursor_.emplace(rows_, list, documents_);
        if (!list.is_long()) cursor_->share_positions(terms_.positions());
        map_.rewind();
        open_block();
        return next_posting();
    }
    [[nodiscard]] std::uint32_t ordinal() const noexcept { return ordinal_; }

    /// Writes postings up to the target's ordinal `limit`; false when the list is done.
    bool write_until(std::uint32_t limit, SegmentWriter& target) {
        do {
            if (ordinal_ >= limit) return true;
            target.add(ordinal_, hits_, bytes_);
        } while (next_posting());
        return false;
    }

private:
    void open_block() {
        block_ = &cursor_->block();
        positions_ = ByteReader(cursor_->positions());
        at_ = 0;
    }
    bool next_posting() {
        while (true) {
            if (at_ == block_->count) {
                if (!cursor_->next()) return false;
                open_block();
            }
            hits_ = block_->hits[at_];
            bytes_ = take_positions(positions_, hits_.all());
            ordinal_ = map_.find(block_->ordinals[at_++]);
            if (ordinal_ != OrdinalMap::kDropped) return true;
        }
    }

    PageRows rows_;
    SegmentTerms terms_;
    OrdinalMap map_;
    std::uint32_t documents_;
    std::optional<PostingCursor> cursor_;
    const PostingBlock* block_ = nullptr;
    std::size_t at_ = 0;
    ByteReader positions_{std::string_view()};
    std::uint32_t ordinal_ = 0;
    Hits hits_;
    std::string_view bytes_;
};

/// Writes the postings of one term from all sources that have it, in order of their ordinals.
void merge_term(std::vector<MergeSource*>& sources, SegmentWriter& target) {
    target.begin(sources.front()->term());
    sources.erase(std::remove_if(sources.begin(), sources.end(),
                                 [](MergeSource* source) { return !source->open_list(); }),
                  sources.end());
    while (!sources.empty()) {
        // Mostly the documents of one source all come before those of the next.
        std::size_t first = 0;
        std::uint32_t limit = OrdinalMap::kDropped;
        for (std::size_t i = 1; i < sources.size(); ++i) {
            if (sources[i]->ordinal() < sources[first]->ordinal()) {
                limit = std::min(limit, sources[first]->ordinal());
                first = i;
            } else {
                limit = std::min(limit, sources[i]->ordinal());
            }
        }
        if (!sources[first]->write_until(limit, target)) {
            sources.erase(sources.begin() + static_cast<std::ptrdiff_t>(first));
        }
    }
    target.end();
}

/// The directory of the living documents of all sources, in order of their numbers.
std::string joined_directory(TextStore& store, const std::vector<Segment*>& sources,
                             std::uint32_t& documents) {
    struct Place {
        const SegmentDirectory* directory;
        const DeadDocuments* dead;
        std::size_t run;
        std::uint32_t ordinal;
    };
    std::vector<Place> places;
    for (Segment* source : sources) {
        const SegmentDirectory& directory = store.directory(*source);
        if (directory.size() > 0) places.push_back({&directory, store.dead(*source), 0, 0});
    }
    DirectoryWriter writer;
    while (!places.empty()) {
        // Runs of two segments never overlap: a document is in one of them.
        const auto next =
            std::min_element(places.begin(), places.end(), [](const Place& a, const Place& b) {
                return a.directory->runs()[a.run].first_doc < b.directory->runs()[b.run].first_doc;
            });
        const std::uint32_t end = next->directory->run_end(next->run);
        for (; next->ordinal < end; ++next->ordinal) {
            const std::uint32_t o = next->ordinal;
            if (next->dead != nullptr && next->dead->test(o)) continue;
            writer.add(next->directory->doc(o), next->directory->kind(o),
                       next->directory->length(o));
        }
        if (++next->run == next->directory->runs().size()) places.erase(next);
    }
    documents = writer.size();
    return writer.finish();
}

void retire(TextStore& store, Segment& segment) {
    segment.row.stage = SegmentStage::retired;
    segment.row.target.reset();
    store.update_segment(segment.row);
}

/// Segments that should become one, of the lowest level where that is so.
std::vector<Segment*> due_sources(ProjectText& text) {
    std::vector<Segment*> idle;
    for (auto& segment : text.segments) {
        if (segment.row.stage == SegmentStage::searched && !segment.row.target) {
            idle.push_back(&segment);
        }
    }
    std::sort(idle.begin(), idle.end(), [](const Segment* a, const Segment* b) {
        return std::tie(a->row.level, a->row.id) < std::tie(b->row.level, b->row.id);
    });
    for (std::size_t begin = 0; begin < idle.size();) {
        std::size_t end = begin;
        while (end < idle.size() && idle[end]->row.level == idle[begin]->row.level) ++end;
        if (end - begin >= kFanOut) {
            end = std::min(end, begin + kMostSources);
            return {idle.begin() + static_cast<std::ptrdiff_t>(begin),
                    idle.begin() + static_cast<std::ptrdiff_t>(end)};
        }
        for (std::size_t i = begin; i < end; ++i) {
            if (idle[i]->row.dead > idle[i]->row.documents / kDeadShare) return {idle[i]};
        }
        begin = end;
    }
    return {};
}

/// Returns what it cost.
std::uint64_t start_merge(TextStore& store, ProjectId project,
                          const std::vector<Segment*>& sources) {
    std::uint32_t documents = 0;
    const std::string directory = joined_directory(store, sources, documents);
    if (documents == 0) {
        for (Segment* source : sources) retire(store, *source);
        return kRowCost;
    }
    SegmentRow row{};
    row.stage = SegmentStage::in_progress;
    row.level = sources.back()->row.level;
    row.documents = documents;
    const std::int64_t target = store.insert_segment(project, row, directory);
    for (Segment* source : sources) {
        source->row.target = target;
        store.update_segment(source->row);
    }
    return kRowCost + documents / 8;
}

/// Returns what it cost.
std::uint64_t continue_merge(TextStore& store, ProjectText& text, Segment& target,
                             std::uint64_t budget) {
    const SegmentDirectory& directory = store.directory(target);
    std::string reached = store.reached(target.row.id);
    std::deque<MergeSource> sources;
    std::vector<MergeSource*> active;
    for (auto& segment : text.segments) {
        if (segment.row.target != target.row.id) continue;
        sources.emplace_back(store.database(), segment, store.directory(segment), directory,
                             reached);
        if (sources.back().next_term()) active.push_back(&sources.back());
    }
    SegmentWriter writer(store.database(), target.row.id);
    std::vector<MergeSource*> with_term;
    while (!active.empty() && writer.postings() < budget) {
        const auto first =
            std::min_element(active.begin(), active.end(),
                             [](MergeSource* a, MergeSource* b) { return a->term() < b->term(); });
        reached = (*first)->term();
        with_term.clear();
        for (MergeSource* source : active) {
            if (source->term() == reached) with_term.push_back(source);
        }
        merge_term(with_term, writer);
        active.erase(std::remove_if(active.begin(), active.end(),
                                    [&](MergeSource* source) {
                                        return source->term() == reached && !source->next_term();
                                    }),
                     active.end());
    }
    writer.finish();
    target.row.bytes += writer.bytes();
    if (active.empty()) {
        target.row.stage = SegmentStage::searched;
        target.row.level = merge_level(target.row.bytes);
        for (auto& segment : text.segments) {
            if (segment.row.target == target.row.id) retire(store, segment);
        }
    }
    store.update_segment(target.row);
    store.set_reached(target.row.id, reached);
    return writer.postings() + kRowCost;
}

/// The segment at this stage with the lowest level, or null.
Segment* lowest_at(ProjectText& text, SegmentStage stage) {
    Segment* lowest = nullptr;
    for (auto& segment : text.segments) {
        if (segment.row.stage != stage) continue;
        if (lowest == nullptr || segment.row.level < lowest->row.level) lowest = &segment;
    }
    return lowest;
}

/// One piece of work; returns what it cost, 0 when nothing is due. Low levels go first, so that
/// neither new segments nor the rows of old ones pile up while a large merge takes its time.
std::uint64_t merge_once(TextStore& store, ProjectId project, ProjectText& text,
                         std::uint64_t budget) {
    const auto due = due_sources(text);
    Segment* const retired = lowest_at(text, SegmentStage::retired);
    Segment* const target = lowest_at(text, SegmentStage::in_progress);
    constexpr int none = std::numeric_limits<int>::max();
    const int due_level = due.empty() ? none : due.front()->row.level;
    const int target_level = target == nullptr ? none : target->row.level;
    if (retired != nullptr && retired->row.level <= std::min(due_level, target_level)) {
        store.erase_some(retired->row.id, kRowsAtOnce);
        return kRowsAtOnce * kRowCost;
    }
    if (due_level < target_level) return start_merge(store, project, due);
    return target == nullptr ? 0 : continue_merge(store, text, *target, budget);
}

}  // namespace

int merge_level(std::uint64_t bytes) {
    int level = 0;
    for (; bytes >= kFirstLevelBytes; bytes /= kFanOut) ++level;
    return level;
}

bool merge_segments(TextStore& store, ProjectId project, ProjectText& text, std::uint64_t& budget) {
    while (budget > 0) {
        store.refresh(project, text);
        const std::uint64_t cost = merge_once(store, project, text, budget);
        if (cost == 0) return false;
        budget -= std::min(budget, cost);
        store.count(project, text, {});
        text.generation = 0;  // the list of segments is another one now
    }
    store.refresh(project, text);
    return lowest_at(text, SegmentStage::in_progress) != nullptr ||
           lowest_at(text, SegmentStage::retired) != nullptr || !due_sources(text).empty();
}

}  // namespace bm
