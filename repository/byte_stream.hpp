#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace bm {

/// Throws a DatabaseError that counts as corruption: what the text index stored cannot be read.
[[noreturn]] void throw_damaged_index(const char* what);

/// An unsigned number stored with its lowest byte first, wherever it lies.
template <class Number>
Number load_little_endian(const char* bytes) noexcept {
    Number number = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&number, bytes, sizeof number);
    } else {
        for (std::size_t i = sizeof number; i-- > 0;) {
            number = static_cast<Number>(number << 8U | static_cast<unsigned char>(bytes[i]));
        }
    }
    return number;
}
template <class Number>
void append_little_endian(std::string& out, Number number) {
    for (std::size_t i = 0; i < sizeof number; ++i) {
        out += static_cast<char>(number >> (8U * i) & 0xffU);
    }
}

/// Seven bits in each byte, the lowest first; the high bit says that more follow.
inline void append_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80U) {
        out += static_cast<char>(value | 0x80U);
        value >>= 7U;
    }
    out += static_cast<char>(value);
}

/// Reads bytes that may be damaged: every step is checked and throws a DatabaseError instead of
/// leaving the range. The bytes must outlive the reader.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) noexcept
        : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
    [[nodiscard]] std::size_t remaining() const noexcept {
        return static_cast<std::size_t>(end_ - at_);
    }
    [[nodiscard]] std::string_view rest() const noexcept { return {at_, remaining()}; }

    std::uint8_t byte() {
        if (at_ == end_) throw_damaged_index("unexpected end");
        return static_cast<std::uint8_t>(*at_++);
    }
    std::uint64_t varint() {
        const std::uint8_t first = byte();
        return first < 0x80U ? first : long_varint(first);
    }
    /// A varint that has to fit.
    std::uint32_t varint32() {
        const std::uint8_t first = byte();
        if (first < 0x80U) return first;
        const std::uint64_t value = long_varint(first);
        if (value > UINT32_MAX) throw_damaged_index("number too large");
        return static_cast<std::uint32_t>(value);
    }
    std::string_view bytes(std::size_t count) {
        if (count > remaining()) throw_damaged_index("unexpected end");
        const std::string_view taken(at_, count);
        at_ += count;
        return taken;
    }

private:
    std::uint64_t long_varint(std::uint8_t first);

    const char* at_;
    const char* end_;
};

}  // namespace bm
