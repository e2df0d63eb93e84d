#include "tools/note_report.hpp"

#include <algorithm>

namespace bm {

namespace {

std::string relation_section(const StoredNote& note, bool explain) {
    if (note.resolved_relations + note.unresolved_relations == 0) return {};
    std::string text =
        "\n## Relations\n- Resolved: " + std::to_string(note.resolved_relations) + "\n";
    if (note.unresolved_relations == 0) return text;
    text += "- Unresolved: " + std::to_string(note.unresolved_relations) + "\n";
    if (explain) {
        text +=
            "\nNote: Unresolved relations point to notes that do not exist yet.\n"
            "They connect by themselves as soon as such a note is written.\n";
    }
    return text;
}

}  // namespace

std::string note_head(std::string_view heading, const Project& project, const Entity& entity) {
    return std::string(heading) + "\nproject: " + project.name.str() +
           "\nfile_path: " + entity.path.str() + "\npermalink: " + shown_permalink(entity) +
           "\nchecksum: " + entity.checksum.short_hex() + "\n";
}

std::string note_sections(const StoredNote& note, bool explain) {
    std::string text;
    if (!note.observation_categories.empty()) {
        text += "\n## Observations\n";
        for (const auto& [category, count] : note.observation_categories) {
            text += "- " + category + ": " + std::to_string(count) + "\n";
        }
    }
    text += relation_section(note, explain);
    if (!note.warnings.empty()) text += "\n## Warnings\n";
    for (const auto& warning : note.warnings) {
        text += "- line " + std::to_string(warning.line) + ": " + warning.message + "\n";
    }
    return text + not_done_section(note.not_done);
}

std::string not_done_section(const NotDone& not_done) {
    if (not_done.empty()) return {};
    std::string text = "\n## Not done\n";
    for (const auto& sentence : not_done) text += "- " + sentence + "\n";
    return text;
}

void add_not_done(Json& value, const NotDone& not_done) {
    if (!not_done.empty()) value["not_done"] = not_done;
}

std::string session_footer(const Project& project) {
    return "\n[Session: Using project '" + project.name.str() + "']";
}

std::string shown_permalink(const Entity& entity) { return entity.permalink.value_or("None"); }

Json permalink_json(const Entity& entity) {
    return entity.permalink ? Json(*entity.permalink) : Json(nullptr);
}

std::size_t line_count(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

}  // namespace bm
