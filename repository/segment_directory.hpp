#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "repository/byte_stream.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// What ranking needs to know of each document of a segment, by its ordinal there, without a look
/// at any row. Two bytes for each document.
class SegmentDirectory {
public:
    /// A run of documents with consecutive numbers and ordinals.
    struct Run {
        std::int64_t first_doc;
        std::uint32_t first_ordinal;
    };

    SegmentDirectory() = default;
    /// Reads what DirectoryWriter wrote; throws a DatabaseError for anything else.
    explicit SegmentDirectory(std::string blob);
    // A pointer into its own string keeps it in place.
    SegmentDirectory(const SegmentDirectory&) = delete;
    SegmentDirectory& operator=(const SegmentDirectory&) = delete;

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] TextDoc doc(std::uint32_t ordinal) const noexcept;
    [[nodiscard]] ItemKind kind(std::uint32_t ordinal) const;
    /// Tokens of both columns.
    [[nodiscard]] std::uint32_t length(std::uint32_t ordinal) const {
        const std::uint32_t length = entry(ordinal) >> kKindBits;
        return length < kLongDocument ? length : long_length(ordinal);
    }
    [[nodiscard]] std::optional<std::uint32_t> find(TextDoc doc) const noexcept;

    /// Ascending in both members; each ends where the next begins, the last at size().
    [[nodiscard]] const std::vector<Run>& runs() const noexcept { return runs_; }
    [[nodiscard]] std::uint32_t run_end(std::size_t run) const noexcept {
        return run + 1 < runs_.size() ? runs_[run + 1].first_ordinal : size_;
    }
    [[nodiscard]] std::size_t memory() const noexcept;

private:
    // An entry is a kind in two bits and a length in fourteen. The few documents that are longer
    // stand in a list of their own.
    static constexpr unsigned kKindBits = 2;
    static constexpr std::uint32_t kLongDocument = (1U << (16 - kKindBits)) - 1;
    friend class DirectoryWriter;

    [[nodiscard]] std::uint32_t long_length(std::uint32_t ordinal) const;
    [[nodiscard]] std::uint16_t entry(std::uint32_t ordinal) const noexcept {
        return load_little_endian<std::uint16_t>(entries_ + std::size_t{2} * ordinal);
    }

    std::string blob_;
    const char* entries_ = nullptr;  // inside blob_
    std::uint32_t size_ = 0;
    std::vector<Run> runs_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> long_documents_;  // ordinal and length
};

/// Which documents of a segment were erased.
class DeadDocuments {
public:
    explicit DeadDocuments(std::uint32_t documents) : words_(documents / 64 + 1) {}

    void set(std::uint32_t ordinal) noexcept {
        words_[ordinal / 64] |= std::uint64_t{1} << ordinal % 64;
    }
    [[nodiscard]] bool test(std::uint32_t ordinal) const noexcept {
        return (words_[ordinal / 64] >> ordinal % 64 & 1U) != 0;
    }
    /// Bits of 64 documents; 0 beyond the end.
    [[nodiscard]] std::uint64_t word(std::size_t index) const noexcept {
        return index < words_.size() ? words_[index] : 0;
    }

private:
    std::vector<std::uint64_t> words_;
};

/// Gathers the directory of a new segment. Documents come in ascending order.
class DirectoryWriter {
public:
    void add(TextDoc doc, ItemKind kind, std::uint32_t length);
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] std::string finish();

private:
    std::uint32_t size_ = 0;
    std::int64_t next_doc_ = 0;
    std::uint32_t run_length_ = 0;
    std::uint64_t run_count_ = 0;
    std::string runs_;  // the last one still lacks its length
    std::uint64_t long_count_ = 0;
    std::uint32_t last_long_ = 0;
    std::string long_documents_;
    std::string entries_;
};

}  // namespace bm
