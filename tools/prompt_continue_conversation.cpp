#include <map>
#include <utility>

#include "tools/all_prompts.hpp"
#include "tools/call_text.hpp"
#include "tools/completion.hpp"
#include "tools/prompt_values.hpp"
#include "tools/row_json.hpp"
#include "tools/search_criteria.hpp"
#include "tools/search_filters.hpp"

namespace bm {
namespace {

constexpr std::size_t kHits = 10;
constexpr std::size_t kRelatedForEach = 10;
constexpr const char* kTimeframeOfTopics = "7d";

/// The notes that a conversation goes on from, and what is around them.
struct Memories {
    std::vector<Entity> notes;
    std::map<EntityId, std::vector<StoredObservation>> observations;
    std::map<EntityId, std::vector<RelatedItem>> related;
};

std::vector<EntityId> hits_for_topic(Tables& tables, const Project& project,
                                     const std::string& topic,
                                     const std::optional<TimeWindow>& window) {
    auto shorthand = take_tag_shorthand(topic);
    SearchRequest request;
    request.kinds = 1U << static_cast<unsigned>(ItemKind::entity);
    request.limit = kHits;
    request.relax = true;
    if (!shorthand.tags.empty()) {
        request.metadata.push_back(tags_filter(shorthand.tags));
    }
    if (window) {
        request.changed_after = window->since;
    }
    std::vector<EntityId> ids;
    if (const auto criteria = criteria_for(SearchMode::text, shorthand.remainder, project)) {
        for (const auto& row : search_by(tables.search, project.id, request, *criteria).rows) {
            ids.push_back(row.entity);
        }
    }
    return ids;
}

std::vector<EntityId> recent_hits(Tables& tables, const Project& project,
                                  const TimeWindow& window) {
    const auto page = tables.activity.recent(
        project.id, 1U << static_cast<unsigned>(ItemKind::entity), window.since, kHits, 0);
    std::vector<EntityId> ids;
    for (const auto& row : page.rows) {
        ids.push_back(row.entity.id);
    }
    return ids;
}

Memories memories_of(Tables& tables, const Project& project, const std::vector<EntityId>& ids) {
    Memories memories;
    memories.notes = tables.entities.by_ids(ids);
    for (auto& observation : tables.graph.observations_of(ids)) {
        memories.observations[observation.entity].push_back(std::move(observation));
    }
    // One walk for each note, so that a note with many relations leaves room for the others.
    for (const auto& id : ids) {
        memories.related[id] =
            tables.context.walk(project.id, {id}, 1, kRelatedForEach, std::nullopt).items;
    }
    return memories;
}

std::string read_hint(const std::optional<std::string>& permalink, const std::string& path) {
    return '`' +
           (permalink ? call_text("read_note", {{"", *permalink}})
                      : call_text("read_content", {{"", path}})) +
           '`';
}

std::string related_line(const RelatedItem& item) {
    if (item.entity) {
        return "- type: **" + item.entity->type + "**, title: " + item.entity->title +
               ", read it with " + read_hint(item.entity->permalink, item.entity->path.str()) +
               '\n';
    }
    const auto& edge = *item.edge;
    return "- type: **relation**, title: " + edge.from_title + " → " + edge.relation.type + " → " +
           target_name(edge) + ", stated in " +
           read_hint(edge.from_permalink, edge.from_path.str()) + '\n';
}

std::string memory_block(const Entity& note, Memories& memories) {
    std::string block = "<memory>\n--- memory://" + note.permalink.value_or(note.path.str()) +
                        "\n\n## " + note.title + "\n- **Type**: " + note.type +
                        "\n- **Created**: " + local_minute(note.created) + '\n';
    if (!note.excerpt.empty()) {
        block += "\n<excerpt>\n" + note.excerpt + "\n</excerpt>\n";
    }
    const auto& observations = memories.observations[note.id];
    if (!observations.empty()) {
        block += "\n## Observations\n";
        for (const auto& observation : observations) {
            block += "<observation>\n- [" + observation.category + "] " + observation.content +
                     "\n</observation>\n";
        }
    }
    block += "\nThe whole note: " + read_hint(note.permalink, note.path.str()) + '\n';
    const auto& related = memories.related[note.id];
    if (!related.empty()) {
        block += "\n## Related Context\n";
        for (const auto& item : related) {
            block += related_line(item);
        }
    }
    return block + "</memory>\n\n";
}

std::string nothing_found(const std::string& topic) {
    return "The supplied query did not return any information specifically on this topic.\n\n"
           "## Opportunity to Capture New Knowledge!\n\n"
           "Nothing is recorded about it yet. When the conversation brings something worth "
           "keeping, offer to write it down:\n\n"
           "```\nwrite_note(\n    title=\"" +
           topic + "\",\n    content=\"# " + topic +
           "\\n\\n- [context] What this is about\\n- relates_to [[Another Note]]\",\n"
           "    directory=\"notes\"\n)\n```\n\n"
           "Other ways to go on:\n"
           "- Search with other words for the same thing.\n"
           "- Look at a longer time: `recent_activity(timeframe=\"30d\")`\n"
           "- Ask the user where they last worked on it.\n\n";
}

std::string next_steps(const std::string& topic, const std::string& timeframe) {
    return "## Next Steps\n\n"
           "- Look for more: `" +
           call_text("search_notes", {{"", topic}}) +
           "`\n"
           "- See what else changed: `recent_activity(timeframe=\"" +
           timeframe +
           "\")`\n"
           "- Follow the links of a note: `build_context(\"memory://...\")`\n"
           "- Record what comes out of it: `write_note(title=\"...\", content=\"...\", "
           "directory=\"...\")`\n\n"
           "## Knowledge Capture Recommendation\n\n"
           "While you talk, watch for decisions, facts and open questions. Offer to add them to "
           "the notes above, or to a new one that links to them.";
}

std::string conversation_text(const std::string& topic, const std::string& timeframe,
                              Memories& memories) {
    std::string text =
        "# Continuing conversation on: " + topic +
        "\n\nThis is a memory retrieval session: the user wants to go on from what is "
        "already written down.\n\n"
        "Please use the available basic-memory tools to read what you need before you "
        "answer. Start by executing one of the suggested commands below.\n\n"
        "Record new knowledge as it comes up, with the user's consent, using "
        "`write_note()`.\n\n";
    for (const auto& note : memories.notes) {
        text += memory_block(note, memories);
    }
    if (memories.notes.empty()) {
        text += nothing_found(topic);
    }
    return text + next_steps(topic, timeframe);
}

Result<std::string> continue_conversation(KnowledgeBase& knowledge, const PromptValues& values) {
    const auto project = prompt_project(knowledge, values);
    if (!project) {
        return tl::unexpected<Error>(project.error());
    }
    const auto now = knowledge.now();
    const auto window = window_of(values, now);
    if (!window) {
        return tl::unexpected<Error>(window.error());
    }
    const auto topic = prompt_value(values, "topic");
    const auto lately = *window ? **window : *parse_time_window(kTimeframeOfTopics, now);
    auto memories = knowledge.index().read([&](Tables& tables) {
        const auto ids = topic ? hits_for_topic(tables, *project, *topic, *window)
                               : recent_hits(tables, *project, lately);
        return memories_of(tables, *project, ids);
    });
    const std::string shown_topic = topic ? *topic : "Recent Activity from (" + lately.label + ")";
    return conversation_text(shown_topic, lately.label, memories);
}

}  // namespace

Prompt continue_conversation_prompt(KnowledgeBase& knowledge) {
    return {"continue_conversation",
            "Continue Conversation",
            "Continue a previous conversation",
            {{"topic", "What the conversation was about; recent activity when left out", false},
             {"timeframe", "How far back to look, such as 7d or 2 weeks", false}},
            [&knowledge](const CallContext&, const PromptValues& values) {
                return continue_conversation(knowledge, values);
            },
            [&knowledge](std::string_view argument, std::string_view typed,
                         const PromptValues& others) -> std::vector<std::string> {
                if (argument == "timeframe") {
                    return complete_timeframe(typed);
                }
                const auto project = prompt_project(knowledge, others);
                return argument == "topic" && project ? complete_title(knowledge, *project, typed)
                                                      : std::vector<std::string>{};
            }};
}

}  // namespace bm
