#include "sync/ignore_rules.hpp"

#include <array>

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

bool has_wildcards(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

// Whatever the patterns say, hidden files and half-written ones are never notes.
bool is_always_ignored(std::string_view segment) {
    return segment.starts_with('.') || segment.ends_with(".tmp") || segment.ends_with(".swp") ||
           segment.ends_with('~');
}

}  // namespace

IgnoreRules::IgnoreRules(std::string_view user_file, std::string_view project_file) {
    add(user_file);
    if (patterns_.empty()) add(default_text());
    add(project_file);
}

void IgnoreRules::add(std::string_view file) {
    for (std::string_view line : split(file, '\n')) {
        line = trim(line);
        if (line.empty() || line.starts_with('#')) continue;
        const bool wild = has_wildcards(line);
        if (line.size() > 2 && line.front() == '/' && line.back() == '/') {
            patterns_.push_back(
                {Pattern::Form::root_folder, std::string(line.substr(1, line.size() - 2)), wild});
        } else if (line.size() > 1 && line.front() == '/') {
            patterns_.push_back({Pattern::Form::root_glob, std::string(line.substr(1)), wild});
        } else if (line.size() > 1 && line.back() == '/') {
            patterns_.push_back(
                {Pattern::Form::segment, std::string(line.substr(0, line.size() - 1)), wild});
        } else {
            patterns_.push_back({Pattern::Form::any, std::string(line), wild});
        }
    }
}

bool IgnoreRules::matches_any(std::string_view path) const {
    const auto segments = split(path, '/');
    for (const auto segment : segments) {
        if (is_always_ignored(segment)) return true;
    }
    for (const auto& pattern : patterns_) {
        switch (pattern.form) {
            case Pattern::Form::root_folder:
                if (segments.front() == pattern.text) return true;
                break;
            case Pattern::Form::root_glob:
                if (matches_glob(path, pattern.text)) return true;
                break;
            case Pattern::Form::segment:
                for (const auto segment : segments) {
                    if (segment == pattern.text) return true;
                }
                break;
            case Pattern::Form::any:
                for (const auto segment : segments) {
                    if (segment == pattern.text) return true;
                    if (pattern.has_wildcard && matches_glob(segment, pattern.text)) return true;
                }
                if (pattern.has_wildcard && matches_glob(path, pattern.text)) return true;
                break;
        }
    }
    return false;
}

bool IgnoreRules::ignores(std::string_view path) const { return matches_any(path); }

bool IgnoreRules::ignores_folder(std::string_view folder) const {
    // A pattern that matches the folder's own path by any of its forms matches everything below it
    // through the folder's segment, except a whole-path glob; that one is left to the files.
    const auto segments = split(folder, '/');
    for (const auto segment : segments) {
        if (is_always_ignored(segment)) return true;
    }
    for (const auto& pattern : patterns_) {
        switch (pattern.form) {
            case Pattern::Form::root_folder:
                if (segments.front() == pattern.text) return true;
                break;
            case Pattern::Form::root_glob:
                break;
            case Pattern::Form::segment:
            case Pattern::Form::any:
                for (const auto segment : segments) {
                    if (segment == pattern.text) return true;
                    if (pattern.form == Pattern::Form::any && pattern.has_wildcard &&
                        matches_glob(segment, pattern.text)) {
                        return true;
                    }
                }
                break;
        }
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

}  // namespace bm
