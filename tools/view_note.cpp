#include <string>
#include <vector>

#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/note_reading.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

constexpr std::string_view kViewNoteDescription =
    "Show one note to the user: returns its text with the request to display it as a Markdown "
    "artifact. Takes the same identifiers as read_note. Use it when the user wants to see a note, "
    "and read_note when you only need to know what it says.";

constexpr Paging kViewSuggestions{1, 5};
constexpr std::int64_t kMaxViewPageSize = 100;

struct ViewNote {
    ReadingWish wish;

    static std::vector<Parameter> parameters() {
        return {{.name = "identifier", .required = true, .max_bytes = kMaxNameBytes},
                project_parameter(),
                page_parameter(),
                page_size_parameter(kMaxViewPageSize),
                project_id_parameter()};
    }

    static tl::expected<ViewNote, ArgumentProblem> from(const Arguments& arguments) {
        // A note has no pages: the two numbers are checked like everywhere and change nothing.
        if (const auto paging = read_paging(arguments); !paging) {
            return tl::unexpected(paging.error());
        }
        return ViewNote{
            {read_project_wish(arguments), arguments.text("identifier"), kViewSuggestions}};
    }
};

std::string artifact_text(std::string_view identifier, std::string_view content) {
    return "Note retrieved: \"" + echoed(identifier) +
           "\"\n\nDisplay this note as a markdown artifact for the user.\n\nContent:\n---\n" +
           std::string(content) + "\n---";
}

Result<Json> view_note(ToolContext& context, const ViewNote& input) {
    return read_note_file(context, input.wish).map([&](const NoteReading& reading) {
        return std::visit(Match{[&](const ReadNoteText& note) -> Json {
                                    return artifact_text(input.wish.identifier, note.text);
                                },
                                [&](const NoSuchNote& miss) -> Json {
                                    return context.failure(no_such_note_text(miss));
                                },
                                [&](const RefusedIdentifier& refused) -> Json {
                                    return context.failure(refused.text);
                                }},
                          reading);
    });
}

}  // namespace

Tool view_note_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "view_note",
                      .title = "View Note",
                      .description = kViewNoteDescription,
                      .parameters = ViewNote::parameters(),
                      .output_schema = wrapped_schema({"string"}),
                      .annotations = kReadsOnly},
                     view_note);
}

}  // namespace bm
