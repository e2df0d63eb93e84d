#include "tools/path_guard.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "markdown/file_naming.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/path_safety.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "tools/call_text.hpp"
#include "tools/json_value.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// Whether what exists of the path leads to a place below the root. Text that no file system takes
/// for a path (a title that is too long) leads nowhere, which is inside.
bool resolves_inside(const fs::path& real_root, std::string_view path) {
    std::error_code problem;
    const fs::path real = fs::weakly_canonical(real_root / fs::path(path), problem);
    if (problem) return true;
    const auto [rest, ignored] =
        std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end());
    return rest == real_root.end();
}

/// Everything that a tool may make of the text before it looks at the disk.
std::vector<std::string> readings_of(std::string_view raw) {
    const std::string_view path = without_memory_scheme(raw);
    std::vector<std::string> readings{std::string(path)};
    const auto add = [&](std::string reading) {
        if (std::find(readings.begin(), readings.end(), reading) == readings.end()) {
            readings.push_back(std::move(reading));
        }
    };
    const std::string target(link_target(without_memory_scheme(trim(raw))));
    add(target);
    if (const auto colons = target.find("::"); colons != std::string::npos) {
        add(target.substr(colons + 2));
    }
    add(sanitized_folder(path));
    return readings;
}

}  // namespace

bool stays_inside(const Project& project, std::string_view raw) {
    const auto readings = readings_of(raw);
    if (!std::all_of(readings.begin(), readings.end(), is_safe_client_path)) return false;
    std::error_code problem;
    const fs::path real_root = fs::weakly_canonical(project.path, problem);
    if (problem) return true;
    return std::all_of(readings.begin(), readings.end(), [&](const std::string& reading) {
        const std::string path = normalized_path(reading);
        if (path.empty()) return true;
        // A note may be named without its suffix.
        return resolves_inside(real_root, path) && resolves_inside(real_root, path + ".md");
    });
}

void log_refusal(const ToolContext& context, const Project& project, std::string_view raw) {
    context.knowledge.log()(LogLevel::warning, std::string(context.tool) + ": refused " +
                                                   shown(raw) + ", which leads out of project '" +
                                                   project.name.str() + "'");
}

std::string refusal_sentence(std::string_view subject, std::string_view raw) {
    return std::string(subject) + " '" + echoed(raw) +
           "' is not allowed - paths must stay within project boundaries";
}

std::string refusal_text(std::string_view subject, std::string_view raw) {
    return "# Error\n\n" + refusal_sentence(subject, raw);
}

std::optional<std::string> refuse_outside(const ToolContext& context, const Project& project,
                                          std::string_view subject, std::string_view raw) {
    if (stays_inside(project, raw)) return std::nullopt;
    log_refusal(context, project, raw);
    return refusal_text(subject, raw);
}

}  // namespace bm
