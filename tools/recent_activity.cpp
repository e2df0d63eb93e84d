#include <algorithm>
#include <utility>

#include "markdown/text.hpp"
#include "tools/activity_reading.hpp"
#include "tools/activity_report.hpp"
#include "tools/all_tools.hpp"
#include "tools/project_choice.hpp"
#include "tools/search_filters.hpp"
#include "tools/time_window.hpp"
#include "tools/timed_tool.hpp"

namespace bm {
namespace {

constexpr std::int64_t kMaxActivityPageSize = 100;
/// How deep the merged rows of several projects can be read: each project gives as many.
constexpr std::size_t kMaxMergedActivity = 10'000;

constexpr std::string_view kRecentActivityDescription =
    "See what changed lately: notes, observations and connections, newest first. Call it at the "
    "start of a session. Without a project, and when there is no default, it looks at every "
    "project and says which is the busiest. timeframe: 7d (default), 24h, today, yesterday, 2 "
    "weeks, last month. type: entity, observation, relation, or a list of them.";

struct RecentActivity {
    ProjectWish wish;
    ActivityQuery query;
    bool as_json = false;

    static tl::expected<RecentActivity, ArgumentProblem> from(const Arguments& arguments,
                                                              const Json& raw, Timestamp now);
};

std::vector<Parameter> recent_activity_parameters() {
    using Kind = Parameter::Kind;
    return {
        {.name = "type",
         .kind = Kind::strings,
         .aliases = {"types", "kind"},
         .description = "entity, observation, relation; all of them when empty"},
        {.name = "depth",
         .kind = Kind::integer,
         .fallback = 1,
         .description = "Accepted for older clients; of no effect"},
        {.name = "timeframe",
         .fallback = "7d",
         .aliases = {"since", "time_range", "lookback"},
         .description = "How far back, such as 7d or 2 weeks"},
        project_parameter(),
        project_id_parameter(),
        page_parameter(),
        page_size_parameter(kMaxActivityPageSize),
        output_format_parameter(nullptr),
    };
}

KindSet only(ItemKind kind) { return 1U << static_cast<unsigned>(kind); }

tl::expected<RecentActivity, ArgumentProblem> RecentActivity::from(const Arguments& arguments,
                                                                   const Json& /*raw*/,
                                                                   Timestamp now) {
    RecentActivity input;
    const auto words = arguments.text("timeframe");
    auto window = parse_time_window(words, now);
    if (!window) {
        return typed_problem("timeframe", window.error().message);
    }
    const auto paging = read_paging(arguments);
    if (!paging) {
        return tl::unexpected(paging.error());
    }
    KindSet named = 0;
    for (const auto& type : arguments.strings("type")) {
        const auto kind = parse_item_kinds({type});
        if (!kind) {
            return body_problem("Invalid type: " + type +
                                ". Valid types are: ['entity', 'observation', 'relation']");
        }
        named |= *kind;
    }
    input.wish = read_project_wish(arguments);
    input.as_json = arguments.has("output_format") && wants_json(arguments);
    const bool newer_client =
        arguments.has("output_format") || arguments.has("page") || arguments.has("page_size");
    input.query.kinds_were_named = named != 0;
    if (named != 0) {
        input.query.kinds = named;
    } else if (newer_client) {
        input.query.kinds = only(ItemKind::entity);
    }
    input.query.timeframe = std::move(window->label);
    input.query.since = window->since;
    input.query.page = paging->page;
    input.query.page_size = paging->size;
    return input;
}

/// The newest rows of all projects as one list.
Json merged_rows(const std::vector<ProjectActivity>& activities, const Paging& paging) {
    struct Row {
        const ActivityRow* row;
        const std::string* project;
        Timestamp changed;
    };
    std::vector<Row> rows;
    for (const auto& activity : activities) {
        for (const auto& row : activity.page.rows) {
            rows.push_back({&row, &activity.project.name.str(),
                            std::max(row.entity.created, row.entity.updated)});
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& left, const Row& right) {
        return left.changed > right.changed;
    });
    Json list = Json::array();
    for (std::size_t i = std::min(paging.offset(), rows.size());
         i < rows.size() && list.size() < paging.size; ++i) {
        list.push_back(activity_rows({*rows[i].row}, *rows[i].project).front());
    }
    return list;
}

Json everywhere(KnowledgeBase& knowledge, const RecentActivity& input) {
    const Paging paging{input.query.page, input.query.page_size};
    // Rows are merged for a list; the text needs the newest of each project only.
    const auto wanted = input.as_json && paging.offset() < kMaxMergedActivity
                            ? std::min(paging.offset() + paging.size, kMaxMergedActivity)
                            : paging.size;
    const auto activities = read_activity(knowledge, knowledge.projects(), input.query, wanted, 0);
    return input.as_json ? merged_rows(activities, paging)
                         : Json(discovery_text(activities, input.query, knowledge.now()));
}

Result<Json> recent_activity(ToolContext& context, const RecentActivity& input) {
    auto& knowledge = context.knowledge;
    const auto chosen = project_or_none(knowledge, input.wish);
    if (!chosen) {
        return tl::unexpected<Error>(chosen.error());
    }
    if (!*chosen) {
        return everywhere(knowledge, input);
    }
    const Paging paging{input.query.page, input.query.page_size};
    const auto activities =
        read_activity(knowledge, {(*chosen)->project}, input.query, paging.size, paging.offset());
    return input.as_json ? activity_rows(activities.front().page.rows, "")
                         : Json(project_activity_text(activities.front(), input.query));
}

}  // namespace

Tool recent_activity_tool(KnowledgeBase& knowledge) {
    return make_timed_tool<RecentActivity>(knowledge,
                                           {.name = "recent_activity",
                                            .title = "Recent Activity",
                                            .description = kRecentActivityDescription,
                                            .parameters = recent_activity_parameters(),
                                            .output_schema = wrapped_schema({"string", "array"}),
                                            .annotations = kReadsOnly,
                                            .wraps_result = true},
                                           recent_activity);
}

}  // namespace bm
