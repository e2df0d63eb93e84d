#include "sync/untold_titles.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "markdown/file_naming.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/text.hpp"
#include "sync/note_store.hpp"
#include "sync/scan.hpp"

namespace bm {

namespace {

// A walk over so many files takes some 50 ms.
constexpr std::int64_t kMaxWalkedInStep = 20'000;
// So many new notes are opened to see their titles, and none that is larger.
constexpr std::size_t kMaxOpenedForTitle = 500;
constexpr std::int64_t kMaxOpenedBytes = 256 * 1024;
// Notes of one name; a whole vault of "index" need not be read to say that there are several.
constexpr std::size_t kMaxIndexedForTitle = 50;

bool is_worth_a_walk(KnowledgeBase& knowledge, const Project& project) {
    if (!knowledge.config()->sync_changes || !knowledge.was_scanned(project)) return true;
    return knowledge.index().read(
        [&](Tables& tables) { return tables.entities.count(project.id) <= kMaxWalkedInStep; });
}

/// The notes on disk that have no row.
std::vector<SeenFile> new_notes(KnowledgeBase& knowledge, const Project& project) {
    const auto paths =
        knowledge.index().read([&](Tables& tables) { return tables.entities.paths(project.id); });
    const std::unordered_set<std::string> known(paths.begin(), paths.end());
    std::vector<SeenFile> notes;
    const auto gather = [&](SeenFile file) {
        const std::string& path = file.path.str();
        if (is_note_name(path) && !known.contains(path)) notes.push_back(std::move(file));
    };
    const IgnoreRules rules = knowledge.ignore_rules(project);
    if (!scan_folder(project.path, rules, gather)) return {};
    return notes;
}

bool states_title(NoteFiles& files, const SeenFile& file, const std::string& folded) {
    if (file.stamp.size > kMaxOpenedBytes) return false;
    const auto content = files.read(file.path);
    if (!content || !is_valid_utf8(content->bytes)) return false;
    const SplitText parts = split_frontmatter(content->bytes);
    const Value* title = find(parts.values, "title");
    return title != nullptr && case_fold(trim(display_string(*title))) == folded;
}

std::vector<SeenFile> notes_titled(KnowledgeBase& knowledge, const Project& project,
                                   std::string_view title) {
    std::vector<SeenFile> notes = new_notes(knowledge, project);
    const std::string folded = case_fold(title);
    const std::string named = case_fold(sanitized_title(title));
    std::vector<SeenFile> found;
    for (const auto& file : notes) {
        const std::string stem = case_fold(file_stem(file.path.str()));
        if (stem == folded || stem == named) found.push_back(file);
    }
    if (!found.empty() || notes.size() > kMaxOpenedForTitle) return found;
    const auto files = knowledge.files(project);
    std::erase_if(notes, [&](const SeenFile& file) { return !states_title(*files, file, folded); });
    return notes;
}

}  // namespace

bool index_notes_titled(KnowledgeBase& knowledge, const Project& project, std::string_view title) {
    if (is_blank(title) || !is_worth_a_walk(knowledge, project)) return false;
    auto notes = notes_titled(knowledge, project, title);
    if (notes.size() > kMaxIndexedForTitle) {
        notes.erase(notes.begin() + kMaxIndexedForTitle, notes.end());
    }
    NoteStore store(knowledge, project);
    bool indexed_any = false;
    for (const auto& note : notes) {
        if (store.index_from_disk(note.path)) indexed_any = true;
    }
    return indexed_any;
}

}  // namespace bm
