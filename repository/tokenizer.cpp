#include "repository/tokenizer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include <utf8proc.h>

#include "markdown/text.hpp"

namespace bm {

namespace {

// What a code point is to us: a letter's folded form is any other value.
constexpr char32_t kSeparator = 0;
constexpr char32_t kMark = 1;

constexpr char32_t kFirstTabled = 0x80;
constexpr char32_t kEndTabled = 0x2000;

/// For each ASCII character: its lower case, or 0 when it separates.
constexpr std::array<char, 256> ascii_classes() {
    std::array<char, 256> classes{};
    for (char c = 'a'; c <= 'z'; ++c) classes[static_cast<std::size_t>(c)] = c;
    for (char c = '0'; c <= '9'; ++c) classes[static_cast<std::size_t>(c)] = c;
    for (char c = 'A'; c <= 'Z'; ++c) {
        classes[static_cast<std::size_t>(c)] = static_cast<char>(c - 'A' + 'a');
    }
    return classes;
}
constexpr auto kAscii = ascii_classes();

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80U; }
char ascii_class(char c) { return kAscii[static_cast<unsigned char>(c)]; }

/// Lower case as FTS5 has it: case folding where that gives one character, so that the two small
/// sigmas are one letter.
char32_t lower(utf8proc_int32_t code_point) {
    std::array<utf8proc_int32_t, 8> folded{};
    int last_class = 0;
    const auto count = utf8proc_decompose_char(code_point, folded.data(), folded.size(),
                                               UTF8PROC_CASEFOLD, &last_class);
    return static_cast<char32_t>(count == 1 ? folded[0] : utf8proc_tolower(code_point));
}

/// An ASCII letter with exactly one mark loses it; letters with two marks stay what they are, as
/// with FTS5's remove_diacritics=1.
char32_t without_diacritic(char32_t letter) {
    std::array<utf8proc_int32_t, 8> parts{};
    int last_class = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(letter), parts.data(),
                                               parts.size(), UTF8PROC_DECOMPOSE, &last_class);
    return count == 2 && parts[0] < 0x80 ? static_cast<char32_t>(parts[0]) : letter;
}

char32_t look_up(char32_t code_point) {
    const auto c = static_cast<utf8proc_int32_t>(code_point);
    switch (utf8proc_category(c)) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_NL:
        case UTF8PROC_CATEGORY_NO:
        case UTF8PROC_CATEGORY_CO:
            return without_diacritic(lower(c));
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_MC:
        case UTF8PROC_CATEGORY_ME:
            return kMark;
        default:
            return kSeparator;
    }
}

// The alphabets that most notes are written in: one look-up costs some 40 ns, a table 1 ns.
using Table = std::array<char16_t, kEndTabled - kFirstTabled>;
Table make_table() {
    Table table;
    for (char32_t c = kFirstTabled; c < kEndTabled; ++c) {
        table[c - kFirstTabled] = static_cast<char16_t>(look_up(c));
    }
    return table;
}

char32_t fold(char32_t code_point) {
    static const Table table = make_table();
    return code_point < kEndTabled ? table[code_point - kFirstTabled] : look_up(code_point);
}

/// Han, Hiragana and Katakana, written without spaces between words.
bool stands_alone(char32_t c) {
    if (c < 0x3005) return false;
    return c == 0x3005 || c == 0x3007 || (c >= 0x3021 && c <= 0x3029) ||
           (c >= 0x3038 && c <= 0x303B) || (c >= 0x3041 && c <= 0x30FF) ||
           (c >= 0x31F0 && c <= 0x31FF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0xFF66 && c <= 0xFF9F) || (c >= 0x1AFF0 && c <= 0x1B16F) ||
           (c >= 0x20000 && c <= 0x3FFFD);
}

}  // namespace

bool Tokenizer::next() {
    length_ = 0;
    if (!skip_separators()) return false;
    while (at_ < text_.size()) {
        if (!is_ascii(text_[at_])) {
            if (!take_other()) break;
        } else if (ascii_class(text_[at_]) != 0) {
            take_ascii();
        } else {
            break;
        }
    }
    length_ = std::min(length_, end_);
    return true;
}

bool Tokenizer::skip_separators() {
    end_ = kMaxTokenBytes;
    while (at_ < text_.size()) {
        if (is_ascii(text_[at_])) {
            if (ascii_class(text_[at_]) != 0) return true;
            ++at_;
            continue;
        }
        std::size_t after = at_;
        const char32_t folded = fold(next_code_point(text_, after));
        if (folded != kSeparator && folded != kMark) return true;
        at_ = after;
    }
    return false;
}

// The hot loop of indexing.
void Tokenizer::take_ascii() {
    const std::size_t room = length_ < kMaxTokenBytes ? kMaxTokenBytes - length_ : 0;
    const char* at = text_.data() + at_;
    const char* const stop = at + std::min(room, text_.size() - at_);
    char* out = token_.data() + length_;
    while (at < stop) {
        const char c = ascii_class(*at);
        if (c == 0) break;
        *out++ = c;
        ++at;
    }
    length_ = static_cast<std::size_t>(out - token_.data());
    at_ = static_cast<std::size_t>(at - text_.data());
    if (length_ < kMaxTokenBytes) return;
    while (at_ < text_.size() && ascii_class(text_[at_]) != 0) ++at_;
}

/// False when the character does not belong to the token.
bool Tokenizer::take_other() {
    std::size_t after = at_;
    const char32_t code_point = next_code_point(text_, after);
    if (stands_alone(code_point)) {
        const char32_t folded = fold(code_point);
        if (folded == kMark) {
            at_ = after;
            return true;
        }
        if (length_ > 0 || folded == kSeparator) return false;
        append(folded);
        at_ = after;
        return false;
    }
    const char32_t folded = fold(code_point);
    if (folded == kSeparator) return false;
    if (folded != kMark) append(folded);
    at_ = after;
    return true;
}

void Tokenizer::append(char32_t code_point) {
    if (code_point < 0x80) {
        if (length_ < kMaxTokenBytes) token_[length_++] = static_cast<char>(code_point);
        return;
    }
    if (length_ >= kMaxTokenBytes) return;
    std::string bytes;
    append_utf8(bytes, code_point);
    std::memcpy(token_.data() + length_, bytes.data(), bytes.size());
    // A character that crosses the limit is cut off whole, and nothing may follow it.
    if (length_ + bytes.size() > kMaxTokenBytes) {
        end_ = length_;
        length_ = kMaxTokenBytes;
    } else {
        length_ += bytes.size();
    }
}

}  // namespace bm
