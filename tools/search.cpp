#include <utility>

#include "markdown/text.hpp"
#include "tools/all_tools.hpp"
#include "tools/complete_search.hpp"
#include "tools/connector_document.hpp"
#include "tools/search_criteria.hpp"
#include "tools/search_filters.hpp"
#include "tools/tool_builder.hpp"

namespace bm {
namespace {

constexpr std::size_t kRows = 10;
constexpr std::size_t kShownReason = 500;

constexpr std::string_view kSearchDescription =
    "Search the notes of the default project and get ids for `fetch`. Made for hosts that know "
    "only these two tools; `search_notes` can do more. Words must all occur; AND, OR, NOT combine "
    "them; `tag:name` selects by tag.";

struct Search {
    std::string query;

    static tl::expected<Search, ArgumentProblem> from(const Arguments& arguments) {
        return Search{arguments.text("query")};
    }
};

std::vector<Parameter> search_parameters() {
    return {{.name = "query",
             .required = true,
             .description = "Words to look for",
             .nullable = false,
             .max_bytes = kMaxQueryBytes}};
}

/// Notes only: what is found has to be something that `fetch` can return.
Result<FoundPage> find(KnowledgeBase& knowledge, const Project& project, const Search& input) {
    auto shorthand = take_tag_shorthand(input.query);
    const auto criteria = criteria_for(SearchMode::text, shorthand.remainder, project);
    if (!criteria) {
        return tl::unexpected<Error>(criteria.error());
    }
    SearchRequest request;
    request.kinds = 1U << static_cast<unsigned>(ItemKind::entity);
    request.limit = kRows;
    if (!shorthand.tags.empty()) {
        request.metadata.push_back(tags_filter(shorthand.tags));
    }
    return knowledge.index().read([&](Tables& tables) {
        FoundPage found;
        if (!tables.projects.last_scan(project.id)) found.unscanned = {project.name.str()};
        found.page = search_by(tables.search, project.id, std::move(request), *criteria);
        return found;
    });
}

Json failed_search(const std::string& reason) {
    Json document = Json::object();
    document["results"] = Json::array();
    document["error"] = "Search failed";
    document["error_details"] = first_code_points(reason, kShownReason);
    return document;
}

Json results_document(const FoundPage& found, const std::string& query) {
    Json results = Json::array();
    for (const auto& row : found.page.rows) {
        Json result = Json::object();
        result["id"] = row.permalink.value_or("doc-" + std::to_string(results.size()));
        result["title"] = row.title.empty() ? "Untitled" : row.title;
        result["url"] = row.permalink.value_or("");
        results.push_back(std::move(result));
    }
    const auto count = results.size();
    Json document = Json::object();
    document["results"] = std::move(results);
    document["total_count"] = count;
    document["query"] = query;
    if (!found.unscanned.empty()) document["notice"] = unscanned_sentence(found.unscanned);
    return document;
}

Result<Json> search(ToolContext& context, const Search& input) {
    const auto project = connector_project(context.knowledge);
    if (!project) {
        return connector_answer(context.failure(failed_search(project.error().message)));
    }
    const auto found = complete_search(context.knowledge, {*project}, context.call.cancelled,
                                       [&](const std::vector<Project>& current) {
                                           return find(context.knowledge, current.front(), input);
                                       });
    if (!found) return connector_answer(context.failure(failed_search(found.error().message)));
    return connector_answer(results_document(*found, input.query));
}

}  // namespace

Tool search_tool(KnowledgeBase& knowledge) {
    return make_tool<Search>(knowledge,
                             {.name = "search",
                              .title = "Search Knowledge Base",
                              .description = kSearchDescription,
                              .parameters = search_parameters(),
                              .output_schema = wrapped_schema({"array"}),
                              .annotations = kReadsOnly,
                              .wraps_result = true},
                             search);
}

}  // namespace bm
