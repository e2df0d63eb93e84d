#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <utf8proc.h>

#include "markdown/text.hpp"
#include "repository/text_index.hpp"
#include "repository/text_query.hpp"

namespace bm {

namespace {

// Fewer words than this say too little for a second try.
constexpr std::size_t kFewestTokens = 3;
constexpr std::size_t kFewestEasternWords = 2;

// Sorted, for the search.
constexpr auto kStopWords = std::to_array<std::string_view>(
    {"a",    "an",    "and", "are",  "as",   "at",   "be",   "but",   "by",    "did",
     "do",   "does",  "for", "from", "had",  "has",  "have", "how",   "i",     "in",
     "is",   "it",    "of",  "on",   "or",   "our",  "that", "the",   "their", "they",
     "this", "to",    "was", "we",   "were", "what", "when", "where", "which", "who",
     "whom", "whose", "why", "will", "with", "you",  "your"});

bool is_stop_word(std::string_view word) {
    return std::binary_search(kStopWords.begin(), kStopWords.end(), word);
}

utf8proc_category_t category(char32_t c) {
    return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}
bool is_letter(char32_t c) {
    return category(c) >= UTF8PROC_CATEGORY_LU && category(c) <= UTF8PROC_CATEGORY_LO;
}
bool is_mark(char32_t c) {
    return category(c) >= UTF8PROC_CATEGORY_MN && category(c) <= UTF8PROC_CATEGORY_ME;
}
bool is_number(char32_t c) {
    return category(c) >= UTF8PROC_CATEGORY_ND && category(c) <= UTF8PROC_CATEGORY_NO;
}
/// Numbers that Unicode counts among the Han characters are words like others.
bool is_han_number(char32_t c) {
    return c == 0x3007 || (c >= 0x3021 && c <= 0x3029) || (c >= 0x3038 && c <= 0x303A);
}
/// Invisible, and part of a word. The zero-width space is there to separate.
bool is_format(char32_t c) { return category(c) == UTF8PROC_CATEGORY_CF && c != 0x200B; }
/// Formats that change what a word says: never left out.
bool is_joiner(char32_t c) { return c == 0x200C || c == 0x200D; }
bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019; }
bool is_middle_dot(char32_t c) { return c == 0xB7 || c == 0x2027; }

/// Han, Kana, Hangul.
bool is_eastern(char32_t c) {
    return (c >= 0x1100 && c <= 0x11FF) || (c >= 0x2E80 && c <= 0x2FDF) ||
           (c >= 0x3005 && c <= 0x3007) || (c >= 0x3040 && c <= 0x318F) ||
           (c >= 0x31F0 && c <= 0x31FF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xA960 && c <= 0xA97F) ||
           (c >= 0xAC00 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0xFF66 && c <= 0xFFDC) || (c >= 0x1B000 && c <= 0x1B16F) ||
           (c >= 0x20000 && c <= 0x3FFFD);
}

using Word = std::u32string;

Word code_points(std::string_view text) {
    Word points;
    for (std::size_t at = 0; at < text.size();) points += next_code_point(text, at);
    return points;
}

std::string utf8(const Word& word) {
    std::string text;
    for (const char32_t c : word) append_utf8(text, c);
    return text;
}

bool is_numeric(const Word& word) {
    return std::all_of(word.begin(), word.end(),
                       [](char32_t c) { return is_number(c) && !is_han_number(c); });
}

bool has_letter_or_number(const Word& word) {
    return std::any_of(word.begin(), word.end(),
                       [](char32_t c) { return is_letter(c) || is_number(c); });
}

/// Runs of letters and digits with the marks, invisible characters and apostrophes inside of them.
std::vector<Word> tokens_of(const Word& text) {
    std::vector<Word> tokens;
    Word token;
    const auto end_token = [&] {
        if (has_letter_or_number(token)) tokens.push_back(token);
        token.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char32_t c = text[i];
        const bool inside = (is_apostrophe(c) || is_middle_dot(c)) && !token.empty() &&
                            (is_letter(text[i - 1]) || is_mark(text[i - 1])) &&
                            i + 1 < text.size() && is_letter(text[i + 1]);
        if (is_letter(c) || is_number(c) || is_mark(c) || is_format(c) || inside) {
            token += c;
        } else {
            end_token();
        }
    }
    end_token();
    return tokens;
}

/// Words between blanks, without what is neither letter nor digit at their ends.
std::vector<Word> words_of(std::string_view text) {
    std::vector<Word> words;
    const auto is_edge = [](char32_t c) {
        return !is_letter(c) && !is_number(c) && !is_mark(c) && !is_format(c);
    };
    for (const auto piece : split_words(text)) {
        Word word = code_points(piece);
        const auto first = std::find_if_not(word.begin(), word.end(), is_edge);
        const auto last = std::find_if_not(word.rbegin(), word.rend(), is_edge).base();
        if (first < last) word = Word(first, last);
        if (has_letter_or_number(word)) words.push_back(std::move(word));
    }
    return words;
}

bool has_eastern_word(std::string_view text) {
    const Word points = code_points(text);
    return std::any_of(points.begin(), points.end(), is_eastern);
}

/// Words without spaces between them cannot be told apart, so there the blanks are taken as they
/// are. None when a second try would not be worth while.
std::optional<std::vector<Word>> words_to_try(std::string_view text) {
    const bool eastern = has_eastern_word(text);
    auto words = eastern ? words_of(text) : tokens_of(code_points(case_fold(text)));
    if (words.size() < (eastern ? kFewestEasternWords : kFewestTokens)) return std::nullopt;
    if (std::any_of(words.begin(), words.end(), is_numeric)) return std::nullopt;
    std::vector<Word> kept;
    for (const auto& word : words) {
        if (!is_stop_word(case_fold(utf8(word)))) kept.push_back(word);
    }
    if (eastern) {
        if (kept.size() < kFewestEasternWords) return std::nullopt;
        return kept;
    }
    return kept.empty() ? words : kept;
}

bool is_expression_word(std::string_view word) {
    return word == "AND" || word == "OR" || word == "NOT" || word == "NEAR";
}

/// A word as the beginning of words, in quotes where FTS5 would not read it as one word.
std::string as_term(const std::string& word) {
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x80U || c == '_' || (c >= '0' && c <= '9') ||
               (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    const bool apostrophe = word.find("\u2019") != std::string::npos;
    if (plain && !apostrophe && !is_expression_word(word)) return word + '*';
    return '"' + replace_all(word, "\"", "\"\"") + "\"*";
}

}  // namespace

std::optional<std::string> relaxed_text_query(std::string_view typed) {
    const auto text = trim(typed);
    if (text.find_first_of("\"()") != std::string_view::npos || is_boolean_text_query(text)) {
        return std::nullopt;
    }
    const auto words = words_to_try(text);
    if (!words) return std::nullopt;
    std::vector<std::string> terms;
    std::set<std::string> seen;
    const auto add = [&](const Word& word) {
        const std::string spelled = utf8(word);
        if (seen.insert(case_fold(spelled)).second) terms.push_back(as_term(spelled));
    };
    for (const auto& word : *words) {
        add(word);
        Word visible = word;
        visible.erase(std::remove_if(visible.begin(), visible.end(),
                                     [](char32_t c) { return is_format(c) && !is_joiner(c); }),
                      visible.end());
        add(visible);
    }
    return join(terms, " OR ");
}

}  // namespace bm
