#include "repository/postings.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "repository/database.hpp"

namespace {

using bm::ByteReader;
using bm::DatabaseError;
using bm::Hits;
using bm::kBlockPostings;
using bm::PostingBlock;

/// A block whose distances and hits need up to so many bits.
PostingBlock random_block(std::mt19937& random, std::size_t count, unsigned distance_bits,
                          unsigned content_bits, unsigned title_bits) {
    const auto below = [&](unsigned bits) {
        return bits == 0 ? 0U : static_cast<std::uint32_t>(random()) >> (32 - bits);
    };
    PostingBlock block;
    block.count = count;
    std::uint32_t next = 7;
    for (std::size_t i = 0; i < count; ++i) {
        next += below(distance_bits);
        block.ordinals[i] = next++;
        block.hits[i] = Hits(below(title_bits), below(content_bits));
    }
    return block;
}

}  // namespace

TEST_CASE("a block is read as it was written whatever the widths of its numbers") {
    std::mt19937 random(5);
    for (const std::size_t count :
         {std::size_t{1}, std::size_t{2}, std::size_t{100}, kBlockPostings}) {
        for (unsigned bits = 0; bits <= 24; ++bits) {
            CAPTURE(count);
            CAPTURE(bits);
            const auto block = random_block(random, count, bits, std::min(bits, 20U), bits % 13);
            std::string bytes;
            bm::append_block(bytes, block, 7);
            const std::uint32_t last = block.ordinals[count - 1];
            for (const bool followed : {false, true}) {
                // What follows in the same page is no part of the block.
                ByteReader from(followed ? bytes += std::string(16, '\xff') : bytes);
                PostingBlock read;
                bm::read_block(from, count, 7, last, true, read);
                CHECK(from.remaining() == (followed ? 16 : 0));
                REQUIRE(read.count == count);
                for (std::size_t i = 0; i < count; ++i) {
                    REQUIRE(read.ordinals[i] == block.ordinals[i]);
                    REQUIRE(read.hits[i] == block.hits[i]);
                }
            }
        }
    }
}

TEST_CASE("a block costs only what its numbers need") {
    PostingBlock block;
    block.count = kBlockPostings;
    for (std::uint32_t i = 0; i < kBlockPostings; ++i) {
        block.ordinals[i] = i;
        block.hits[i] = Hits(0, 1);
    }
    std::string bytes;
    bm::append_block(bytes, block, 0);
    CHECK(bytes.size() == 3 + kBlockPostings / 8);
}

TEST_CASE("a block that leaves its segment or ends too soon is damage") {
    std::mt19937 random(6);
    const auto block = random_block(random, kBlockPostings, 9, 3, 2);
    std::string bytes;
    bm::append_block(bytes, block, 7);
    const std::uint32_t last = block.ordinals.back();
    PostingBlock read;
    const auto reading = [&](std::string_view from_bytes, std::size_t count, std::uint32_t end,
                             bool exact) {
        ByteReader from(from_bytes);
        bm::read_block(from, count, 7, end, exact, read);
    };
    CHECK_NOTHROW(reading(bytes, kBlockPostings, last + 100, false));
    CHECK_THROWS_AS(reading(bytes, kBlockPostings, last + 100, true), DatabaseError);
    CHECK_THROWS_AS(reading(bytes, kBlockPostings, last - 1, false), DatabaseError);
    CHECK_THROWS_AS(reading(bytes, 0, last, false), DatabaseError);
    CHECK_THROWS_AS(reading(bytes, kBlockPostings + 1, last, false), DatabaseError);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_THROWS_AS(reading(bytes.substr(0, size), kBlockPostings, last, true), DatabaseError);
    }
    std::string wide = bytes;
    wide[0] = 33;
    CHECK_THROWS_AS(reading(wide, kBlockPostings, last, false), DatabaseError);
    // Distances that wrap around 32 bits must not look like a small ordinal.
    std::string wrapping("\x20\x00\x00", 3);
    wrapping += std::string("\xff\xff\xff\xff\x05\x00\x00\x00", 8);
    CHECK_THROWS_AS(reading(wrapping, 2, 1000, false), DatabaseError);
}

TEST_CASE("damage is reported as a corrupt database") {
    try {
        ByteReader(std::string_view()).byte();
        FAIL("no exception");
    } catch (const DatabaseError& error) {
        CHECK(error.is_corrupt());
    }
}

TEST_CASE("numbers of any size survive and longer ones are refused") {
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{0xffffffff},
          std::uint64_t{1} << 32U, ~std::uint64_t{0}}) {
        std::string bytes;
        bm::append_varint(bytes, value);
        CHECK(ByteReader(bytes).varint() == value);
        if (value > 0xffffffff) CHECK_THROWS_AS(ByteReader(bytes).varint32(), DatabaseError);
    }
    CHECK_THROWS_AS(ByteReader(std::string(11, '\x80')).varint(), DatabaseError);
    CHECK_THROWS_AS(ByteReader("\x80").varint(), DatabaseError);
    CHECK_THROWS_AS(ByteReader("abc").bytes(4), DatabaseError);
}

TEST_CASE("counts of hits add up and stick at their limits") {
    const Hits sum = Hits(3, 4) + Hits(10, 20);
    CHECK(sum.title() == 13);
    CHECK(sum.content() == 24);
    CHECK(Hits(~0U, ~0U).title() == Hits::kMaxTitle);
    CHECK(Hits(~0U, ~0U).content() == Hits::kMaxContent);
    const Hits full = Hits(1, Hits::kMaxContent) + Hits(2, 1);
    CHECK(full.content() == Hits::kMaxContent);
    CHECK(full.title() == 3);
    const Hits titles = Hits(Hits::kMaxTitle, 5) + Hits(1, 6);
    CHECK(titles.title() == Hits::kMaxTitle);
    CHECK(titles.content() == 11);
    const Hits both =
        Hits(Hits::kMaxTitle, Hits::kMaxContent) + Hits(Hits::kMaxTitle, Hits::kMaxContent);
    CHECK(both == Hits(~0U, ~0U));
}

TEST_CASE("positions are read column by column or skipped") {
    std::string bytes;
    bm::PositionWriter writer(bytes);
    for (const std::uint32_t position : {0U, 5U, 300U}) writer.add(position);
    writer.start_column();
    for (const std::uint32_t position : {2U, 70'000U}) writer.add(position);
    bytes += "rest";
    std::vector<std::uint32_t> title;
    std::vector<std::uint32_t> content;
    ByteReader from(bytes);
    bm::visit_positions(from, Hits(3, 2), [&](bool is_title, std::uint32_t position) {
        (is_title ? title : content).push_back(position);
    });
    CHECK(title == std::vector<std::uint32_t>{0, 5, 300});
    CHECK(content == std::vector<std::uint32_t>{2, 70'000});
    CHECK(from.rest() == "rest");
    ByteReader again(bytes);
    CHECK(bm::take_positions(again, 5) == std::string_view(bytes).substr(0, bytes.size() - 4));
    ByteReader beyond(bytes);
    CHECK_THROWS_AS(bm::take_positions(beyond, 10), DatabaseError);
}
