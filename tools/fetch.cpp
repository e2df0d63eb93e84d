#include <utility>

#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "tools/all_tools.hpp"
#include "tools/connector_document.hpp"
#include "tools/path_guard.hpp"
#include "tools/tool_builder.hpp"

namespace bm {
namespace {

constexpr std::string_view kFetchDescription =
    "Get the whole text of a note by an id that `search` gave, or by permalink, title, path or "
    "memory:// address. Made for hosts that know only `search` and `fetch`; `read_note` can do "
    "more.";

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

/// What read_note says about a note that is not there.
std::string guidance(ToolContext& context, const Project& project, const std::string& id) {
    Json arguments = Json::object();
    arguments["identifier"] = id;
    arguments["project"] = project.name.str();
    const auto reply = read_note_tool(context.knowledge).run(context.call, arguments);
    return reply.value.is_string() ? reply.value.get<std::string>() : "";
}

Json fetched(ToolContext& context, const Project& project, const std::string& id) {
    if (const auto refusal = refuse_outside(context, project, "Identifier", id)) {
        return document(id, "Error", *refusal, "format", "markdown");
    }
    const auto found = find_note(context.knowledge, project, true, id, LookupPurpose::reading);
    if (!found && found.error().fault != Fault::not_found) {
        return failed_fetch(id, found.error().message);
    }
    if (!found) {
        return document(id, title_from_id(id), guidance(context, project, id), "error",
                        "Document not found");
    }
    NoteStore store(context.knowledge, found->project);
    const auto content = store.read(found->entity.path);
    if (!content) {
        return failed_fetch(id, content.error().message);
    }
    if (!is_valid_utf8(content->bytes)) {
        return failed_fetch(id, found->entity.path.str() + " is not a text file");
    }
    return document(id, found->entity.title, content->bytes, "format", "markdown");
}

Result<Json> fetch(ToolContext& context, const Fetch& input) {
    const auto project = connector_project(context.knowledge);
    if (!project) {
        return connector_answer(failed_fetch(input.id, project.error().message));
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
                                             .nullable = false}},
                             .output_schema = wrapped_schema({"array"}),
                             .annotations = kReadsOnly,
                             .wraps_result = true},
                            fetch);
}

}  // namespace bm
