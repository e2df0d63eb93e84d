#include <string>
#include <utility>
#include <vector>

#include "markdown/frontmatter.hpp"
#include "markdown/mime_type.hpp"
#include "tools/all_tools.hpp"
#include "tools/json_value.hpp"
#include "tools/note_reading.hpp"
#include "tools/row_json.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

constexpr std::string_view kReadNoteDescription =
    "Read one note as stored, frontmatter included. identifier is a title, permalink, file path, "
    "memory:// URL or external id; matching is exact, never a guess. When no note answers, the "
    "text suggests notes that come close and says how to go on. Use search_notes when you do not "
    "know the name, and build_context to follow links. output_format=\"json\" gives title, "
    "permalink, file_path, content and frontmatter as an object; there the content is the body "
    "alone unless include_frontmatter is true.";

// A model chooses among a few suggestions; more would bury the advice.
constexpr std::size_t kSuggestions = 5;
constexpr std::int64_t kMaxSuggestions = 100;

struct ReadNote {
    ReadingWish wish;
    bool json = false;
    bool include_frontmatter = false;

    static std::vector<Parameter> parameters() {
        return {
            {.name = "identifier", .required = true, .max_bytes = kMaxNameBytes},
            project_parameter(),
            page_parameter(),
            page_size_parameter(kMaxSuggestions),
            output_format_parameter(),
            {.name = "include_frontmatter", .kind = Parameter::Kind::boolean, .fallback = false},
            project_id_parameter()};
    }

    static tl::expected<ReadNote, ArgumentProblem> from(const Arguments& arguments) {
        auto paging = read_paging(arguments);
        if (!paging) return tl::unexpected(paging.error());
        if (!arguments.has("page_size")) paging->size = kSuggestions;
        return ReadNote{{read_project_wish(arguments), arguments.text("identifier"), *paging},
                        wants_json(arguments),
                        arguments.flag("include_frontmatter")};
    }
};

Json no_note() {
    return {{"title", nullptr},
            {"permalink", nullptr},
            {"file_path", nullptr},
            {"content", nullptr},
            {"frontmatter", nullptr}};
}

Json note_json(const ReadNoteText& note, bool include_frontmatter) {
    // What begins with a brace is no block of a file that is no note, such as a canvas.
    const bool is_note = is_note_name(note.path.str());
    SplitText parts;
    if (is_note) {
        parts = split_frontmatter(note.text);
    } else {
        parts.body = note.text;
    }
    const bool has_block = parts.block == SplitText::Block::mapping;
    return {{"title", note.title},
            {"permalink", json_or_null(note.permalink)},
            {"file_path", note.path.str()},
            {"content", include_frontmatter ? note.text : parts.body},
            {"frontmatter", has_block ? json_of(parts.values) : Json(nullptr)}};
}

Json miss_json(const NoSuchNote& miss) {
    Json value = no_note();
    if (miss.suggestions.empty()) return value;
    Json related = Json::array();
    for (const auto& note : miss.suggestions) {
        related.push_back({{"title", note.title},
                           {"permalink", json_or_null(note.permalink)},
                           {"file_path", note.path}});
    }
    value["related_results"] = std::move(related);
    return value;
}

Json refused_json(const ReadNote& input, const RefusedIdentifier& refused) {
    if (!input.json) return refused.text;
    Json value = no_note();
    add_failure(value, "SECURITY_VALIDATION_ERROR", refused.text);
    return value;
}

Result<Json> read_note(ToolContext& context, const ReadNote& input) {
    return read_note_file(context, input.wish).map([&](const NoteReading& reading) {
        return std::visit(Match{[&](const ReadNoteText& note) -> Json {
                                    if (input.json)
                                        return note_json(note, input.include_frontmatter);
                                    return note.text;
                                },
                                [&](const NoSuchNote& miss) -> Json {
                                    if (input.json) return miss_json(miss);
                                    return context.failure(no_such_note_text(miss));
                                },
                                [&](const RefusedIdentifier& refused) -> Json {
                                    return context.failure(refused_json(input, refused));
                                }},
                          reading);
    });
}

}  // namespace

Tool read_note_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "read_note",
                      .title = "Read Note",
                      .description = kReadNoteDescription,
                      .parameters = ReadNote::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kReadsOnly},
                     read_note);
}

}  // namespace bm
