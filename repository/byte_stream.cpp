#include "repository/byte_stream.hpp"

#include "repository/database.hpp"

namespace bm {

namespace {

// SQLITE_CORRUPT. Whoever handles a damaged database file handles a damaged blob in it alike.
constexpr int kCorrupt = 11;

}  // namespace

void throw_damaged_index(const char* what) {
    throw DatabaseError(std::string("damaged text index: ") + what, kCorrupt);
}

std::uint64_t ByteReader::long_varint(std::uint8_t first) {
    std::uint64_t value = first & 0x7fU;
    for (unsigned shift = 7; shift < 64; shift += 7) {
        const std::uint8_t next = byte();
        value |= static_cast<std::uint64_t>(next & 0x7fU) << shift;
        if (next < 0x80U) return value;
    }
    throw_damaged_index("number too long");
}

}  // namespace bm
