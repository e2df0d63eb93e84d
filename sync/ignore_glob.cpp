#include "sync/ignore_glob.hpp"

#include <cstddef>

#include "markdown/text.hpp"

namespace bm {

namespace {

/// The end of the class that begins at `start`, behind its bracket; npos when it is never closed.
std::size_t class_end(std::string_view glob, std::size_t start) {
    std::size_t at = start + 1;
    if (at < glob.size() && (glob[at] == '!' || glob[at] == '^')) ++at;
    if (at < glob.size() && glob[at] == ']') ++at;
    for (; at < glob.size(); ++at) {
        if (glob[at] == '\\') {
            ++at;
        } else if (glob[at] == ']') {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

/// A member of a set as every program reads it.
void append_member(std::string& set, char32_t character) {
    if (character < 0x80 &&
        std::string_view("\\]^-[").find(static_cast<char>(character)) != std::string_view::npos)
        set += '\\';
    append_utf8(set, character);
}

/// `text` is a whole set with its brackets.
std::string canonical_set(std::string_view text, std::string& problem) {
    if (text.find("[:") != std::string_view::npos) {
        problem = "names a class of characters, which is not known here";
        return {};
    }
    text.remove_suffix(1);
    std::size_t at = 1;
    std::string set = "[";
    if (text[at] == '!' || text[at] == '^') {
        set += '^';
        ++at;
    }
    const auto member = [&] {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        return next_code_point(text, at);
    };
    while (at < text.size()) {
        const char32_t low = member();
        if (low == U']') {
            problem = "has a ']' inside of brackets, which rclone cannot express";
            return {};
        }
        append_member(set, low);
        if (at + 1 >= text.size() || text[at] != '-') continue;
        ++at;
        const char32_t high = member();
        if (high < low) {
            problem = "has a range that ends before it begins";
            return {};
        }
        set += '-';
        append_member(set, high);
    }
    return set + ']';
}

struct OneMatch {
    bool matches = false;
    std::size_t end = 0;  ///< behind what was compared, in the glob
};

/// `glob[at]` is the bracket of a well-formed set.
OneMatch match_set(std::string_view glob, std::size_t at, char32_t wanted) noexcept {
    ++at;
    const bool negated = at < glob.size() && glob[at] == '^';
    if (negated) ++at;
    bool found = false;
    const auto member = [&] {
        if (glob[at] == '\\' && at + 1 < glob.size()) ++at;
        return next_code_point(glob, at);
    };
    while (at < glob.size() && glob[at] != ']') {
        const char32_t low = member();
        char32_t high = low;
        if (at + 1 < glob.size() && glob[at] == '-' && glob[at + 1] != ']') {
            ++at;
            high = member();
        }
        found = found || (low <= wanted && wanted <= high);
    }
    return {found != negated, at + 1};
}

/// One character against what stands at `at`, which is no star.
OneMatch match_one(std::string_view glob, std::size_t at, char32_t character) noexcept {
    if (at >= glob.size()) return {};
    if (glob[at] == '[') return match_set(glob, at, character);
    if (glob[at] == '?') return {true, at + 1};
    if (glob[at] == '\\' && at + 1 < glob.size()) ++at;
    const bool matches = next_code_point(glob, at) == character;
    return {matches, at};
}

}  // namespace

std::string canonical_glob(std::string_view segment, std::string& problem) {
    std::string glob;
    for (std::size_t at = 0; at < segment.size(); ++at) {
        const char byte = segment[at];
        if (byte == '*') {
            if (glob.empty() || glob.back() != '*' || glob.ends_with("\\*")) glob += '*';
        } else if (byte == '\\') {
            if (++at == segment.size()) {
                problem = "ends in a backslash";
                return glob;
            }
            constexpr std::string_view kSpecial = "*?[]\\";
            if (kSpecial.find(segment[at]) != std::string_view::npos) glob += '\\';
            glob += segment[at];
        } else if (byte == '[') {
            const std::size_t end = class_end(segment, at);
            if (end == std::string_view::npos) {
                problem = "has a '[' that is never closed";
                return glob;
            }
            const std::string set = canonical_set(segment.substr(at, end - at), problem);
            if (!problem.empty()) return glob;
            glob += set;
            at = end - 1;
        } else {
            glob += byte;
        }
    }
    return glob;
}

bool matches_glob_segment(std::string_view segment, std::string_view glob) noexcept {
    std::size_t at = 0;
    std::size_t in_glob = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_at = 0;
    while (at < segment.size()) {
        if (in_glob < glob.size() && glob[in_glob] == '*') {
            star = in_glob++;
            star_at = at;
            continue;
        }
        std::size_t next_at = at;
        const char32_t character = next_code_point(segment, next_at);
        const OneMatch one = match_one(glob, in_glob, character);
        if (one.matches) {
            at = next_at;
            in_glob = one.end;
        } else if (star != std::string_view::npos) {
            in_glob = star + 1;
            static_cast<void>(next_code_point(segment, star_at));
            at = star_at;
        } else {
            return false;
        }
    }
    while (in_glob < glob.size() && glob[in_glob] == '*') ++in_glob;
    return in_glob == glob.size();
}

std::string rclone_literal(std::string_view text) {
    std::string glob;
    for (const char byte : text) {
        if (std::string_view("*?[]{}\\").find(byte) != std::string_view::npos) glob += '\\';
        glob += byte;
    }
    return glob;
}

std::string rclone_glob(std::string_view glob) {
    std::string text;
    bool in_set = false;
    for (std::size_t at = 0; at < glob.size(); ++at) {
        const char byte = glob[at];
        if (byte == '\\' && at + 1 < glob.size()) {
            text += byte;
            text += glob[++at];
            continue;
        }
        if (byte == '[') in_set = true;
        if (byte == ']') in_set = false;
        if (!in_set && (byte == '{' || byte == '}')) text += '\\';
        text += byte;
    }
    return text;
}

std::string rclone_line(std::string text) {
    if (!text.empty() && text.back() == ' ') text.replace(text.size() - 1, 1, "[ ]");
    if (!text.empty() && text.front() == ' ') text.replace(0, 1, "[ ]");
    return text;
}

}  // namespace bm
