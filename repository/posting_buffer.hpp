#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "repository/postings.hpp"

namespace bm {

class SegmentWriter;

/// The postings of a segment that is being gathered in memory. Documents come in order of their
/// ordinals.
class PostingBuffer {
public:
    PostingBuffer();

    /// Token by token: one document, its title tokens first. add_token() counts positions itself.
    void begin_document(std::uint32_t ordinal);
    void begin_content();
    void add_token(std::string_view token);

    /// A whole posting at once, with its positions already encoded. Not mixed with add_token()
    /// inside one document.
    void add_posting(std::uint32_t ordinal, std::string_view term, Hits hits,
                     std::string_view positions);

    [[nodiscard]] std::size_t memory() const noexcept;
    [[nodiscard]] std::uint64_t postings() const noexcept { return postings_; }

    /// Writes everything in order of terms and forgets it; keeps part of the memory for the next
    /// round.
    void write_to(SegmentWriter& segment);

private:
    // Addresses a byte of the pool: block and offset. Streams are chains of slices that grow, as
    // most terms are rare and a few are very frequent.
    struct Stream {
        std::uint32_t first = 0;
        std::uint32_t at = 0;
        std::uint32_t end = 0;
        std::uint32_t size = 0;  // of the slice being filled
    };
    /// What tells one term from another: up to 16 bytes of text are here, the rest in the pool.
    struct Key {
        std::uint64_t first;
        std::uint64_t last;
        std::uint32_t hash;
        std::uint32_t length;
    };
    struct Term {
        Key key;
        std::uint32_t text;     // in the pool
        std::uint32_t ordinal;  // of the posting that is not yet in the stream
        std::uint32_t next_ordinal;
        std::uint32_t title;
        std::uint32_t content;
        std::uint32_t last_position;
        std::uint32_t postings;
        Stream documents;
        Stream positions;
    };
    struct Slot {
        std::uint32_t hash;
        std::uint32_t term;  // index into terms_ plus one; 0 when free
    };
    class StreamReader;

    [[nodiscard]] Key key_of(std::string_view text) const noexcept;
    [[nodiscard]] std::string_view text_of(const Term& term) noexcept {
        return {address(term.text), term.key.length};
    }
    Term& term_for(std::string_view text);
    void grow_table();
    void close_posting(Term& term);
    void start_posting(Term& term, std::uint32_t ordinal);
    void write_term(Term& term, SegmentWriter& segment);

    std::uint32_t take(std::uint32_t bytes);
    [[nodiscard]] char* address(std::uint32_t place) noexcept {
        return pool_[place >> kBlockBits].get() + (place & kBlockMask);
    }
    void put(Stream& stream, char byte);
    void put_varint(Stream& stream, std::uint32_t value);

    static constexpr unsigned kBlockBits = 16;
    static constexpr std::uint32_t kBlockMask = (1U << kBlockBits) - 1;

    std::vector<std::unique_ptr<char[]>> pool_;
    std::uint32_t pool_end_ = 0;
    std::size_t pool_used_ = 0;  // blocks
    std::vector<Term> terms_;
    std::vector<Slot> table_;
    std::uint64_t seed_;
    std::uint64_t postings_ = 0;

    std::uint32_t ordinal_ = 0;
    std::uint32_t position_ = 0;
    bool in_content_ = false;
};

}  // namespace bm
