#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "repository/byte_stream.hpp"

namespace bm {

/// How often a term occurs in the two columns of one document. The counts stick at their limits:
/// what lies beyond changes no ranking that anybody could notice.
class Hits {
public:
    static constexpr unsigned kContentBits = 20;
    static constexpr std::uint32_t kMaxContent = (1U << kContentBits) - 1;
    static constexpr std::uint32_t kMaxTitle = (1U << (32 - kContentBits)) - 1;

    Hits() = default;
    Hits(std::uint32_t title, std::uint32_t content)
        : packed_((title < kMaxTitle ? title : kMaxTitle) << kContentBits |
                  (content < kMaxContent ? content : kMaxContent)) {}

    [[nodiscard]] std::uint32_t title() const noexcept { return packed_ >> kContentBits; }
    [[nodiscard]] std::uint32_t content() const noexcept { return packed_ & kMaxContent; }
    [[nodiscard]] std::uint32_t all() const noexcept { return title() + content(); }
    friend Hits operator+(Hits a, Hits b) noexcept {
        Hits sum;
        sum.packed_ = a.packed_ + b.packed_;
        // Either count has passed its limit: a carry out of the lower or of the upper one.
        const bool carry = ((a.packed_ ^ b.packed_ ^ sum.packed_) >> kContentBits & 1U) != 0;
        if (carry || sum.packed_ < a.packed_) {
            return {a.title() + b.title(), a.content() + b.content()};
        }
        return sum;
    }
    friend bool operator==(const Hits&, const Hits&) = default;

private:
    std::uint32_t packed_ = 0;
};

/// Postings are kept in blocks of this many, the last one of a list excepted.
constexpr std::size_t kBlockPostings = 128;

/// A run of postings, unpacked. An ordinal is the number of a document inside its segment.
struct PostingBlock {
    std::array<std::uint32_t, kBlockPostings> ordinals;
    std::array<Hits, kBlockPostings> hits;
    std::size_t count = 0;
    bool any_title = false;  ///< some posting has hits in the title
};

/// Appends a block: ascending ordinals, none below `base`.
void append_block(std::string& out, const PostingBlock& block, std::uint32_t base);

/// Reads a block of `count` postings written with the same `base`. `last` is the greatest ordinal
/// that may occur, and, when `exact`, the one that must end the block.
void read_block(ByteReader& from, std::size_t count, std::uint32_t base, std::uint32_t last,
                bool exact, PostingBlock& block);

/// Positions of one posting: those in the title and then those in the content, each as the
/// distance to the one before it (the first of a column to 0).
class PositionWriter {
public:
    explicit PositionWriter(std::string& out) : out_(out) {}
    void start_column() { last_ = 0; }
    void add(std::uint32_t position) {
        append_varint(out_, position - last_);
        last_ = position;
    }

private:
    std::string& out_;
    std::uint32_t last_ = 0;
};

/// Takes the bytes of `count` positions without decoding them.
std::string_view take_positions(ByteReader& from, std::uint64_t count);

/// Calls visit(is_title, position) for each position of a posting.
template <class Visit>
void visit_positions(ByteReader& from, Hits hits, Visit visit) {
    std::uint32_t position = 0;
    for (std::uint32_t i = 0; i < hits.title(); ++i) visit(true, position += from.varint32());
    position = 0;
    for (std::uint32_t i = 0; i < hits.content(); ++i) visit(false, position += from.varint32());
}

}  // namespace bm
