#include <utility>

#include "host/route_call.hpp"
#include "repository/local_moment.hpp"
#include "tools/complete_search.hpp"
#include "tools/search_criteria.hpp"
#include "tools/search_filters.hpp"
#include "tools/search_result.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestPage = 1000;
constexpr std::size_t kMostPages = 1'000'000;

/// What is looked for: the first that is given counts.
struct Wanted {
    SearchMode mode = SearchMode::text;
    std::string query;
};

Wanted wanted_of(RouteBody& body) {
    constexpr std::pair<const char*, SearchMode> fields[]{
        {"permalink", SearchMode::permalink},
        {"permalink_match", SearchMode::permalink},
        {"title", SearchMode::title},
        {"text", SearchMode::text}};
    for (const auto& [name, mode] : fields) {
        if (auto query = body.text(name)) return {mode, *std::move(query)};
    }
    return {};
}

FieldFault wrong_field(const char* name, std::string message, const std::string& input) {
    return {"value_error", {name}, std::move(message), input};
}

}  // namespace

HttpResponse search_response(const RouteCall& call, const Project& project) {
    RouteQuery query(call.request);
    const std::size_t page = query.count("page", 1, kMostPages);
    const std::size_t size = query.count("page_size", 10, kLongestPage);
    if (query.fault()) return field_response(*query.fault());
    RouteBody body(call.request);
    const Wanted wanted = wanted_of(body);
    SearchRequest request;
    request.note_types = body.texts("types");
    const auto kinds = parse_item_kinds(body.texts("entity_types"));
    const auto after = body.text("after_date");
    if (body.fault()) return field_response(*body.fault());
    if (!kinds) return field_response(wrong_field("entity_types", kinds.error().message, ""));
    if (*kinds != 0) request.kinds = *kinds;
    KnowledgeBase& knowledge = call.space.knowledge();
    if (after) {
        const auto moment = local_moment(*after, knowledge.now());
        if (!moment)
            return field_response(wrong_field("after_date", "This is no date and no time", *after));
        request.changed_after = *moment;
    }
    request.limit = size;
    request.offset = (page - 1) * size;
    const auto criteria = criteria_for(wanted.mode, wanted.query, project);
    if (!criteria) return failure_response(criteria.error());
    const auto found = complete_search(
        knowledge, {project}, {}, [&](const std::vector<Project>& now) -> Result<FoundPage> {
            return knowledge.index().read([&](Tables& tables) {
                FoundPage one;
                if (!tables.projects.last_scan(now.front().id))
                    one.unscanned = {now.front().name.str()};
                one.page = search_by(tables.search, now.front().id, request, *criteria);
                return one;
            });
        });
    if (!found) return failure_response(found.error());
    SearchAnswer answer{{}, found->page.total, found->page.has_more, page, size, found->unscanned};
    for (const auto& row : found->page.rows) answer.rows.push_back({row, "", ""});
    return route_response(200, search_object(answer, RowForm::complete));
}

}  // namespace bm
