#include <algorithm>
#include <cstdio>
#include <utility>

#include "tools/all_prompts.hpp"
#include "tools/call_text.hpp"
#include "tools/complete_search.hpp"
#include "tools/completion.hpp"
#include "tools/prompt_values.hpp"
#include "tools/row_json.hpp"
#include "tools/search_criteria.hpp"
#include "tools/search_filters.hpp"

namespace bm {
namespace {

constexpr std::size_t kShown = 5;

std::string two_decimals(double score) {
    char text[64];
    std::snprintf(text, sizeof text, "%.2f", score);
    return text;
}

std::string result_block(std::size_t number, const SearchRow& row) {
    std::string block = "## " + std::to_string(number) + ". " + row.title +
                        "\n- **Type**: " + std::string(kind_name(row.kind)) +
                        "\n- **Created**: " + local_minute(row.created) +
                        "\n- **Relevance Score**: " + two_decimals(row.score) + '\n';
    if (row.content && !row.content->empty()) {
        block += "- **Excerpt**: " + *row.content + '\n';
    }
    // An observation or a relation is read in the note that states it.
    const auto& note = row.entity_permalink;
    if (note) {
        block += "\nYou can view this content with: `read_note(\"" + *note +
                 "\")`\nOr see what is around it with: `build_context(\"memory://" + *note +
                 "\")`\n";
    } else {
        block += "\nYou can view this content with: `read_content(\"" + row.path + "\")`\n";
    }
    return block + '\n';
}

std::string found_text(const SearchPage& page, const std::string& query) {
    std::string text =
        "I found " + std::to_string(page.total) + " result(s) that match your query.\n\n";
    for (std::size_t i = 0; i < std::min(page.rows.size(), kShown); ++i) {
        text += result_block(i + 1, page.rows[i]);
    }
    return text +
           "## Next Steps\n\n"
           "- Read the results that fit with `read_note`, then answer from them and name the "
           "notes.\n"
           "- See all results: `search_notes(" +
           string_literal(query) +
           ", page_size=20)`\n"
           "- Narrow them down: `search_notes(" +
           string_literal(query) +
           ", types=[\"note\"], "
           "after_date=\"30d\")`\n\n"
           "## Synthesize and Capture Knowledge\n\n"
           "When the answer draws several notes together, offer to keep it:\n\n"
           "```\nwrite_note(\n    title=\"Summary: " +
           query + "\",\n    content=\"# Summary: " + query +
           "\\n\\n- [insight] What the notes say together\\n- summarizes [[Note Title]]\",\n"
           "    directory=\"summaries\"\n)\n```";
}

std::string nothing_text(const std::string& query) {
    return "I couldn't find any results for this query.\n\n"
           "## Opportunity to Capture Knowledge!\n\n"
           "If the user can tell you about it, offer to write it down:\n\n"
           "```\nwrite_note(\n    title=\"" +
           query + "\",\n    content=\"# " + query +
           "\\n\\n- [fact] What is known\\n- relates_to [[Another Note]]\",\n"
           "    directory=\"notes\"\n)\n```\n\n"
           "Other suggestions:\n"
           "- Use fewer words, or other words for the same thing joined by `OR`.\n"
           "- Look at what changed lately: `recent_activity(timeframe=\"30d\")`\n"
           "- See which notes there are: `list_directory(\"/\", depth=2)`";
}

Result<std::string> search_knowledge_base(KnowledgeBase& knowledge, const CallContext& call,
                                          const PromptValues& values) {
    const auto project = prompt_project(knowledge, values);
    if (!project) {
        return tl::unexpected<Error>(project.error());
    }
    const auto window = window_of(values, knowledge.now());
    if (!window) {
        return tl::unexpected<Error>(window.error());
    }
    const auto query = prompt_value(values, "query");
    if (!query) {
        return fail(Fault::invalid, "Give a query: the words to look for.");
    }
    auto shorthand = take_tag_shorthand(*query);
    const auto criteria = criteria_for(SearchMode::text, shorthand.remainder, *project);
    if (!criteria) {
        return tl::unexpected<Error>(criteria.error());
    }
    SearchRequest request;
    request.relax = true;
    if (!shorthand.tags.empty()) {
        request.metadata.push_back(tags_filter(shorthand.tags));
    }
    if (*window) {
        request.changed_after = (*window)->since;
    }
    const auto search = [&](const std::vector<Project>& current) -> Result<FoundPage> {
        return knowledge.index().read([&](Tables& tables) {
            FoundPage found;
            const Project& searched = current.front();
            if (!tables.projects.last_scan(searched.id)) found.unscanned = {searched.name.str()};
            found.page = search_by(tables.search, searched.id, request, *criteria);
            return found;
        });
    };
    const auto found = complete_search(knowledge, {*project}, call.cancelled, search);
    const SearchPage& page = found->page;
    return "# Search Results for: \"" + *query + '"' +
           (*window ? " (after " + (*window)->label + ')' : std::string()) +
           "\n\nThe user searched their knowledge base in the project '" + project->name.str() +
           "'.\n\n" +
           (found->unscanned.empty() ? "" : unscanned_sentence(found->unscanned) + "\n\n") +
           (page.rows.empty() ? nothing_text(*query) : found_text(page, *query));
}

}  // namespace

Prompt search_knowledge_base_prompt(KnowledgeBase& knowledge) {
    return {"search_knowledge_base",
            "Search Knowledge Base",
            "Search across all content in basic-memory",
            {{"query", "Words to look for", true},
             {"timeframe", "Only what changed since then, such as 7d or 2 weeks", false}},
            [&knowledge](const CallContext& call, const PromptValues& values) {
                return search_knowledge_base(knowledge, call, values);
            },
            [&knowledge](std::string_view argument, std::string_view typed,
                         const PromptValues& others) -> std::vector<std::string> {
                if (argument == "timeframe") {
                    return complete_timeframe(typed);
                }
                const auto project = prompt_project(knowledge, others);
                return argument == "query" && project ? complete_title(knowledge, *project, typed)
                                                      : std::vector<std::string>{};
            }};
}

}  // namespace bm
