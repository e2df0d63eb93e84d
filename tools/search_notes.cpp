#include <algorithm>
#include <memory>
#include <utility>

#include "cloud/embedding_endpoint.hpp"
#include "markdown/text.hpp"
#include "repository/local_moment.hpp"
#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/complete_search.hpp"
#include "tools/meaning_failure_text.hpp"
#include "tools/meaning_search.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/search_criteria.hpp"
#include "tools/search_filters.hpp"
#include "tools/search_result.hpp"
#include "tools/tool_builder.hpp"
#include "tools/word_search.hpp"

namespace bm {
namespace {

constexpr std::int64_t kMaxSearchPageSize = 1000;  // one page has to fit into an answer

constexpr std::string_view kSearchNotesDescription =
    "Search the knowledge base: notes, their observations and relations. Words must all occur and "
    "match as beginnings; AND, OR, NOT and parentheses combine them; \"a phrase\" in quotes; "
    "`tag:name` selects by tag. search_type: text (default), title, permalink (with * as "
    "pattern), vector (notes that mean the same) or hybrid (words and meaning). Filters: types "
    "(frontmatter type), entity_types (entity, observation, relation), "
    "categories, tags, status, metadata_filters such as {\"priority\": {\"$gt\": 3}}, after_date. "
    "Results come best first; has_more says whether there is a next page.";

struct SearchNotes {
    enum class Output { object, text, json };

    ProjectWish wish;
    Paging paging;
    Output output = Output::object;
    bool all_projects = false;
    std::optional<std::string> query;
    std::string search_type;  ///< empty: what the configuration says
    std::optional<double> min_similarity;
    std::optional<std::string> after_date;
    SearchRequest request;  ///< everything but criterion, page and date
    bool has_filters = false;
    std::shared_ptr<MeaningCare> care = {};

    static tl::expected<SearchNotes, ArgumentProblem> from(const Arguments& arguments);
};

std::vector<Parameter> search_notes_parameters() {
    using Kind = Parameter::Kind;
    return {
        {.name = "query",
         .aliases = {"q", "search", "text"},
         .description = "Words to look for, or a memory:// address",
         .max_bytes = kMaxQueryBytes},
        project_parameter(),
        project_id_parameter(),
        page_parameter(),
        page_size_parameter(kMaxSearchPageSize),
        {.name = "search_type", .description = "text, title, permalink, vector or hybrid"},
        {.name = "types",
         .kind = Kind::strings,
         .aliases = {"note_type"},
         .second_name = "note_types",
         .description = "Types of notes, as in their frontmatter"},
        {.name = "entity_types",
         .kind = Kind::strings,
         .aliases = {"entity_type"},
         .description = "Kinds of rows: entity, observation, relation"},
        {.name = "after_date",
         .aliases = {"since", "after", "from_date"},
         .description = "Changed since then: a date, or words such as 2 weeks"},
        {.name = "categories",
         .kind = Kind::strings,
         .aliases = {"category"},
         .description = "Categories of observations"},
        {.name = "metadata_filters",
         .kind = Kind::object,
         .description = "Conditions on frontmatter keys"},
        {.name = "tags", .kind = Kind::strings, .description = "Tags that a note must all have"},
        {.name = "status", .description = "The status in the frontmatter"},
        {.name = "min_similarity",
         .kind = Kind::number,
         .aliases = {"threshold", "similarity_threshold"},
         .description = "Of a search by meaning: leaves out what is less similar, 0 to 1"},
        {.name = "search_all_projects",
         .kind = Kind::boolean,
         .fallback = false,
         .aliases = {"all_projects"},
         .description = "Search every project"},
        output_format_parameter(nullptr),
    };
}

/// Conditions on the notes of the rows, from the three arguments that can say one.
Result<std::vector<MetadataFilter>> metadata_conditions(const Arguments& arguments) {
    std::vector<MetadataFilter> conditions;
    if (arguments.has("metadata_filters")) {
        auto parsed = parse_metadata_filters(arguments.json("metadata_filters"));
        if (!parsed) {
            return parsed;
        }
        conditions = std::move(*parsed);
    }
    std::vector<std::string> tags;
    for (auto& tag : arguments.strings("tags")) {
        tag.erase(0, std::min(tag.find_first_not_of('#'), tag.size()));
        if (!tag.empty()) {
            tags.push_back(std::move(tag));
        }
    }
    if (!tags.empty()) {
        conditions.push_back(tags_filter(tags));
    }
    if (auto status = arguments.optional_text("status"); status && !is_blank(*status)) {
        conditions.push_back({"status", MetadataFilter::Operator::equals, {std::move(*status)}});
    }
    return conditions;
}

tl::expected<SearchNotes, ArgumentProblem> SearchNotes::from(const Arguments& arguments) {
    SearchNotes input;
    const auto paging = read_paging(arguments);
    if (!paging) {
        return tl::unexpected(paging.error());
    }
    input.paging = *paging;
    input.wish = read_project_wish(arguments);
    if (arguments.has("output_format")) {
        input.output = wants_json(arguments) ? Output::json : Output::text;
    }
    input.all_projects = arguments.flag("search_all_projects");
    input.query = arguments.optional_text("query");
    input.search_type = to_lower(trim(arguments.optional_text("search_type").value_or("")));
    input.min_similarity = arguments.optional_number("min_similarity");
    input.after_date = arguments.optional_text("after_date");
    input.request.note_types = arguments.strings("types");
    input.request.categories = arguments.strings("categories");

    const auto kinds = parse_item_kinds(arguments.strings("entity_types"));
    if (!kinds) {
        return body_problem(kinds.error().message);
    }
    auto conditions = metadata_conditions(arguments);
    if (!conditions) {
        return body_problem(conditions.error().message);
    }
    input.request.metadata = std::move(*conditions);
    input.has_filters = *kinds != 0 || !input.request.note_types.empty() ||
                        !input.request.categories.empty() || !input.request.metadata.empty() ||
                        input.after_date.has_value();
    if (*kinds != 0) {
        input.request.kinds = *kinds;
    } else if (input.output != Output::object) {
        const auto kind =
            input.request.categories.empty() ? ItemKind::entity : ItemKind::observation;
        input.request.kinds = 1U << static_cast<unsigned>(kind);
    }
    return input;
}

bool is_semantic(std::string_view search_type) {
    return search_type == "vector" || search_type == "semantic" || search_type == "hybrid";
}

std::string no_criteria() {
    return "# No Search Criteria\n\n"
           "Say what to look for. Give at least one of:\n"
           "- `query`: words, a phrase in quotes, or a memory:// address\n"
           "- `types`: types of notes, for example [\"meeting\"]\n"
           "- `entity_types`: entity, observation or relation\n"
           "- `categories`: categories of observations\n"
           "- `tags`: tags that a note must have\n"
           "- `status`: the status in the frontmatter\n"
           "- `metadata_filters`: conditions on other frontmatter keys\n"
           "- `after_date`: only what changed since then\n\n"
           "To see what changed lately, use `recent_activity()`.";
}

SearchMode mode_of(std::string_view search_type) {
    if (search_type == "title") {
        return SearchMode::title;
    }
    return search_type == "permalink" ? SearchMode::permalink : SearchMode::text;
}

PreparedSearch prepared(const SearchNotes& input, const KnowledgeBase& knowledge) {
    PreparedSearch search{mode_of(input.search_type), input.query.value_or(""), input.request};
    if (search.mode != SearchMode::permalink) {
        auto shorthand = take_tag_shorthand(search.query);
        if (!shorthand.tags.empty()) {
            search.request.metadata.push_back(tags_filter(shorthand.tags));
            search.query = std::move(shorthand.remainder);
        }
    }
    if (input.after_date) {
        const auto moment = local_moment(*input.after_date, knowledge.now());
        if (moment) {  // a date that nobody can read filters nothing
            search.request.changed_after = *moment;
        }
    }
    search.request.relax = input.output != SearchNotes::Output::object;
    return search;
}

Json rendered(const SearchNotes& input, const SearchAnswer& answer, const std::string& project) {
    switch (input.output) {
        case SearchNotes::Output::object:
            return search_object(answer, RowForm::complete);
        case SearchNotes::Output::json:
            return search_object(answer, RowForm::compact);
        case SearchNotes::Output::text:
            break;
    }
    return search_text(answer, input.query.value_or(""), project);
}

/// Words may look like anything; what is looked up as a path must not lead out.
Json refused_lookup(ToolContext& context, const SearchNotes& input, const std::string& query,
                    const Project& project, const std::string& searched) {
    log_refusal(context, project, query);
    const SearchAnswer nothing{{}, 0, false, input.paging.page, input.paging.size};
    return context.failure(rendered(input, nothing, searched));
}

bool has_words(std::string_view query) {
    const auto words = trim(query);
    return !words.empty() && words != "*";
}

/// None when the words alone decide: nobody asked for meanings, or there is nothing to compare.
std::optional<MeaningWish> meaning_wish(const SearchNotes& input, const PreparedSearch& search,
                                        const Config& config) {
    const bool by_default = input.search_type.empty() && config.semantic_search_enabled;
    if ((!by_default && !is_semantic(input.search_type)) || !has_words(search.query)) return {};
    MeaningWish wish;
    wish.text = search.query;
    wish.words_too = by_default || input.search_type == "hybrid";
    wish.is_asked_for = !by_default;
    wish.request = search.request;
    wish.lowest = input.min_similarity;
    return wish;
}

Result<Json> found_by_meaning(ToolContext& context, const SearchNotes& input,
                              const MeaningWish& wish, const std::vector<Project>& projects,
                              const std::string& searched, bool is_everywhere) {
    // A first scan that is not finished is waited for as in a search for words.
    KnowledgeBase& knowledge = context.knowledge;
    std::vector<Project> current = projects;
    const auto is_unscanned = [&](const Project& project) {
        return !knowledge.was_scanned(project) && can_be_scanned(project);
    };
    std::vector<std::string> unscanned;
    if (std::any_of(current.begin(), current.end(), is_unscanned) &&
        wait_for_first_scans(knowledge, current, context.call.cancelled)) {
        for (const auto& project : current) {
            if (is_unscanned(project)) unscanned.push_back(project.name.str());
        }
    }
    auto answer = search_by_meaning(knowledge, *input.care, current, is_everywhere, wish,
                                    input.paging, context.call.cancelled);
    if (!answer) {
        return tl::unexpected<Error>(answer.error());
    }
    if (!*answer) {
        return context.failure(
            meanings_missing_text(answer->error(), input.search_type, input.query.value_or("")));
    }
    (*answer)->unscanned = std::move(unscanned);
    return rendered(input, **answer, searched);
}

Result<Json> search_notes(ToolContext& context, const SearchNotes& input) {
    if (!input.query && !input.has_filters) {
        return context.failure(no_criteria());
    }
    auto& knowledge = context.knowledge;
    const auto search = prepared(input, knowledge);
    // Only an address names a project; the words of a query are words.
    const bool is_address = input.query && input.query->find("memory://") != std::string::npos;
    const bool is_lookup = is_address || search.mode == SearchMode::permalink;
    const auto wish = is_address ? std::nullopt : meaning_wish(input, search, *knowledge.config());
    if (!wish && !is_address && is_semantic(input.search_type)) {
        return context.failure(nothing_to_compare_text(input.search_type));
    }
    if (input.all_projects && !is_given(input.wish.project) && !is_given(input.wish.project_id) &&
        !knowledge.constraint()) {
        const auto projects = knowledge.projects();
        for (const auto& project : projects) {
            if (is_lookup && !stays_inside(project, search.query)) {
                return refused_lookup(context, input, search.query, project, "all projects");
            }
        }
        if (wish) return found_by_meaning(context, input, *wish, projects, "all projects", true);
        const auto answer = complete_search(
            knowledge, projects, context.call.cancelled, [&](const std::vector<Project>& current) {
                return search_all(knowledge, current, search, input.paging);
            });
        if (!answer) {
            return tl::unexpected<Error>(answer.error());
        }
        return rendered(input, *answer, "all projects");
    }
    const auto chosen = is_address ? project_for(knowledge, input.wish, *input.query)
                                   : project_for(knowledge, input.wish);
    if (!chosen) {
        return tl::unexpected<Error>(chosen.error());
    }
    if (is_lookup && !stays_inside(chosen->project, search.query)) {
        return refused_lookup(context, input, search.query, chosen->project,
                              chosen->project.name.str());
    }
    if (wish) {
        return found_by_meaning(context, input, *wish, {chosen->project},
                                chosen->project.name.str(), false);
    }
    const auto answer =
        complete_search(knowledge, {chosen->project}, context.call.cancelled,
                        [&](const std::vector<Project>& current) {
                            return search_one(knowledge, current.front(), search, input.paging);
                        });
    if (!answer) {
        return tl::unexpected<Error>(answer.error());
    }
    return rendered(input, *answer, chosen->project.name.str());
}

}  // namespace

Tool search_notes_tool(KnowledgeBase& knowledge) {
    // Both do nothing before somebody compares meanings.
    auto endpoints = std::make_shared<EmbeddingEndpoints>();
    auto care = std::make_shared<MeaningCare>(
        knowledge, [endpoints](const Config& config) { return endpoints->current(config); });
    const auto read = [care](const Arguments& arguments, const Json&) {
        auto input = SearchNotes::from(arguments);
        if (input) input->care = care;
        return input;
    };
    return make_tool_reading<SearchNotes>(knowledge,
                                          {.name = "search_notes",
                                           .title = "Search Notes",
                                           .description = kSearchNotesDescription,
                                           .parameters = search_notes_parameters(),
                                           .output_schema = wrapped_schema({"string", "object"}),
                                           .annotations = kReadsOnly,
                                           .wraps_result = true},
                                          read, search_notes);
}

}  // namespace bm
