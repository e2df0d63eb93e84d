#include "repository/postings.hpp"

#include <bit>
#include <cstring>
#include <utility>

namespace bm {

namespace {

// A block is three bytes of widths (distances, hits in the content, hits in the title) and three
// arrays of numbers of that many bits, packed without gaps. Distances start at 0, because two
// postings never share a document; a width of 0 means that all numbers are 0 and takes no bytes.

constexpr unsigned kMaxWidth = 32;
// A number is picked out of the eight bytes that begin with its first bit.
constexpr std::size_t kOverread = 8;

using Numbers = std::array<std::uint32_t, kBlockPostings>;

std::size_t packed_size(std::size_t count, unsigned width) { return (count * width + 7) / 8; }

void append_packed(std::string& out, const Numbers& numbers, std::size_t count, unsigned width) {
    std::uint64_t pending = 0;
    unsigned bits = 0;
    for (std::size_t i = 0; i < count; ++i) {
        pending |= static_cast<std::uint64_t>(numbers[i]) << bits;
        bits += width;
        while (bits >= 8) {
            out += static_cast<char>(pending & 0xffU);
            pending >>= 8U;
            bits -= 8;
        }
    }
    if (bits > 0) out += static_cast<char>(pending & 0xffU);
}

std::uint32_t number_at(const char* packed, std::size_t bit, std::uint64_t mask) {
    const auto word = load_little_endian<std::uint64_t>(packed + bit / 8);
    return static_cast<std::uint32_t>(word >> (bit % 8) & mask);
}

constexpr std::uint64_t mask_of(unsigned width) { return (std::uint64_t{1} << width) - 1; }

/// A full block: the width is known to the compiler, which turns the loop into shifts by constants.
template <unsigned Width>
void unpack_full(const char* packed, Numbers& numbers) {
    for (std::size_t group = 0; group < kBlockPostings; group += 8) {
        for (std::size_t i = 0; i < 8; ++i) {
            numbers[group + i] = number_at(packed, i * Width, mask_of(Width));
        }
        packed += Width;
    }
}

template <unsigned... Widths>
constexpr auto unpackers(std::integer_sequence<unsigned, Widths...> /*all*/) {
    return std::array{&unpack_full<Widths>...};
}

constexpr auto kUnpackers = unpackers(std::make_integer_sequence<unsigned, kMaxWidth + 1>());

void read_packed(ByteReader& from, std::size_t count, unsigned width, Numbers& numbers) {
    if (width == 0) {
        std::memset(numbers.data(), 0, count * sizeof numbers[0]);
        return;
    }
    const std::size_t following = from.remaining();
    const std::size_t size = packed_size(count, width);
    const char* packed = from.bytes(size).data();
    std::array<char, kBlockPostings * kMaxWidth / 8 + kOverread> padded;
    if (following < size + kOverread) {
        std::memcpy(padded.data(), packed, size);
        std::memset(padded.data() + size, 0, kOverread);
        packed = padded.data();
    }
    if (count == kBlockPostings) {
        kUnpackers[width](packed, numbers);
        return;
    }
    for (std::size_t i = 0; i < count; ++i) {
        numbers[i] = number_at(packed, i * width, mask_of(width));
    }
}

unsigned read_width(ByteReader& from, unsigned limit) {
    const unsigned width = from.byte();
    if (width > limit) throw_damaged_index("width of a block");
    return width;
}

}  // namespace

void append_block(std::string& out, const PostingBlock& block, std::uint32_t base) {
    Numbers distances;
    Numbers content;
    Numbers title;
    std::uint32_t all_distances = 0;
    std::uint32_t all_content = 0;
    std::uint32_t all_title = 0;
    std::uint32_t next = base;
    for (std::size_t i = 0; i < block.count; ++i) {
        all_distances |= distances[i] = block.ordinals[i] - next;
        all_content |= content[i] = block.hits[i].content();
        all_title |= title[i] = block.hits[i].title();
        next = block.ordinals[i] + 1;
    }
    const auto distance_width = static_cast<unsigned>(std::bit_width(all_distances));
    const auto content_width = static_cast<unsigned>(std::bit_width(all_content));
    const auto title_width = static_cast<unsigned>(std::bit_width(all_title));
    out += static_cast<char>(distance_width);
    out += static_cast<char>(content_width);
    out += static_cast<char>(title_width);
    append_packed(out, distances, block.count, distance_width);
    append_packed(out, content, block.count, content_width);
    append_packed(out, title, block.count, title_width);
}

void read_block(ByteReader& from, std::size_t count, std::uint32_t base, std::uint32_t last,
                bool exact, PostingBlock& block) {
    if (count == 0 || count > kBlockPostings) throw_damaged_index("size of a block");
    const unsigned distance_width = read_width(from, kMaxWidth);
    const unsigned content_width = read_width(from, Hits::kContentBits);
    const unsigned title_width = read_width(from, kMaxWidth - Hits::kContentBits);
    Numbers numbers;
    read_packed(from, count, distance_width, block.ordinals);
    // The sum is kept in 64 bits: when it ends inside the segment, no number before it is outside.
    std::uint64_t next = base;
    for (std::size_t i = 0; i < count; ++i) {
        next += block.ordinals[i];
        block.ordinals[i] = static_cast<std::uint32_t>(next++);
    }
    if (next - 1 > last || (exact && next - 1 != last)) throw_damaged_index("end of a block");
    read_packed(from, count, content_width, numbers);
    block.any_title = title_width > 0;
    if (!block.any_title) {
        for (std::size_t i = 0; i < count; ++i) block.hits[i] = Hits(0, numbers[i]);
    } else {
        Numbers title;
        read_packed(from, count, title_width, title);
        for (std::size_t i = 0; i < count; ++i) block.hits[i] = Hits(title[i], numbers[i]);
    }
    block.count = count;
}

std::string_view take_positions(ByteReader& from, std::uint64_t count) {
    const std::string_view rest = from.rest();
    std::size_t length = 0;
    // A byte without its upper bit ends a number. Eight bytes hold at most eight ends, and all of
    // them only when each is one, so that no number is left open.
    while (count >= 8 && rest.size() - length >= 8) {
        const auto word = load_little_endian<std::uint64_t>(rest.data() + length);
        // The multiplication adds up the eight bytes in the uppermost one.
        count -= (~word >> 7U & 0x0101010101010101U) * 0x0101010101010101U >> 56U;
        length += 8;
    }
    for (; count > 0; ++length) {
        if (length == rest.size()) throw_damaged_index("positions");
        if (static_cast<unsigned char>(rest[length]) < 0x80U) --count;
    }
    return from.bytes(length);
}

}  // namespace bm
