#include "markdown/permalink.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "markdown/mime_type.hpp"
#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "markdown/transliteration.hpp"

namespace bm {
namespace {

bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
char lower(char c) noexcept { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

/// Han characters and CJK punctuation stay as they are.
bool is_kept(char32_t code_point) noexcept {
    return (code_point >= 0x4E00U && code_point <= 0x9FFFU) ||
           (code_point >= 0x3000U && code_point <= 0x303FU) ||
           (code_point >= 0x3400U && code_point <= 0x4DBFU);
}

/// Full- and half-width forms are left out.
bool is_left_out(char32_t code_point) noexcept {
    return code_point >= 0xFF00U && code_point <= 0xFFEFU;
}

/// Builds a slug from left to right. Dashes are held back until something follows them inside the
/// same segment, so runs collapse and segments come out trimmed.
class SlugWriter {
public:
    explicit SlugWriter(std::size_t expected_size) { out_.reserve(expected_size + 8); }

    void put(char c) {
        if (is_lower(c) || is_digit(c) || is_upper(c)) {
            const bool new_word = is_upper(c) && (is_lower(previous_) || is_digit(previous_));
            if (new_word || previous_ == kept) dash_waits_ = true;
            write(lower(c));
        } else if (c == '.') {
            write(c);
        } else if (c == '/') {
            out_.push_back(c);
            dash_waits_ = false;
            segment_is_empty_ = true;
        } else if (c != '\'') {
            dash_waits_ = true;
        }
        previous_ = c;
    }

    void keep(char32_t code_point) {
        if (is_lower(previous_) || is_digit(previous_) || is_upper(previous_)) dash_waits_ = true;
        flush_dash();
        append_utf8(out_, code_point);
        segment_is_empty_ = false;
        previous_ = kept;
    }

    std::string take() { return std::move(out_); }

private:
    /// Stands in `previous_` for a kept character; no transliteration yields it.
    static constexpr char kept = '\x7F';

    void flush_dash() {
        if (dash_waits_ && !segment_is_empty_) out_.push_back('-');
        dash_waits_ = false;
    }

    void write(char c) {
        flush_dash();
        out_.push_back(c);
        segment_is_empty_ = false;
    }

    std::string out_;
    char previous_ = '/';
    bool dash_waits_ = false;
    bool segment_is_empty_ = true;
};

void write_text(SlugWriter& writer, std::string_view text) {
    std::string reading;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (static_cast<unsigned char>(c) < 0x80U) {
            writer.put(c == '\x7F' ? '-' : c);
            ++at;
            continue;
        }
        const char32_t code_point = next_code_point(text, at);
        if (is_kept(code_point)) {
            writer.keep(code_point);
        } else if (!is_left_out(code_point)) {
            reading.clear();
            append_ascii_reading(reading, code_point);
            for (const char letter : reading) writer.put(letter);
        }
    }
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
}

/// Without slashes and "." segments at the end.
std::string_view without_tail(std::string_view path) noexcept {
    while (path.ends_with('/') || path.ends_with("/.") || path == ".") path.remove_suffix(1);
    return path;
}

std::string_view without_known_suffix(std::string_view path) noexcept {
    const std::string_view suffix = file_suffix(path);
    return is_known_suffix(suffix) ? path.substr(0, path.size() - suffix.size()) : path;
}

/// Calls `use` with each segment that is neither empty nor ".".
template <class Use>
void for_each_segment(std::string_view path, Use use) {
    for (std::size_t start = 0; start < path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        if (!segment.empty() && segment != ".") use(segment);
        start = end + 1;
    }
}

/// `path` has no tail any more and lost its suffix if it was to lose one.
std::string slug_of_path(std::string_view path) {
    // A name may come in decomposed form from the file system: it is the same name.
    std::string composed;
    if (!is_ascii(path)) {
        composed = to_nfc(path);
        path = composed;
    }
    SlugWriter writer(path.size());
    if (path.starts_with('/')) writer.put('/');
    bool first = true;
    for_each_segment(path, [&](std::string_view segment) {
        if (!first) writer.put('/');
        first = false;
        write_text(writer, segment);
    });
    return writer.take();
}

/// Empty, or only the ideographic blank, which a slug keeps.
bool has_blank_segment(std::string_view slug) noexcept {
    for (std::size_t start = 0; start <= slug.size();) {
        const std::size_t end = std::min(slug.find('/', start), slug.size());
        if (is_blank(slug.substr(start, end - start))) return true;
        start = end + 1;
    }
    return false;
}

/// The code points in hexadecimal, joined by dashes: the name of what cannot be spelled.
std::string spelled_in_code_points(std::string_view segment) {
    std::string out;
    for (std::size_t at = 0; at < segment.size();) {
        if (!out.empty()) out.push_back('-');
        std::array<char, 8> digits{};
        const auto code_point = static_cast<unsigned>(next_code_point(segment, at));
        const auto written =
            std::to_chars(digits.data(), digits.data() + digits.size(), code_point, 16);
        out.append(digits.data(), written.ptr);
    }
    return out;
}

}  // namespace

std::string slug(std::string_view path_or_title) {
    return slug_of_path(without_known_suffix(without_tail(path_or_title)));
}

std::string slug_keeping_suffix(std::string_view path) { return slug_of_path(without_tail(path)); }

std::string permalink_for_path(std::string_view path) {
    const std::string_view wanted = without_known_suffix(without_tail(path));
    std::string plain = slug_of_path(wanted);
    if (!has_blank_segment(plain)) return plain;
    std::string out;
    for_each_segment(wanted, [&](std::string_view segment) {
        const std::string spelled = slug_of_path(segment);
        if (!out.empty()) out.push_back('/');
        out += has_blank_segment(spelled) ? spelled_in_code_points(segment) : spelled;
    });
    if (!out.empty()) return out;
    return path.empty() ? "untitled" : spelled_in_code_points(path);
}

std::string canonical_type(std::string_view type) {
    std::string out;
    const std::string_view name = trim(type);
    out.reserve(name.size() + 4);
    char previous = '_';
    for (std::size_t at = 0; at < name.size();) {
        const char32_t code_point = next_code_point(name, at);
        const char c = code_point < 0x80U ? static_cast<char>(code_point) : '\0';
        if (is_white_space(code_point) || c == '-' || c == '.' || c == '\\') {
            out.push_back('_');
        } else {
            if (is_upper(c) && (is_lower(previous) || is_digit(previous))) out.push_back('_');
            append_utf8(out, code_point);
        }
        previous = c;
    }
    return to_lower(out);
}

}  // namespace bm
