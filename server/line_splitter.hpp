#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// Cuts a stream of bytes into lines, however the bytes were cut before. Work is linear in the
/// bytes fed, and memory is bounded by the longest line plus one feed; what a large line took is
/// given back once nothing is left.
class LineSplitter {
public:
    struct Line {
        std::string text;       ///< without its end, "\n" or "\r\n"
        bool too_long = false;  ///< longer than allowed; `text` is empty, the rest of it is skipped
    };

    explicit LineSplitter(std::size_t longest) : longest_(longest) {}

    void feed(std::string_view bytes);

    /// The next whole line, or the news that one is too long, as soon as that is known.
    [[nodiscard]] std::optional<Line> next();

    /// What follows the last line end, when no more will be fed. Nothing when that is empty.
    [[nodiscard]] std::optional<Line> rest();

    /// Bytes of memory held.
    [[nodiscard]] std::size_t capacity() const noexcept { return buffer_.capacity(); }

private:
    [[nodiscard]] Line cut(std::size_t end);
    void give_back();

    std::size_t longest_;
    std::string buffer_;
    std::size_t begin_ = 0;    // of the first line not yet handed out
    std::size_t scanned_ = 0;  // no line end before it
    bool skipping_ = false;    // within a line that is too long
};

}  // namespace bm
