#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repository/database.hpp"
#include "repository/fresh_document.hpp"
#include "repository/segment_directory.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// Where a segment is in its life.
enum class SegmentStage : std::uint8_t {
    searched = 0,
    in_progress = 1,  ///< being put together by a merge: not yet searched
    retired = 2       ///< merged: no longer searched, its rows are deleted bit by bit
};

/// A row of text_segment.
struct SegmentRow {
    std::int64_t id;
    SegmentStage stage;
    int level;
    std::uint32_t documents;
    std::uint32_t dead;
    std::uint64_t bytes;
    std::optional<std::int64_t> target;
};

/// A segment as this connection knows it. What is large is read when it is first needed.
struct Segment {
    SegmentRow row;
    std::unique_ptr<const SegmentDirectory> directory;
    std::optional<DeadDocuments> dead;
};

/// The documents of a project that are not in a segment yet.
struct FreshDocuments {
    std::vector<std::string> bytes;  ///< of FreshDocument, by ordinal
    std::unique_ptr<const SegmentDirectory> directory;
};

/// The counts of a project's text index, and what this connection has read of it.
struct ProjectText {
    std::int64_t generation = 0;
    std::int64_t documents = 0;  ///< living ones
    std::int64_t tokens = 0;
    std::int64_t fresh_documents = 0;
    std::int64_t fresh_bytes = 0;
    std::vector<Segment> segments;
    std::optional<FreshDocuments> fresh;
};

/// The tables of the text index. Nothing here begins or ends a transaction.
class TextStore {
public:
    explicit TextStore(Database& database);

    [[nodiscard]] Database& database() noexcept { return database_; }

    /// Brings `text` up to the state that the current transaction sees.
    void refresh(ProjectId project, ProjectText& text);
    const SegmentDirectory& directory(Segment& segment);
    /// None when nothing in the segment is dead.
    const DeadDocuments* dead(Segment& segment);
    const FreshDocuments& fresh(ProjectId project, ProjectText& text);

    /// What a change adds to the counts; may be negative.
    struct Change {
        std::int64_t documents = 0;
        std::int64_t tokens = 0;
        std::int64_t fresh_documents = 0;
        std::int64_t fresh_bytes = 0;
    };
    /// Counts a change and starts a new generation, which `text` is taken to be at.
    void count(ProjectId project, ProjectText& text, const Change& change);

    void insert_fresh(ProjectId project, const TextDocument& document,
                      const FreshDocumentWriter::Written& written);
    /// Tokens and bytes of the document that was deleted, when it was there.
    struct Erased {
        std::int64_t tokens;
        std::int64_t bytes;
    };
    std::optional<Erased> erase_fresh(ProjectId project, TextDoc doc);
    void erase_all_fresh(ProjectId project);

    std::int64_t insert_segment(ProjectId project, const SegmentRow& row,
                                std::string_view directory);
    void update_segment(const SegmentRow& row);
    /// The last term that a segment in progress has.
    std::string reached(std::int64_t segment);
    void set_reached(std::int64_t segment, std::string_view term);
    /// Marks documents of one segment as dead, by ascending ordinals. Gives those that were alive.
    std::vector<std::uint32_t> kill(Segment& segment, const std::vector<std::uint32_t>& ordinals);
    /// Deletes up to `rows` rows of a retired segment; false when all are gone.
    bool erase_some(std::int64_t segment, int rows);
    void erase_segments(ProjectId project);

private:
    Database& database_;
    Statement select_state_, upsert_state_;
    Statement select_segments_, select_directory_, select_dead_;
    Statement select_fresh_, insert_fresh_, erase_fresh_, erase_all_fresh_;
    Statement insert_segment_, insert_directory_, update_segment_, select_reached_, set_reached_;
    Statement select_dead_chunk_, upsert_dead_chunk_;
    Statement erase_pages_, erase_segment_, erase_segments_;
};

}  // namespace bm
