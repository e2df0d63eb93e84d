#include "markdown/file_naming.hpp"

#include <algorithm>
#include <cstddef>

#include <utf8proc.h>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr std::string_view note_suffix = ".md";

/// Characters that some file system refuses or reads as a separator. A tab is refused nowhere we
/// run.
bool is_unfit_for_file_names(char c) noexcept {
    constexpr std::string_view unfit = "/\\<>:\"|?*";
    const auto byte = static_cast<unsigned char>(c);
    return unfit.find(c) != std::string_view::npos || (byte < 0x20U && c != '\t') || byte == 0x7FU;
}

std::string_view stripped(std::string_view text, char unwanted) noexcept {
    const std::size_t start = text.find_first_not_of(unwanted);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(unwanted) - start + 1);
}

/// Without blanks, dashes and dots at the ends, however they are mixed.
std::string_view without_ragged_ends(std::string_view name) noexcept {
    while (true) {
        const std::string_view shorter = trim(stripped(stripped(name, '-'), '.'));
        if (shorter.size() == name.size()) return name;
        name = shorter;
    }
}

/// A fraction sign is spelled with '/', which must not make a folder here.
std::string slug_in_one_segment(std::string_view name) {
    return replace_all(permalink_for_path(name), "/", "-");
}

std::string kebab_name(std::string_view name) {
    const std::string kebab = slug_in_one_segment(name);
    const std::string_view cleaned = stripped(kebab, '.');
    if (!cleaned.empty()) return std::string(cleaned);
    // Nothing but dots and what a slug leaves out ("!.!"). Bytes that the dots kept apart must not
    // become another sign without them.
    return slug_in_one_segment(replace_all(replace_invalid_utf8(name), ".", ""));
}

/// An accent or vowel sign. Variation selectors only choose between text and emoji.
bool is_mark_of_a_letter(char32_t code_point) noexcept {
    const bool variation_selector = code_point >= 0xFE00U && code_point <= 0xFE0FU;
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
    return !variation_selector &&
           (category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC);
}

bool is_fit_for_folders(char32_t code_point) noexcept {
    constexpr std::u32string_view others = U". -_/\\";
    return is_alphanumeric(code_point) || others.find(code_point) != std::u32string_view::npos;
}

}  // namespace

Result<std::string> file_name_for_title(std::string_view title, bool kebab) {
    std::string_view wanted = trim(title);
    if (ends_with_ignoring_case(wanted, note_suffix)) {
        wanted = trim(wanted.substr(0, wanted.size() - note_suffix.size()));
    }
    const std::string sanitized = sanitized_title(wanted);
    std::string name(without_ragged_ends(sanitized));
    if (name.empty()) return fail(Fault::invalid, "title cannot be empty");
    if (kebab) name = kebab_name(name);
    name += note_suffix;
    return name;
}

std::string sanitized_title(std::string_view title) {
    std::string out;
    out.reserve(title.size());
    for (const char c : title) {
        const char kept = is_unfit_for_file_names(c) ? '-' : c;
        if (kept == '-' && !out.empty() && out.back() == '-') continue;
        out.push_back(kept);
    }
    return std::string(stripped(stripped(out, '-'), '.'));
}

std::string sanitized_folder(std::string_view folder) {
    std::string_view wanted = trim(folder);
    if (wanted.starts_with("./")) wanted.remove_prefix(2);
    std::string out;
    out.reserve(wanted.size());
    bool after_letter = false;
    for (std::size_t at = 0; at < wanted.size();) {
        char32_t code_point = next_code_point(wanted, at);
        // Without its marks a word of many scripts is another word.
        after_letter =
            is_alphanumeric(code_point) || (after_letter && is_mark_of_a_letter(code_point));
        if (!after_letter && !is_fit_for_folders(code_point)) continue;
        if (code_point == U'\\') code_point = U'/';
        if (code_point == U'/' && !out.empty() && out.back() == '/') continue;
        append_utf8(out, code_point);
    }
    // Blanks and slashes at the right end may alternate ("a/ /").
    std::string_view cleaned = out;
    while (cleaned.ends_with('/') || cleaned.ends_with(' ')) cleaned.remove_suffix(1);
    return std::string(stripped(cleaned, '/'));
}

std::string normalized_path(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    std::size_t start = 0;
    while (start <= path.size()) {
        const std::size_t end = std::min(path.find_first_of("/\\", start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        start = end + 1;
        if (segment.empty() || segment == ".") continue;
        if (!out.empty()) out.push_back('/');
        out += segment;
    }
    return out;
}

}  // namespace bm
