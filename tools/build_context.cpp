#include <algorithm>
#include <array>
#include <utility>

#include "markdown/memory_url.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "sync/link_resolver.hpp"
#include "sync/note_lookup.hpp"
#include "tools/all_tools.hpp"
#include "tools/context_result.hpp"
#include "tools/json_value.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/search_criteria.hpp"
#include "tools/time_window.hpp"
#include "tools/timed_tool.hpp"

namespace bm {
namespace {

constexpr std::size_t kLongestUrl = 2028;
constexpr std::int64_t kMaxContextPageSize = 1000;
constexpr std::int64_t kMaxRelated = 1000;     // rows of an answer that nobody reads further
constexpr std::int64_t kMaxContextDepth = 10;  // beyond that everything is related to everything
/// Ways in which a path can be read as note, relation type and target: one for each '/'.
constexpr std::size_t kMaxRelationPaths = 16;

constexpr std::string_view kBuildContextDescription =
    "Start at a note and get what is around it: its observations, its relations in both directions "
    "and the notes behind them. url is a memory:// address, permalink, title or path; "
    "`memory://specs/*` starts at every note below specs, `memory://specs/search/implements/*` at "
    "the targets of one relation. depth counts relations to follow. timeframe (default 7d) limits "
    "what is around the note, never the note. Use it to go on with earlier work.";

struct BuildContext {
    ProjectWish wish;
    MemoryUrl url;
    int depth = 1;
    std::optional<TimeWindow> window;  ///< none: no limit
    Paging paging;
    std::size_t max_related = 10;
    bool as_text = false;

    static tl::expected<BuildContext, ArgumentProblem> from(const Arguments& arguments,
                                                            const Json& raw, Timestamp now);
};

std::vector<Parameter> build_context_parameters() {
    using Kind = Parameter::Kind;
    return {
        {.name = "url",
         .required = true,
         .aliases = {"uri", "memory_url"},
         .description = "Required: memory:// address, permalink, title or path",
         .nullable = false,
         .max_bytes = kMaxQueryBytes},  // counted in characters below
        project_parameter(),
        project_id_parameter(),
        {.name = "depth",
         .kind = Kind::integer,
         .fallback = 1,
         .description = "How many relations to follow, 1 to 10",
         .complaint = "Invalid depth parameter"},
        {.name = "timeframe",
         .fallback = "7d",
         .aliases = {"since", "time_range", "lookback"},
         .description = "How far back, such as 7d or 2 weeks; null for no limit"},
        page_parameter(),
        page_size_parameter(kMaxContextPageSize),
        {.name = "max_related",
         .kind = Kind::integer,
         .fallback = 10,
         .aliases = {"max_results"},
         .description = "Related rows at most",
         .minimum = 0,
         .maximum = kMaxRelated,
         .nullable = false},
        output_format_parameter("json"),
    };
}

/// Null that was said, not left out: it lifts the limit.
bool is_unlimited(const Arguments& arguments, const Json& raw) {
    if (arguments.has("timeframe") || !raw.is_object()) return false;
    constexpr std::array kNames{"timeframe", "since", "time_range", "lookback"};
    return std::any_of(kNames.begin(), kNames.end(),
                       [&](const char* name) { return raw.contains(name); });
}

tl::expected<BuildContext, ArgumentProblem> BuildContext::from(const Arguments& arguments,
                                                               const Json& raw, Timestamp now) {
    BuildContext input;
    const std::string typed = arguments.text("url");
    if (typed.empty()) {
        return schema_problem("'' should be non-empty");
    }
    if (count_code_points(typed) > kLongestUrl) {
        return schema_problem(shown(std::string_view(typed)) + " is too long");
    }
    auto url = parse_memory_url(typed);
    if (!url) {
        return typed_problem("url", url.error().message);
    }
    input.url = *std::move(url);
    if (!is_unlimited(arguments, raw)) {
        auto window = parse_time_window(arguments.text("timeframe"), now);
        if (!window) {
            return typed_problem("timeframe", window.error().message);
        }
        input.window = *std::move(window);
    }
    const auto paging = read_paging(arguments);
    if (!paging) {
        return tl::unexpected(paging.error());
    }
    input.paging = *paging;
    input.wish = read_project_wish(arguments);
    input.depth =
        static_cast<int>(std::clamp(arguments.integer("depth"), std::int64_t{1}, kMaxContextDepth));
    input.max_related = static_cast<std::size_t>(arguments.integer("max_related"));
    input.as_text = !wants_json(arguments);
    return input;
}

/// The notes that a call starts at.
struct Primaries {
    std::vector<Entity> notes;
    bool has_more = false;
};

Primaries page_of(std::vector<Entity> notes, const Paging& paging) {
    Primaries page;
    const auto first = std::min(paging.offset(), notes.size());
    const auto last = std::min(notes.size() - first, paging.size) + first;
    page.has_more = last < notes.size();
    std::move(notes.begin() + static_cast<std::ptrdiff_t>(first),
              notes.begin() + static_cast<std::ptrdiff_t>(last), std::back_inserter(page.notes));
    return page;
}

/// The note named by the text before a relation type.
std::optional<Entity> source_note(Tables& tables, const Project& project,
                                  std::string_view identifier) {
    return resolve_identifier(tables, project.id, {project.permalink}, identifier).entity;
}

/// Whether `rest` names this target: its permalink, the end of it, or its title.
bool names_target(const Entity& target, std::string_view rest) {
    const std::string address = target.permalink.value_or(slug_keeping_suffix(target.path.str()));
    return address == rest || ends_with_ignoring_case(address, '/' + std::string(rest)) ||
           slug(target.title) == slug(rest);
}

/// The notes that `{note}/{relation type}/{target}` means; every target when the target is "*".
std::vector<Entity> by_relation_path(Tables& tables, const Project& project,
                                     std::string_view lookup) {
    std::size_t tries = 0;
    for (auto slash = lookup.find('/'); slash != std::string_view::npos;
         slash = lookup.find('/', slash + 1)) {
        const auto second = lookup.find('/', slash + 1);
        if (second == std::string_view::npos || ++tries > kMaxRelationPaths) {
            break;
        }
        const auto rest = lookup.substr(second + 1);
        const bool every = rest == "*";
        if (!every && rest.find('*') != std::string_view::npos) {
            continue;
        }
        const auto source = source_note(tables, project, lookup.substr(0, slash));
        if (!source) {
            continue;
        }
        auto targets =
            tables.context.targets_of(source->id, lookup.substr(slash + 1, second - slash - 1));
        if (!every) {
            std::erase_if(targets, [&](const Entity& each) { return !names_target(each, rest); });
        }
        if (!targets.empty()) {
            return targets;
        }
    }
    return {};
}

/// Notes whose permalink fits the pattern, with or without the project in front.
Primaries by_pattern(Tables& tables, const Project& project, const std::string& lookup,
                     const Paging& paging) {
    std::vector<std::string> patterns{lookup};
    const std::string prefix = project.permalink + '/';
    if (lookup.rfind(prefix, 0) == 0) {
        patterns.push_back(lookup.substr(prefix.size()));
    } else {
        patterns.push_back(prefix + lookup);
    }
    for (const auto& pattern : patterns) {
        if (tables.context.matching(project.id, pattern, 1, 0).empty()) {
            continue;
        }
        Primaries page;
        page.notes = tables.context.matching(project.id, pattern, paging.size + 1, paging.offset());
        if (page.notes.size() > paging.size) {
            page.notes.erase(page.notes.begin() + static_cast<std::ptrdiff_t>(paging.size),
                             page.notes.end());
            page.has_more = true;
        }
        return page;
    }
    return page_of(by_relation_path(tables, project, lookup), paging);
}

/// The answer when there is nothing at an address.
ContextAnswer nothing_at(const KnowledgeBase& knowledge, const BuildContext& input,
                         const Project& project) {
    ContextAnswer answer;
    answer.uri = input.url.lookup;
    answer.project = project.name.str();
    answer.depth = input.depth;
    if (input.window) {
        answer.since = input.window->since;
    }
    answer.page = input.paging.page;
    answer.page_size = input.paging.size;
    answer.generated = knowledge.now();
    return answer;
}

/// Starting points, observations and surroundings, all from one state of the index.
ContextAnswer context_of(KnowledgeBase& knowledge, const BuildContext& input,
                         const Project& project, const std::optional<Entity>& note) {
    ContextAnswer answer = nothing_at(knowledge, input, project);
    knowledge.index().read([&](Tables& tables) {
        Primaries start;
        if (input.url.glob) {
            start = by_pattern(tables, project, input.url.lookup, input.paging);
        } else if (note) {
            std::vector<Entity> one;
            if (auto fresh = tables.entities.by_id(note->id)) {
                one.push_back(*std::move(fresh));
            }
            start = page_of(std::move(one), input.paging);
        } else {
            auto targets = by_relation_path(tables, project, input.url.lookup);
            // A note may also be named by its title, which is not what permalinks look like.
            if (targets.empty()) targets = by_relation_path(tables, project, input.url.path);
            start = page_of(std::move(targets), input.paging);
        }
        std::vector<EntityId> seeds;
        for (const auto& primary : start.notes) {
            seeds.push_back(primary.id);
        }
        answer.observations = tables.graph.observations_of(seeds);
        answer.walk =
            tables.context.walk(project.id, seeds, input.depth, input.max_related, answer.since);
        answer.primaries = std::move(start.notes);
        answer.has_more = start.has_more;
    });
    return answer;
}

/// What is at the address of `input`, in the project that is chosen for it.
Result<ContextAnswer> answer_at(ToolContext& context, const BuildContext& input) {
    auto& knowledge = context.knowledge;
    const auto chosen = project_for(knowledge, input.wish, input.url.url);
    if (!chosen) {
        return tl::unexpected<Error>(chosen.error());
    }
    if (!stays_inside(chosen->project, input.url.path)) {
        log_refusal(context, chosen->project, input.url.path);
        return context.failure(nothing_at(knowledge, input, chosen->project));
    }
    Project project = chosen->project;
    std::optional<Entity> note;
    if (!input.url.glob) {
        auto found = find_note(knowledge, project, chosen->is_explicit, input.url.path,
                               LookupPurpose::reading);
        if (found) {
            project = std::move(found->project);
            note = std::move(found->entity);
        } else if (found.error().fault != Fault::not_found) {
            return tl::unexpected<Error>(found.error());
        }
    }
    auto answer = context_of(knowledge, input, project, note);
    if (!answer.primaries.empty() || note || chosen->is_explicit || knowledge.constraint()) {
        return answer;
    }
    // find_note has looked for a project in front of a plain address; patterns and relation paths
    // have not been looked up there yet.
    const auto other = project_in_front(knowledge, input.url.path);
    if (!other || other->project.id == project.id) {
        return answer;
    }
    auto elsewhere = context_of(knowledge, input, other->project, std::nullopt);
    return elsewhere.primaries.empty() ? std::move(answer) : std::move(elsewhere);
}

/// The same call without the workspace in front of the address.
std::optional<BuildContext> without_workspace_in_front(const BuildContext& input) {
    const auto rest = without_leading_workspace(input.url.path);
    auto url = rest ? parse_memory_url(*rest) : fail(Fault::not_found, "");
    if (!url) {
        return std::nullopt;
    }
    auto shorter = input;
    shorter.url = *std::move(url);
    return shorter;
}

Result<Json> build_context(ToolContext& context, const BuildContext& input) {
    auto answer = answer_at(context, input);
    if (!context.failed && (!answer || answer->primaries.empty())) {
        if (const auto shorter = without_workspace_in_front(input)) {
            auto again = answer_at(context, *shorter);
            if (again && !again->primaries.empty()) {
                answer = std::move(again);
            }
        }
    }
    if (!answer) {
        return tl::unexpected<Error>(answer.error());
    }
    return input.as_text ? Json(context_text(*answer)) : context_object(*answer);
}

}  // namespace

Tool build_context_tool(KnowledgeBase& knowledge) {
    return make_timed_tool<BuildContext>(knowledge,
                                         {.name = "build_context",
                                          .title = "Build Context",
                                          .description = kBuildContextDescription,
                                          .parameters = build_context_parameters(),
                                          .output_schema = open_object_schema(),
                                          .annotations = kReadsOnly,
                                          .wraps_result = false},
                                         build_context);
}

}  // namespace bm
