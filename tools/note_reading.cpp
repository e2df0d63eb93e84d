#include "tools/note_reading.hpp"

#include <algorithm>
#include <utility>

#include "markdown/memory_url.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "tools/call_text.hpp"
#include "tools/path_guard.hpp"
#include "tools/unindexed_file.hpp"

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

bool is_still_indexing(KnowledgeBase& knowledge, ProjectId project) {
    return knowledge.index().read([&](Tables& tables) {
        return !tables.projects.last_scan(project) &&
               tables.projects.pending_links(project).links != PendingLinks::none;
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

/// A fenced call with the project and one more argument.
std::string fenced_call_on(std::string_view function, std::string_view project,
                           std::string_view parameter, std::string_view value) {
    return fenced(call_text(function, {{"project", project}, {parameter, value}})) + '\n';
}

std::string creation_section(const NoSuchNote& miss) {
    return "## Create New Note\n\nIf the note should exist, offer to write it:\n\n" +
           fenced("write_note(\n    project=" + string_literal(miss.project) +
                  ",\n    title=" + string_literal(capitalised(miss.identifier)) +
                  ",\n    content=\"# ...\",\n    folder=\"notes\"\n)") +
           '\n';
}

std::string nothing_found_text(const NoSuchNote& miss) {
    return "Nothing in this project has that title, permalink or path, and no text matches it "
           "either.\n\n## Check Identifier Type\n\n- A title needs its exact words: \"Search "
           "Design\".\n- A permalink is lower case with hyphens: \"specs/search-design\".\n- A "
           "path has its folders and suffix: \"specs/Search Design.md\".\n- Another project may "
           "hold the note: `list_memory_projects()` shows them.\n\n## Search Instead\n\n" +
           fenced_call_on("search_notes", miss.project, "query", miss.identifier) +
           "\n## Recent Activity\n\nNotes that changed lately:\n\n" +
           fenced("recent_activity(timeframe=\"7d\")") + "\n\n" + creation_section(miss);
}

std::string related_text(const NoSuchNote& miss) {
    std::string text = "I couldn't find an exact match, but these notes are close:\n\n";
    std::size_t number = 1;
    for (const auto& note : miss.suggestions) {
        const std::string name = note.permalink.value_or(note.path);
        text += "## " + std::to_string(number++) + ". " + note.title +
                "\n- **Type**: " + note.type + "\n- **Permalink**: " + name + "\n\n" +
                fenced_call_on("read_note", miss.project, "identifier", name) + "\n";
    }
    return text +
           "## Try More Specific Lookup\n\nUse the exact permalink of one of the notes above, or "
           "an exact title.\n\n## Search For More Results\n\n" +
           fenced_call_on("search_notes", miss.project, "query", miss.identifier) + "\n" +
           creation_section(miss);
}

/// What `identifier` names, still without its text.
Result<ReadNoteText> named_file(KnowledgeBase& knowledge, const ChosenProject& chosen,
                                std::string_view identifier) {
    auto found = find_note(knowledge, chosen.project, chosen.is_explicit, identifier,
                           LookupPurpose::reading);
    if (found) {
        Entity& entity = found->entity;
        return ReadNoteText{std::move(found->project), std::move(entity.title),
                            std::move(entity.permalink), std::move(entity.path), ""};
    }
    if (found.error().fault == Fault::not_found) {
        if (auto file = unindexed_file(knowledge, chosen, identifier)) {
            std::string title(file_stem(file->path.str()));
            return ReadNoteText{std::move(file->project), std::move(title), std::nullopt,
                                std::move(file->path), ""};
        }
    }
    return tl::unexpected(found.error());
}

Result<void> check_text(KnowledgeBase& knowledge, const ReadNoteText& file) {
    const std::string& path = file.path.str();
    if (!is_text(mime_type_for(path))) {
        return fail(Fault::invalid, path + " is not a text file. Use " +
                                        call_text("read_content", {{"", path}}) + " instead.");
    }
    // Whatever was written as a note can be read as one.
    if (is_note_name(path)) return {};
    const auto stamp = knowledge.files(file.project)->stamp(file.path);
    if (stamp && stamp->size > kMaxTextBytes) {
        return fail(Fault::invalid, large_text_sentence(stamp->size));
    }
    return {};
}

}  // namespace

std::string too_large_text(std::string_view what, std::int64_t bytes) {
    return std::string(what) + " size " + std::to_string(bytes) +
           " bytes exceeds maximum allowed size";
}

std::string large_text_sentence(std::int64_t bytes) {
    return too_large_text("Text", bytes) +
           ". Split the file into smaller ones, or open it with another program.";
}

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
                                          wish.suggestions),
                          is_still_indexing(context.knowledge, chosen->project.id)};
    };
    if (!stays_inside(chosen->project, wish.identifier)) return refused(chosen->project);
    auto found = named_file(context.knowledge, *chosen, wish.identifier);
    if (!found && found.error().fault == Fault::not_found) {
        if (auto trouble = missing_folder(context.knowledge, chosen->project)) {
            return tl::unexpected(*std::move(trouble));
        }
        return missed();
    }
    if (!found) return tl::unexpected(found.error());
    if (const auto readable = check_text(context.knowledge, *found); !readable) {
        return tl::unexpected(readable.error());
    }
    NoteStore store(context.knowledge, found->project);
    auto content = store.read(found->path);
    if (content) {
        found->text = replace_invalid_utf8(content->bytes);
        return *std::move(found);
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
    const std::string hint =
        miss.is_still_indexing ? "This project is not indexed to its end yet, so not every note "
                                 "is known. A path is found at once; otherwise try again later.\n\n"
                               : "";
    return "\n# Note Not Found in " + miss.project + ": \"" + echoed(miss.identifier) + "\"\n\n" +
           hint + (miss.suggestions.empty() ? nothing_found_text(miss) : related_text(miss));
}

}  // namespace bm
