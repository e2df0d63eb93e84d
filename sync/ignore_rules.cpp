#include "sync/ignore_rules.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "markdown/names.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

struct PatternGroup {
    const char* heading;
    std::array<const char*, 16> patterns;
};
constexpr std::array kDefaultGroups{
    PatternGroup{"Hidden files: settings, secrets, repositories",
                 {".*", ".git", ".svn", ".env", ".cache", ".idea", ".vscode", ".obsidian"}},
    PatternGroup{"Databases and settings of basic-memory",
                 {"*.db", "*.db-shm", "*.db-wal", "config.json"}},
    PatternGroup{"Programs and what they build",
                 {"__pycache__", "*.pyc", "*.pyo", "*.pyd", ".pytest_cache", ".coverage",
                  "*.egg-info", ".tox", ".mypy_cache", ".ruff_cache", ".venv", "venv", "env",
                  "node_modules", "build", "dist"}},
    PatternGroup{"Left behind by systems and editors",
                 {".DS_Store", "Thumbs.db", "desktop.ini", "*.tmp", "*.swp", "*.swo", "*~"}},
};

// What programs call files that they are still writing.
constexpr std::array<std::string_view, 4> kUnfinishedEndings = {".tmp", ".swp", ".partial", "~"};

// Whatever the patterns say, hidden files and half-written ones are never notes.
bool is_always_ignored(std::string_view segment) {
    return segment.starts_with('.') ||
           std::any_of(kUnfinishedEndings.begin(), kUnfinishedEndings.end(),
                       [&](std::string_view ending) { return segment.ends_with(ending); });
}

bool has_hidden_segment(std::string_view path) {
    const auto segments = split(path, '/');
    return std::any_of(segments.begin(), segments.end(), is_always_ignored);
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

IgnoreRules::IgnoreRules(const IgnoreTexts& texts) {
    IgnorePatterns user = parse_ignore_patterns(texts.user, ".bmignore");
    if (user.list.empty()) user.list = parse_ignore_patterns(default_text(), ".bmignore").list;
    add(parse_ignore_patterns(texts.project, "the project's .bmignore"), "the project's .bmignore");
    add(parse_ignore_patterns(texts.git, ".gitignore"), ".gitignore");
    add(user, ".bmignore");
    // No text has this line, or it is no list of patterns: none runs into the next.
    const std::string end("\n\0\n", 3);
    const std::string all =
        std::string(texts.user) + end + std::string(texts.project) + end + std::string(texts.git);
    texts_digest_ = std::hash<std::string>{}(all);
}

bool IgnoreRules::is_same_as(const IgnoreRules& other) const noexcept {
    return texts_digest_ == other.texts_digest_ && inner_projects_ == other.inner_projects_ &&
           unknown_because_ == other.unknown_because_;
}

void IgnoreRules::add(const IgnorePatterns& file, std::string_view name) {
    for (const IgnorePattern& pattern : file.list) {
        lets_in_ = lets_in_ || pattern.lets_in();
        rules_.push_back({pattern, name});
    }
    problems_.insert(problems_.end(), file.problems.begin(), file.problems.end());
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

const IgnoreRules::Rule* IgnoreRules::deciding_rule(std::string_view path) const {
    const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& candidate) {
        return candidate.pattern.matches(path);
    });
    return rule == rules_.end() ? nullptr : &*rule;
}

std::optional<IgnoreCause> IgnoreRules::cause(std::string_view path) const {
    if (const InnerProject* inner = project_of(path)) return IgnoreCause{"", "", inner->name};
    if (has_hidden_segment(path)) return IgnoreCause{};
    const Rule* rule = deciding_rule(path);
    if (rule == nullptr || rule->pattern.lets_in()) return std::nullopt;
    return IgnoreCause{rule->pattern.spelling(), rule->file, {}};
}

bool IgnoreRules::ignores(std::string_view path) const {
    if (unknown_because_ || project_of(path) != nullptr || has_hidden_segment(path)) return true;
    const Rule* rule = deciding_rule(path);
    return rule != nullptr && !rule->pattern.lets_in();
}

bool IgnoreRules::ignores_in_kept_folder(std::string_view path) const {
    if (unknown_because_ || is_always_ignored(file_name(path))) return true;
    // Where something is let in, a folder may be kept for its sake alone.
    if (lets_in_) return ignores(path);
    return std::any_of(rules_.begin(), rules_.end(),
                       [&](const Rule& rule) { return rule.pattern.matches_file(path); });
}

bool IgnoreRules::ignores_folder(std::string_view folder) const {
    if (unknown_because_ || project_of(folder) != nullptr || has_hidden_segment(folder))
        return true;
    for (const Rule& rule : rules_) {
        // What it lets in may lie in this folder.
        if (rule.pattern.lets_in()) return false;
        if (rule.pattern.matches_folder(folder)) return true;
    }
    return false;
}

std::string IgnoreRules::default_text() {
    std::string text =
        "# Files and folders that basic-memory leaves alone: they are not indexed and not synced.\n"
        "# One pattern a line, as in a .gitignore:\n"
        "#   name       a file or folder of that name, anywhere\n"
        "#   name/      a folder of that name, anywhere\n"
        "#   /name      only in the root; so is folder/name\n"
        "#   *.ext      wildcards: * ? [seq] [!seq], and ** for any folders\n"
        "#   !name      an exception to the lines above\n";
    for (const PatternGroup& group : kDefaultGroups) {
        text += std::string("\n# ") + group.heading + '\n';
        for (const char* pattern : group.patterns) {
            if (pattern != nullptr) text += std::string(pattern) + '\n';
        }
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
    if (cause->project && cause->project->empty()) {
        return start +
               "that folder is another project, which is not this caller's. Choose another "
               "folder.";
    }
    if (cause->project) {
        return start + "that folder is the project '" + *cause->project +
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
