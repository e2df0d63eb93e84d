#include "sync/ignore_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "markdown/names.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::array kDefaultPatterns{
    ".*",        "*.db",        "*.db-shm", "*.db-wal",     "config.json", ".git",
    ".svn",      "__pycache__", "*.pyc",    "*.pyo",        "*.pyd",       ".pytest_cache",
    ".coverage", "*.egg-info",  ".tox",     ".mypy_cache",  ".ruff_cache", ".venv",
    "venv",      "env",         ".env",     "node_modules", "build",       "dist",
    ".cache",    ".idea",       ".vscode",  ".DS_Store",    "Thumbs.db",   "desktop.ini",
    ".obsidian", "*.tmp",       "*.swp",    "*.swo",        "*~"};

// What programs call files that they are still writing.
constexpr std::array<std::string_view, 4> kUnfinishedEndings = {".tmp", ".swp", ".partial", "~"};

// Whatever the patterns say, hidden files and half-written ones are never notes.
bool is_always_ignored(std::string_view segment) {
    return segment.starts_with('.') ||
           std::any_of(kUnfinishedEndings.begin(), kUnfinishedEndings.end(),
                       [&](std::string_view ending) { return segment.ends_with(ending); });
}

std::string unfinished_endings() {
    std::string text;
    for (const std::string_view ending : kUnfinishedEndings) {
        if (!text.empty()) text += ending == kUnfinishedEndings.back() ? " or " : ", ";
        text += "'" + std::string(ending) + "'";
    }
    return text;
}

}  // namespace

IgnoreRules::IgnoreRules(std::string_view user_file, std::string_view project_file) {
    add(user_file);
    if (patterns_.empty()) add(default_text());
    user_patterns_ = patterns_.size();
    add(project_file);
}

IgnoreRules IgnoreRules::unknown(std::string sentence) {
    IgnoreRules rules;
    rules.unknown_because_ = std::move(sentence);
    return rules;
}

void IgnoreRules::leave_to(std::vector<InnerProject> inner_projects) {
    inner_projects_ = std::move(inner_projects);
}

const InnerProject* IgnoreRules::project_of(std::string_view path) const {
    const auto inner = std::find_if(
        inner_projects_.begin(), inner_projects_.end(), [&](const InnerProject& project) {
            return path.starts_with(project.folder) &&
                   (path.size() == project.folder.size() || path[project.folder.size()] == '/');
        });
    return inner == inner_projects_.end() ? nullptr : &*inner;
}

IgnoreRules::Pattern IgnoreRules::make_pattern(Pattern::Form form, std::string_view text) {
    constexpr std::string_view kWildcards = "*?[";
    Pattern pattern{form, Pattern::Shape::glob, std::string(text), {}, false};
    const std::size_t first = text.find_first_of(kWildcards);
    const std::string_view tail = text.substr(text.empty() ? 0 : 1);
    if (first == std::string_view::npos) {
        pattern.shape = Pattern::Shape::literal;
    } else if (text.front() == '*' && !tail.empty() &&
               tail.find_first_of(kWildcards) == std::string_view::npos) {
        pattern.shape = Pattern::Shape::suffix;
        pattern.fixed = tail;
    } else if (first == text.size() - 1 && text.back() == '*') {
        pattern.shape = Pattern::Shape::prefix;
        pattern.fixed = text.substr(0, first);
    }
    // A suffix or prefix without a slash says the same about a whole path as about its last or
    // first segment.
    pattern.may_span_folders =
        pattern.shape == Pattern::Shape::glob ||
        (pattern.shape != Pattern::Shape::literal && text.find('/') != std::string_view::npos);
    return pattern;
}

void IgnoreRules::add(std::string_view file) {
    for (std::string_view line : split(file, '\n')) {
        line = trim(line);
        if (line.empty() || line.starts_with('#')) continue;
        if (line.size() > 2 && line.front() == '/' && line.back() == '/') {
            patterns_.push_back(
                make_pattern(Pattern::Form::root_folder, line.substr(1, line.size() - 2)));
        } else if (line.size() > 1 && line.front() == '/') {
            patterns_.push_back(make_pattern(Pattern::Form::root_glob, line.substr(1)));
        } else if (line.size() > 1 && line.back() == '/') {
            patterns_.push_back(
                make_pattern(Pattern::Form::segment, line.substr(0, line.size() - 1)));
        } else {
            patterns_.push_back(make_pattern(Pattern::Form::any, line));
        }
    }
}

bool IgnoreRules::fits(const Pattern& pattern, std::string_view segment) {
    switch (pattern.shape) {
        case Pattern::Shape::literal:
            return segment == pattern.text;
        case Pattern::Shape::suffix:
            return segment.ends_with(pattern.fixed);
        case Pattern::Shape::prefix:
            return segment.starts_with(pattern.fixed);
        case Pattern::Shape::glob:
            return segment == pattern.text || matches_glob(segment, pattern.text);
    }
    return false;
}

bool IgnoreRules::fits_segment(const Pattern& pattern, std::string_view segment) {
    if (pattern.form == Pattern::Form::segment) return segment == pattern.text;
    return pattern.form == Pattern::Form::any && fits(pattern, segment);
}

bool IgnoreRules::fits_path(const Pattern& pattern, std::string_view path) {
    switch (pattern.form) {
        case Pattern::Form::root_folder:
            return path.substr(0, path.find('/')) == pattern.text;
        case Pattern::Form::root_glob:
            return fits(pattern, path);
        case Pattern::Form::any:
            return pattern.may_span_folders && fits(pattern, path);
        case Pattern::Form::segment:
            break;
    }
    return false;
}

bool IgnoreRules::matches_segment(std::string_view segment) const {
    return is_always_ignored(segment) ||
           std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const Pattern& pattern) { return fits_segment(pattern, segment); });
}

bool IgnoreRules::matches_path(std::string_view path) const {
    return std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const Pattern& pattern) { return fits_path(pattern, path); });
}

std::string IgnoreRules::spelling(const Pattern& pattern) {
    switch (pattern.form) {
        case Pattern::Form::root_folder:
            return '/' + pattern.text + '/';
        case Pattern::Form::root_glob:
            return '/' + pattern.text;
        case Pattern::Form::segment:
            return pattern.text + '/';
        case Pattern::Form::any:
            break;
    }
    return pattern.text;
}

std::optional<IgnoreCause> IgnoreRules::cause(std::string_view path) const {
    if (const InnerProject* inner = project_of(path)) return IgnoreCause{"", "", inner->name};
    const auto segments = split(path, '/');
    if (std::any_of(segments.begin(), segments.end(), is_always_ignored)) return IgnoreCause{};
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
        const Pattern& pattern = patterns_[i];
        const bool is_cause =
            fits_path(pattern, path) ||
            std::any_of(segments.begin(), segments.end(),
                        [&](std::string_view segment) { return fits_segment(pattern, segment); });
        if (!is_cause) continue;
        return IgnoreCause{spelling(pattern), i < user_patterns_ ? ".bmignore" : ".gitignore", ""};
    }
    return std::nullopt;
}

bool IgnoreRules::ignores(std::string_view path) const {
    if (unknown_because_ || project_of(path) != nullptr) return true;
    for (const auto segment : split(path, '/')) {
        if (matches_segment(segment)) return true;
    }
    return matches_path(path);
}

bool IgnoreRules::ignores_in_kept_folder(std::string_view path) const {
    return unknown_because_ || matches_segment(file_name(path)) || matches_path(path);
}

bool IgnoreRules::ignores_folder(std::string_view folder) const {
    if (unknown_because_ || project_of(folder) != nullptr) return true;
    // Patterns for whole paths are left to the files: they need not match everything below.
    for (const auto segment : split(folder, '/')) {
        if (matches_segment(segment)) return true;
    }
    for (const auto& pattern : patterns_) {
        if (pattern.form == Pattern::Form::root_folder &&
            folder.substr(0, folder.find('/')) == pattern.text)
            return true;
    }
    return false;
}

std::string IgnoreRules::default_text() {
    std::string text =
        "# Files and folders that basic-memory leaves alone, one pattern a line.\n"
        "# name      a file or folder of that name, anywhere\n"
        "# name/     a folder of that name, anywhere\n"
        "# /name/    a folder in the root of a project\n"
        "# *.ext     wildcards: * ? [seq] [!seq]\n\n";
    for (const char* pattern : kDefaultPatterns) {
        text += pattern;
        text += '\n';
    }
    return text;
}

std::optional<std::string> left_out_text(const IgnoreRules& rules, std::string_view path) {
    const std::string start = "'" + std::string(path) + "' is not written, because ";
    if (const auto& why = rules.unknown_because()) {
        return start + "nobody knows whether it is left out: " + *why;
    }
    const auto cause = rules.cause(path);
    if (!cause) return std::nullopt;
    if (!cause->project.empty()) {
        return start + "that folder is the project '" + cause->project +
               "'. Write it to that project, or choose another folder.";
    }
    if (cause->pattern.empty()) {
        return start + "the ignore rules leave out names that begin with '.' or end in " +
               unfinished_endings() +
               ", so no search would ever find it. Choose another folder or name.";
    }
    return start + "the ignore rules leave it out (pattern '" + cause->pattern + "' in " +
           std::string(cause->file) +
           "), so no search would ever find it. Choose another folder or name, or have the user "
           "change that pattern.";
}

}  // namespace bm
