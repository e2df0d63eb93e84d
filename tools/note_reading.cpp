#include "tools/note_reading.hpp"

#include <algorithm>
#include <utility>

#include "markdown/memory_url.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "tools/path_guard.hpp"

namespace bm {

namespace {

/// The last part of an identifier as words: "docs/python-guide" gives "python guide". A note that
/// was moved or misspelled in its folder part is found by them.
std::string words_of(std::string_view identifier) {
    std::string words(file_name(identifier));
    std::replace_if(
        words.begin(), words.end(), [](char c) { return c == '-' || c == '_'; }, ' ');
    if (ends_with_ignoring_case(words, ".md")) words.resize(words.size() - 3);
    return words;
}

std::vector<SuggestedNote> suggestions_for(KnowledgeBase& knowledge, ProjectId project,
                                           std::string_view identifier, const Paging& paging) {
    const std::string typed(without_memory_scheme(trim(identifier)));
    if (is_blank(typed)) return {};
    return knowledge.index().read([&](Tables& tables) {
        std::vector<SuggestedNote> found;
        for (const auto& text : {typed, words_of(typed)}) {
            if (!found.empty() || is_blank(text)) continue;
            SearchRequest request;
            request.criterion = SearchRequest::Text{text};
            request.kinds = 1U << static_cast<unsigned>(ItemKind::entity);
            request.limit = paging.size;
            request.offset = paging.offset();
            for (auto& row : tables.search.search(project, request).rows) {
                found.push_back({std::move(row.title), std::move(row.entity_type),
                                 std::move(row.permalink), std::move(row.path)});
            }
        }
        return found;
    });
}

bool is_text(std::string_view mime_type) {
    return mime_type.starts_with("text/") || mime_type == "application/json";
}

/// "deep dive" gives "Deep dive".
std::string capitalised(std::string_view text) {
    std::string result(text);
    if (!result.empty() && result[0] >= 'a' && result[0] <= 'z') {
        result[0] = static_cast<char>(result[0] - 'a' + 'A');
    }
    return result;
}

/// A string literal of a call that a model can copy.
std::string string_literal(std::string_view text) {
    return '"' + replace_all(replace_all(text, "\\", "\\\\"), "\"", "\\\"") + '"';
}

std::string fenced(std::string_view code) { return "```\n" + std::string(code) + "\n```\n"; }

std::string call(std::string_view function, std::string_view project, std::string_view parameter,
                 std::string_view value) {
    return std::string(function) + "(project=" + string_literal(project) + ", " +
           std::string(parameter) + "=" + string_literal(value) + ")";
}

std::string creation_section(const NoSuchNote& miss) {
    return "## Create New Note\n\nIf the note should exist, offer to write it:\n\n" +
           fenced("write_note(\n    project=" + string_literal(miss.project) +
                  ",\n    title=" + string_literal(capitalised(miss.identifier)) +
                  ",\n    content=\"# ...\",\n    folder=\"notes\"\n)");
}

std::string nothing_found_text(const NoSuchNote& miss) {
    return "Nothing in this project has that title, permalink or path, and no text matches it "
           "either.\n\n## Check Identifier Type\n\n- A title needs its exact words: \"Search "
           "Design\".\n- A permalink is lower case with hyphens: \"specs/search-design\".\n- A "
           "path has its folders and suffix: \"specs/Search Design.md\".\n- Another project may "
           "hold the note: `list_memory_projects()` shows them.\n\n## Search Instead\n\n" +
           fenced(call("search_notes", miss.project, "query", miss.identifier)) +
           "\n## Recent Activity\n\nNotes that changed lately:\n\n" +
           fenced("recent_activity(timeframe=\"7d\")") + "\n" + creation_section(miss);
}

std::string related_text(const NoSuchNote& miss) {
    std::string text = "I couldn't find an exact match, but these notes are close:\n\n";
    std::size_t number = 1;
    for (const auto& note : miss.suggestions) {
        const std::string name = note.permalink.value_or(note.path);
        text += "## " + std::to_string(number++) + ". " + note.title +
                "\n- **Type**: " + note.type + "\n- **Permalink**: " + name + "\n\n" +
                fenced(call("read_note", miss.project, "identifier", name)) + "\n";
    }
    return text +
           "## Try More Specific Lookup\n\nUse the exact permalink of one of the notes above, or "
           "an exact title.\n\n## Search For More Results\n\n" +
           fenced(call("search_notes", miss.project, "query", miss.identifier)) + "\n" +
           creation_section(miss);
}

}  // namespace

Result<NoteReading> read_note_file(ToolContext& context, const ReadingWish& wish) {
    const auto chosen = project_for(context.knowledge, wish.project, wish.identifier);
    if (!chosen) return tl::unexpected(chosen.error());
    const auto refused = [&](const Project& project) {
        log_refusal(context, project, wish.identifier);
        return RefusedIdentifier{refusal_text("Identifier", wish.identifier)};
    };
    const auto missed = [&]() {
        return NoSuchNote{chosen->project.name.str(), wish.identifier,
                          suggestions_for(context.knowledge, chosen->project.id, wish.identifier,
                                          wish.suggestions)};
    };
    if (!stays_inside(chosen->project, wish.identifier)) return refused(chosen->project);
    auto found = find_note(context.knowledge, chosen->project, chosen->is_explicit, wish.identifier,
                           LookupPurpose::reading);
    if (!found && found.error().fault == Fault::not_found) return missed();
    if (!found) return tl::unexpected(found.error());
    if (!is_text(mime_type_for(found->entity.path.str()))) {
        return fail(Fault::invalid, found->entity.path.str() +
                                        " is not a text file. Use read_content(\"" +
                                        found->entity.path.str() + "\") instead.");
    }
    NoteStore store(context.knowledge, found->project);
    auto content = store.read(found->entity.path);
    if (content) {
        return ReadNoteText{std::move(found->project), std::move(found->entity),
                            replace_invalid_utf8(content->bytes)};
    }
    switch (content.error().fault) {
        case Fault::forbidden:
            return refused(found->project);
        case Fault::not_found:
            return missed();  // deleted behind the index's back
        default:
            return tl::unexpected(content.error());
    }
}

std::string no_such_note_text(const NoSuchNote& miss) {
    return "\n# Note Not Found in " + miss.project + ": \"" + miss.identifier + "\"\n\n" +
           (miss.suggestions.empty() ? nothing_found_text(miss) : related_text(miss));
}

}  // namespace bm
