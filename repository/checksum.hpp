#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// SHA-256 of a file's bytes.
struct Checksum {
    std::array<unsigned char, 32> bytes{};

    [[nodiscard]] std::string hex() const;
    /// The first eight hex digits, as results print it.
    [[nodiscard]] std::string short_hex() const { return hex().substr(0, 8); }
    /// The raw bytes, as the index stores it.
    [[nodiscard]] std::string_view raw() const noexcept {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    /// None unless exactly 32 bytes are given.
    static std::optional<Checksum> from_raw(std::string_view raw) noexcept;
    /// None unless exactly 64 hex digits are given, in either case.
    static std::optional<Checksum> from_hex(std::string_view hex) noexcept;

    friend bool operator==(const Checksum&, const Checksum&) = default;
    friend auto operator<=>(const Checksum&, const Checksum&) = default;
};

Checksum checksum_of(std::string_view bytes);

/// A checksum computed piece by piece. One thread.
class ChecksumStream {
public:
    ChecksumStream();
    ~ChecksumStream();
    ChecksumStream(const ChecksumStream&) = delete;
    ChecksumStream& operator=(const ChecksumStream&) = delete;

    void add(std::string_view piece);
    /// Ends the stream; it starts afresh afterwards.
    Checksum finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A random UUID (version 4) as text.
std::string new_uuid();
/// The 16 bytes of a UUID in any usual spelling (with or without hyphens, braces, urn:uuid:, any
/// case).
std::optional<std::string> uuid_bytes(std::string_view text);
/// Lower-case text with hyphens for 16 bytes.
std::string uuid_text(std::string_view bytes);

/// Permalinks that are derived from a note:
/// `{note}/observations/{category}/...` with a digest for long contents, and
/// `{source}/{type}/{target}`.
std::string observation_permalink(std::string_view note_permalink, std::string_view category,
                                  std::string_view content);
std::string relation_permalink(std::string_view source, std::string_view type,
                               std::string_view target);

}  // namespace bm
