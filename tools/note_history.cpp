#include "sync/note_history.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tools/all_tools.hpp"
#include "tools/json_value.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"
#include "tools/version_report.hpp"

namespace bm {

namespace {

constexpr std::string_view kNoteHistoryDescription =
    "List the earlier versions of one note, the latest first: when each was replaced, deleted or "
    "moved, and the id that restore_note takes. Changes made by tools are kept, and those of other "
    "programs as far as they were seen; files above 10 MB are not. identifier is a title, "
    "permalink or path; a deleted note is found by the one it had.";

constexpr std::size_t kVersionsOnPage = 20;
constexpr std::int64_t kMaxVersionsOnPage = 100;

struct NoteHistoryCall {
    std::string identifier;
    Paging paging;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        return {{.name = "identifier", .required = true, .max_bytes = kMaxNameBytes},
                project_parameter(),
                page_parameter(),
                page_size_parameter(kMaxVersionsOnPage),
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<NoteHistoryCall, ArgumentProblem> from(const Arguments& arguments) {
        auto paging = read_paging(arguments);
        if (!paging) return tl::unexpected(paging.error());
        if (!arguments.has("page_size")) paging->size = kVersionsOnPage;
        return NoteHistoryCall{arguments.text("identifier"), *paging, wants_json(arguments),
                               read_project_wish(arguments)};
    }
};

Json no_history(const NoteHistoryCall& input, const Error& error) {
    const std::string text = "# No History\n\n" + error.message;
    if (!input.json) return text;
    Json value = {{"title", nullptr},         {"permalink", nullptr}, {"file_path", nullptr},
                  {"project", nullptr},       {"exists", false},      {"total", 0},
                  {"versions", Json::array()}};
    add_failure(value, error.message, text);
    return value;
}

Result<Json> note_history(ToolContext& context, const NoteHistoryCall& input) {
    const auto versions = asked_versions(context, input.wish, input.identifier);
    if (!versions) return context.failure(no_history(input, versions.error()));
    const std::size_t offset = input.paging.offset();
    if (input.json) return versions_json(*versions, offset, input.paging.size);
    return versions_text(*versions, offset, input.paging.size, context.knowledge.now());
}

}  // namespace

Tool note_history_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "note_history",
                      .title = "Note History",
                      .description = kNoteHistoryDescription,
                      .parameters = NoteHistoryCall::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kReadsOnly},
                     note_history);
}

}  // namespace bm
