#include "cloud/rclone_filter.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "sync/ignore_glob.hpp"
#include "sync/ignore_rules.hpp"

namespace bm {

namespace {

/// What rclone is writing, and a folder that is never a note's, whatever the user's rules say.
constexpr std::string_view kImplicitRules = "- *.partial\n- .basic-memory/**\n";

bool is_never_synced(std::string_view path) {
    return path.ends_with(".partial") || path.starts_with(".basic-memory/") ||
           path.find("/.basic-memory/") != std::string_view::npos;
}

/// `path` as seen from `dir`; nothing when it lies elsewhere.
std::optional<std::string_view> below(std::string_view path, std::string_view dir) {
    if (dir.empty()) return path;
    if (path.size() <= dir.size() + 1 || !path.starts_with(dir) || path[dir.size()] != '/')
        return std::nullopt;
    return path.substr(dir.size() + 1);
}

void append_rules(std::string& text, const IgnorePattern& pattern, std::string_view dir) {
    const char* sign = pattern.lets_in() ? "+ " : "- ";
    for (const std::string& glob : pattern.rclone_globs(dir)) {
        text += sign;
        text += glob;
        text += '\n';
    }
}

}  // namespace

RcloneFilter::RcloneFilter(std::string_view user_text,
                           const std::vector<ProjectIgnoreText>& projects,
                           std::vector<std::string> attached_dirs)
    : attached_dirs_(std::move(attached_dirs)), text_(kImplicitRules) {
    for (const std::string& dir : attached_dirs_) text_ += "- /" + rclone_literal(dir) + "/**\n";
    for (const ProjectIgnoreText& project : projects) {
        const std::string name =
            project.dir.empty() ? "the project's .bmignore" : project.dir + "/.bmignore";
        add(project.dir, parse_ignore_patterns(project.text, name));
    }
    IgnorePatterns user = parse_ignore_patterns(user_text, ".bmignore");
    if (user.list.empty())
        user.list = parse_ignore_patterns(IgnoreRules::default_text(), ".bmignore").list;
    add({}, std::move(user));
}

void RcloneFilter::add(std::string dir, IgnorePatterns patterns) {
    for (const IgnorePattern& pattern : patterns.list) append_rules(text_, pattern, dir);
    std::move(patterns.problems.begin(), patterns.problems.end(), std::back_inserter(problems_));
    parts_.push_back({std::move(dir), std::move(patterns.list)});
}

bool RcloneFilter::excludes(std::string_view path) const {
    if (is_never_synced(path)) return true;
    for (const std::string& dir : attached_dirs_) {
        if (below(path, dir)) return true;
    }
    for (const Part& part : parts_) {
        if (const auto is_out = verdict(part, path)) return *is_out;
    }
    return false;
}

std::optional<bool> RcloneFilter::verdict(const Part& part, std::string_view path) {
    const auto seen = below(path, part.dir);
    if (!seen) return std::nullopt;
    const auto pattern = std::find_if(part.patterns.begin(), part.patterns.end(),
                                      [&](const IgnorePattern& one) { return one.matches(*seen); });
    if (pattern == part.patterns.end()) return std::nullopt;
    return !pattern->lets_in();
}

bool RcloneFilter::prunes(std::string_view path) const {
    return !is_never_synced(path) && verdict(parts_.back(), path).value_or(false) && excludes(path);
}

bool RcloneFilter::lets_something_in() const {
    return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
        return std::any_of(part.patterns.begin(), part.patterns.end(),
                           [](const IgnorePattern& pattern) { return pattern.lets_in(); });
    });
}

bool RcloneFilter::excludes_all_in(std::string_view folder) const {
    const std::string inside = std::string(folder) + "/";
    const bool is_attached =
        std::any_of(attached_dirs_.begin(), attached_dirs_.end(),
                    [&](const std::string& dir) { return inside.starts_with(dir + "/"); });
    if (is_attached || inside.starts_with(".basic-memory/") ||
        inside.find("/.basic-memory/") != std::string::npos) {
        return true;
    }
    if (lets_something_in()) return false;
    return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
        const auto seen = below(folder, part.dir);
        return seen && std::any_of(part.patterns.begin(), part.patterns.end(),
                                   [&](const auto& one) { return one.matches_folder(*seen); });
    });
}

bool RcloneFilter::excludes_everything() const {
    const auto& patterns = parts_.back().patterns;
    return !lets_something_in() &&
           std::any_of(patterns.begin(), patterns.end(), [](const auto& pattern) {
               return pattern.spelling() == "*" || pattern.spelling() == "/*" ||
                      pattern.spelling() == "**" || pattern.spelling() == "/**";
           });
}

std::string RcloneFilter::inverted() const {
    std::string text;
    for (const IgnorePattern& pattern : parts_.back().patterns) {
        const char* sign = pattern.lets_in() ? "- " : "+ ";
        for (const std::string& glob : pattern.rclone_globs()) text += sign + glob + '\n';
    }
    return text + "- **\n";
}

}  // namespace bm
