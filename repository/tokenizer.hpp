#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace bm {

/// No token is longer; the rest of a longer word is not searchable.
constexpr std::size_t kMaxTokenBytes = 128;

/// Cuts text into the words that the text index knows: runs of letters, digits and private-use
/// characters of every script, in lower case, without diacritics on Latin letters, without
/// combining marks. The same words as FTS5's unicode61, with two exceptions: every Han, Hiragana
/// and Katakana character is a word of its own, so that words can be found inside of a sentence
/// written without spaces; and no combining mark cuts a word in two.
class Tokenizer {
public:
    /// The text must outlive the tokenizer. Bytes that are not UTF-8 separate words.
    explicit Tokenizer(std::string_view text) noexcept : text_(text) {}

    bool next();
    /// Lives until the next call of next().
    [[nodiscard]] std::string_view token() const noexcept { return {token_.data(), length_}; }

private:
    bool skip_separators();
    void take_ascii();
    bool take_other();
    void append(char32_t code_point);

    std::string_view text_;
    std::size_t at_ = 0;
    // Room for one more code point, so that the limit is checked once for each.
    std::array<char, kMaxTokenBytes + 4> token_;
    std::size_t length_ = 0;
    std::size_t end_ = kMaxTokenBytes;  // where a token too long was cut
};

}  // namespace bm
