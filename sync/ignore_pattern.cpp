#include "sync/ignore_pattern.hpp"

#include <algorithm>
#include <cstddef>

#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "sync/ignore_glob.hpp"

namespace bm {

namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kAnySegments = "**";
/// More of them in one line are nobody's pattern, and each doubles the lines of the filter.
constexpr int kMostAnySegments = 4;

/// Trailing blanks count only behind a backslash.
std::string_view without_trailing_blanks(std::string_view line) {
    while (!line.empty() && kBlanks.find(line.back()) != std::string_view::npos) {
        std::size_t backslashes = 0;
        while (backslashes + 1 < line.size() && line[line.size() - 2 - backslashes] == '\\')
            ++backslashes;
        if (line.back() == ' ' && backslashes % 2 == 1) break;
        line.remove_suffix(1);
    }
    return line;
}

bool match_segments(const std::vector<std::string>& globs,
                    const std::vector<std::string_view>& segments) {
    std::size_t glob = 0;
    std::size_t at = 0;
    std::size_t any_glob = globs.size();  // the last "**", and what it has swallowed
    std::size_t any_at = 0;
    while (at < segments.size()) {
        if (glob < globs.size() && globs[glob] == kAnySegments) {
            any_glob = glob++;
            any_at = at;
        } else if (glob < globs.size() && matches_glob_segment(segments[at], globs[glob])) {
            ++glob;
            ++at;
        } else if (any_glob < globs.size()) {
            glob = any_glob + 1;
            at = ++any_at;
        } else {
            return false;
        }
    }
    // At its end "**" wants something to stand for.
    return glob == globs.size();
}

/// One spelling with each "**" inside, and one without it: rclone's stands for something.
std::vector<std::vector<std::string>> spelled_out(const std::vector<std::string>& segments) {
    std::vector<std::vector<std::string>> all{{}};
    for (std::size_t at = 0; at < segments.size(); ++at) {
        const bool may_go = segments[at] == kAnySegments && segments.size() > 1;
        const std::size_t count = all.size();
        for (std::size_t i = 0; may_go && i < count; ++i) all.push_back(all[i]);
        for (std::size_t i = 0; i < count; ++i) all[i].push_back(segments[at]);
    }
    return all;
}

}  // namespace

std::optional<IgnorePattern> IgnorePattern::parse(std::string_view line, std::string& problem) {
    problem.clear();
    line = without_trailing_blanks(line);
    if (line.empty() || line.front() == '#') return std::nullopt;
    IgnorePattern pattern;
    pattern.spelling_ = line;
    if (line.front() == '!') {
        pattern.lets_in_ = true;
        line.remove_prefix(1);
    }
    if (line.size() > 1 && line.back() == '/') {
        pattern.means_files_ = false;
        line.remove_suffix(1);
    }
    const bool is_contents = line.ends_with("/**");
    if (is_contents) {
        pattern.means_files_ = false;
        line.remove_suffix(3);
    }
    pattern.is_anchored_ = is_contents || line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) {
        line.remove_prefix(1);
    } else if (line.starts_with("**/")) {
        pattern.is_anchored_ = false;
        while (line.starts_with("**/")) line.remove_prefix(3);
    }
    int any_count = 0;
    for (const auto part : split(line, '/')) {
        if (part.empty()) continue;
        const bool is_any = part == kAnySegments && line != kAnySegments;
        if (is_any && !pattern.segments_.empty() && pattern.segments_.back() == kAnySegments)
            continue;
        any_count += is_any ? 1 : 0;
        pattern.segments_.push_back(is_any ? std::string(part) : canonical_glob(part, problem));
        if (!problem.empty()) return std::nullopt;
    }
    if (any_count > kMostAnySegments) {
        problem = "has more than " + std::to_string(kMostAnySegments) + " times '**'";
        return std::nullopt;
    }
    if (pattern.segments_.empty()) {
        // "/" is nothing; "/**" is everything.
        if (!is_contents) return std::nullopt;
        pattern.segments_ = {std::string(kAnySegments)};
        pattern.means_files_ = true;
    }
    pattern.choose_shape();
    return pattern;
}

void IgnorePattern::choose_shape() {
    constexpr std::string_view kSpecial = "*?[\\";
    if (is_anchored_ || segments_.size() != 1) return;
    const std::string& glob = segments_.front();
    const std::size_t first = glob.find_first_of(kSpecial);
    shape_ = Shape::glob;
    if (first == std::string::npos) {
        shape_ = Shape::literal;
        fixed_ = glob;
    } else if (glob.front() == '*' && glob.find_first_of(kSpecial, 1) == std::string::npos) {
        shape_ = Shape::suffix;
        fixed_ = glob.substr(1);
    } else if (first == glob.size() - 1 && glob.back() == '*') {
        shape_ = Shape::prefix;
        fixed_ = glob.substr(0, first);
    }
}

bool IgnorePattern::fits_segment(std::string_view segment) const {
    switch (shape_) {
        case Shape::literal:
            return segment == fixed_;
        case Shape::suffix:
            return segment.ends_with(fixed_);
        case Shape::prefix:
            return segment.starts_with(fixed_);
        case Shape::glob:
        case Shape::path:
            return matches_glob_segment(segment, segments_.front());
    }
    return false;
}

bool IgnorePattern::fits(std::string_view path) const {
    if (shape_ != Shape::path) return fits_segment(file_name(path));
    auto segments = split(path, '/');
    if (is_anchored_) return match_segments(segments_, segments);
    for (; !segments.empty(); segments.erase(segments.begin())) {
        if (match_segments(segments_, segments)) return true;
    }
    return false;
}

bool IgnorePattern::matches_file(std::string_view path) const { return means_files_ && fits(path); }

bool IgnorePattern::matches_folder(std::string_view folder) const {
    if (!means_contents_) return false;
    if (shape_ != Shape::path) {
        const auto segments = split(folder, '/');
        return std::any_of(segments.begin(), segments.end(),
                           [&](std::string_view segment) { return fits_segment(segment); });
    }
    for (std::size_t end = folder.find('/');; end = folder.find('/', end + 1)) {
        if (fits(folder.substr(0, end))) return true;
        if (end == std::string_view::npos) return false;
    }
}

bool IgnorePattern::matches(std::string_view path) const {
    if (matches_file(path)) return true;
    const std::string_view folder = parent_folder(path);
    return !folder.empty() && matches_folder(folder);
}

std::vector<std::string> IgnorePattern::rclone_globs(std::string_view below) const {
    const std::string above = below.empty() ? "" : '/' + rclone_literal(below);
    std::vector<std::string> starts;
    if (is_anchored_) {
        starts = {above + '/'};
    } else if (below.empty()) {
        starts = {""};
    } else {
        starts = {above + '/', above + "/**/"};
    }
    std::vector<std::string> globs;
    for (const auto& start : starts) {
        for (const auto& segments : spelled_out(segments_)) {
            const std::string glob = rclone_line(start + rclone_glob(join(segments, "/")));
            if (means_files_) globs.push_back(glob);
            if (means_contents_ && !glob.ends_with("**")) globs.push_back(glob + "/**");
        }
    }
    return globs;
}

IgnorePatterns parse_ignore_patterns(std::string_view text, std::string_view name) {
    IgnorePatterns file;
    bool lets_in = false;
    std::size_t number = 0;
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        std::string problem;
        if (auto pattern = IgnorePattern::parse(line, problem)) {
            lets_in = lets_in || pattern->lets_in();
            file.list.push_back(*std::move(pattern));
        } else if (!problem.empty()) {
            file.problems.push_back("Line " + std::to_string(number) + " of " + std::string(name) +
                                    " is passed over: '" + std::string(trim(line)) + "' " +
                                    problem + '.');
        }
    }
    // The last line decides, which only exceptions make a difference to.
    if (lets_in) std::reverse(file.list.begin(), file.list.end());
    return file;
}

}  // namespace bm
