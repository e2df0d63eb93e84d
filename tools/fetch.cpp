#include <utility>

#include "markdown/names.hpp"
#include "tools/all_tools.hpp"
#include "tools/connector_document.hpp"
#include "tools/note_reading.hpp"
#include "tools/tool_builder.hpp"

namespace bm {
namespace {

constexpr std::string_view kFetchDescription =
    "Get the whole text of a note by an id that `search` gave, or by permalink, title, path or "
    "memory:// address. Made for hosts that know only `search` and `fetch`; `read_note` can do "
    "more.";

constexpr Paging kFetchSuggestions{1, 5};

struct Fetch {
    std::string id;

    static tl::expected<Fetch, ArgumentProblem> from(const Arguments& arguments) {
        return Fetch{arguments.text("id")};
    }
};

Json document(const std::string& id, std::string_view title, std::string_view text,
              std::string_view metadata_key, std::string_view metadata_value) {
    Json metadata = Json::object();
    metadata[std::string(metadata_key)] = metadata_value;
    Json object = Json::object();
    object["id"] = id;
    object["title"] = title;
    object["text"] = text;
    object["url"] = id;
    object["metadata"] = std::move(metadata);
    return object;
}

/// "docs/missing-doc" reads "Missing Doc".
std::string title_from_id(std::string_view id) {
    std::string title;
    bool starts_word = true;
    for (const char c : file_name(id)) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == '-' || c == '_') {
            title += ' ';
        } else if (is_letter && starts_word) {
            title += static_cast<char>(c & ~0x20);
        } else {
            title += is_letter ? static_cast<char>(c | 0x20) : c;
        }
        starts_word = !is_letter && static_cast<unsigned char>(c) < 0x80;
    }
    return title;
}

Json failed_fetch(const std::string& id, std::string_view reason) {
    return document(id, "Fetch Error", reason, "error", "Fetch failed");
}

Json fetched(ToolContext& context, const Project& project, const std::string& id) {
    const ReadingWish wish{{project.name.str(), std::nullopt, std::nullopt}, id, kFetchSuggestions};
    const auto reading = read_note_file(context, wish);
    if (!reading) return context.failure(failed_fetch(id, reading.error().message));
    return std::visit(
        Match{[&](const ReadNoteText& note) {
                  return document(id, note.title, note.text, "format", "markdown");
              },
              [&](const NoSuchNote& miss) {
                  return context.failure(document(id, title_from_id(id), no_such_note_text(miss),
                                                  "error", "Document not found"));
              },
              [&](const RefusedIdentifier& refused) {
                  return context.failure(document(id, "Error", refused.text, "format", "markdown"));
              }},
        *reading);
}

Result<Json> fetch(ToolContext& context, const Fetch& input) {
    const auto project = connector_project(context.knowledge);
    if (!project) {
        return connector_answer(context.failure(failed_fetch(input.id, project.error().message)));
    }
    return connector_answer(fetched(context, *project, input.id));
}

}  // namespace

Tool fetch_tool(KnowledgeBase& knowledge) {
    return make_tool<Fetch>(knowledge,
                            {.name = "fetch",
                             .title = "Fetch Document",
                             .description = kFetchDescription,
                             .parameters = {{.name = "id",
                                             .required = true,
                                             .description = "Id of the document",
                                             .nullable = false,
                                             .max_bytes = kMaxNameBytes}},
                             .output_schema = wrapped_schema({"array"}),
                             .annotations = kReadsOnly,
                             .wraps_result = true},
                            fetch);
}

}  // namespace bm
