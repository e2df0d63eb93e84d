#include "repository/segment_directory.hpp"

#include <algorithm>

namespace bm {

namespace {

// Far above any counter and far below an overflow.
constexpr std::uint64_t kMaxDoc = std::uint64_t{1} << 62U;

}  // namespace

SegmentDirectory::SegmentDirectory(std::string blob) : blob_(std::move(blob)) {
    ByteReader from(blob_);
    size_ = from.varint32();
    const std::uint32_t runs = from.varint32();
    // Each run and each entry takes bytes, so damaged counts cannot make us ask for much memory.
    if (runs > from.remaining() || size_ > from.remaining()) throw_damaged_index("directory");
    runs_.reserve(runs);
    std::uint64_t doc = 0;
    std::uint64_t ordinal = 0;
    for (std::uint32_t i = 0; i < runs; ++i) {
        doc += from.varint();
        const std::uint32_t length = from.varint32();
        if (length == 0 || doc > kMaxDoc || ordinal + length > size_) {
            throw_damaged_index("directory");
        }
        runs_.push_back({static_cast<std::int64_t>(doc), static_cast<std::uint32_t>(ordinal)});
        doc += length;
        ordinal += length;
    }
    if (ordinal != size_) throw_damaged_index("directory");
    std::uint64_t at = 0;
    for (std::uint32_t left = from.varint32(); left > 0; --left) {
        at += from.varint32();
        if (at >= size_) throw_damaged_index("directory");
        long_documents_.emplace_back(static_cast<std::uint32_t>(at), from.varint32());
    }
    if (from.remaining() != std::size_t{2} * size_) throw_damaged_index("directory");
    entries_ = from.rest().data();
}

TextDoc SegmentDirectory::doc(std::uint32_t ordinal) const noexcept {
    const auto after =
        std::upper_bound(runs_.begin(), runs_.end(), ordinal,
                         [](std::uint32_t o, const Run& run) { return o < run.first_ordinal; });
    const Run& run = *(after - 1);
    return TextDoc{run.first_doc + (ordinal - run.first_ordinal)};
}

ItemKind SegmentDirectory::kind(std::uint32_t ordinal) const {
    const unsigned kind = entry(ordinal) & ((1U << kKindBits) - 1);
    if (kind > static_cast<unsigned>(ItemKind::relation)) throw_damaged_index("kind");
    return static_cast<ItemKind>(kind);
}

std::uint32_t SegmentDirectory::long_length(std::uint32_t ordinal) const {
    const auto found =
        std::lower_bound(long_documents_.begin(), long_documents_.end(), ordinal,
                         [](const auto& pair, std::uint32_t o) { return pair.first < o; });
    if (found == long_documents_.end() || found->first != ordinal) throw_damaged_index("length");
    return found->second;
}

std::optional<std::uint32_t> SegmentDirectory::find(TextDoc doc) const noexcept {
    const auto after =
        std::upper_bound(runs_.begin(), runs_.end(), doc.value,
                         [](std::int64_t d, const Run& run) { return d < run.first_doc; });
    if (after == runs_.begin()) return std::nullopt;
    const auto run = static_cast<std::size_t>(after - runs_.begin()) - 1;
    const std::int64_t ordinal = runs_[run].first_ordinal + (doc.value - runs_[run].first_doc);
    if (ordinal >= run_end(run)) return std::nullopt;
    return static_cast<std::uint32_t>(ordinal);
}

std::size_t SegmentDirectory::memory() const noexcept {
    return blob_.capacity() + runs_.capacity() * sizeof(Run) +
           long_documents_.capacity() * sizeof(long_documents_[0]);
}

void DirectoryWriter::add(TextDoc doc, ItemKind kind, std::uint32_t length) {
    if (run_count_ == 0 || doc.value != next_doc_) {
        if (run_count_ > 0) append_varint(runs_, run_length_);
        append_varint(runs_, static_cast<std::uint64_t>(doc.value - next_doc_));
        ++run_count_;
        run_length_ = 0;
    }
    ++run_length_;
    next_doc_ = doc.value + 1;
    constexpr std::uint32_t limit = SegmentDirectory::kLongDocument;
    if (length >= limit) {
        append_varint(long_documents_, size_ - last_long_);
        append_varint(long_documents_, length);
        last_long_ = size_;
        ++long_count_;
    }
    const auto entry =
        std::min(length, limit) << SegmentDirectory::kKindBits | static_cast<unsigned>(kind);
    append_little_endian(entries_, static_cast<std::uint16_t>(entry));
    ++size_;
}

std::string DirectoryWriter::finish() {
    std::string blob;
    append_varint(blob, size_);
    append_varint(blob, run_count_);
    if (run_count_ > 0) append_varint(runs_, run_length_);
    blob += runs_;
    append_varint(blob, long_count_);
    blob += long_documents_;
    blob += entries_;
    return blob;
}

}  // namespace bm
