#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "cli/cloud_connection.hpp"
#include "cli/upkeep_commands.hpp"
#include "markdown/text.hpp"
#include "repository/clock.hpp"
#include "repository/tokenizer.hpp"
#include "sync/note_lookup.hpp"
#include "tools/search_criteria.hpp"

namespace bm {

namespace {

Json text_or_null(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
}

void print_report(Application& application, const Json& report) {
    application.terminal().line(report.dump(2, ' ', true, Json::error_handler_t::replace));
}

/// The project of a command, by its id or name; prints what is wrong.
std::optional<Project> inspected_project(Application& application,
                                         const std::optional<std::string>& name,
                                         const std::optional<std::string>& id) {
    if (!id) return chosen_project(application, name);
    for (const Project& project : application.knowledge().projects()) {
        if (project.external_id == *id) return project;
    }
    application.terminal().name_failure("project_not_found");
    fail_command(application,
                 "there is no project with the id '" + *id + "'. See: bm project list");
    return std::nullopt;
}

/// An id is no name: which project it means is looked up here only.
template <class Command>
std::optional<int> refused_inspection(Application& application, const Command& command) {
    return command.project_id ? refused_on_cloud(application, "inspect")
                              : refused_on_cloud(application, "inspect", command.project);
}

/// What the index holds for one note.
struct NoteRows {
    std::vector<StoredObservation> observations;
    std::vector<Edge> outgoing;
    std::vector<Edge> incoming;
    std::size_t documents = 0;
};

NoteRows rows_of(KnowledgeBase& knowledge, const Entity& entity) {
    return knowledge.index().read([&](Tables& tables) {
        return NoteRows{tables.graph.observations_of(entity.id), tables.graph.outgoing(entity.id),
                        tables.graph.incoming(entity.id),
                        tables.graph.text_docs(entity.id).size() + 1};
    });
}

/// Whether the file still says what was indexed. The bytes are asked:
/// a stamp also differs when a file was only touched, or indexed within a step of the clock.
std::string file_state(KnowledgeBase& knowledge, const FoundNote& note) {
    const auto measured = knowledge.files(note.project)->measure(note.entity.path);
    if (!measured) {
        return measured.error().fault == Fault::not_found ? "gone" : "cannot be read";
    }
    return measured->checksum == note.entity.checksum ? "as indexed" : "changed since";
}

Json note_json(const FoundNote& note, const NoteRows& rows, const std::string& state) {
    Json observations = Json::array();
    for (const auto& each : rows.observations) {
        observations.push_back({{"category", each.category},
                                {"content", each.content},
                                {"context", text_or_null(each.context)},
                                {"tags", each.tags}});
    }
    Json outgoing = Json::array();
    for (const Edge& each : rows.outgoing) {
        outgoing.push_back({{"type", each.relation.type},
                            {"text", each.relation.to_name},
                            {"resolved", each.relation.to.has_value()},
                            {"to", text_or_null(each.to_path)}});
    }
    Json incoming = Json::array();
    for (const Edge& each : rows.incoming) {
        incoming.push_back({{"type", each.relation.type}, {"from", each.from_path.str()}});
    }
    const Entity& entity = note.entity;
    const Json metadata = Json::parse(entity.metadata, nullptr, false);
    return {{"project", note.project.name.str()},
            {"title", entity.title},
            {"permalink", text_or_null(entity.permalink)},
            {"file_path", entity.path.str()},
            {"type", entity.type},
            {"content_type", entity.content_type},
            {"external_id", entity.external_id},
            {"checksum", entity.checksum.hex()},
            {"size", entity.stamp.size},
            {"created_at", iso8601_utc(entity.created)},
            {"updated_at", iso8601_utc(entity.updated)},
            {"file", state},
            {"metadata", metadata.is_discarded() ? Json(nullptr) : metadata},
            {"search_documents", rows.documents},
            {"observations", observations},
            {"outgoing", outgoing},
            {"incoming", incoming}};
}

void print_note(Terminal& terminal, const FoundNote& note, const NoteRows& rows,
                const std::string& state) {
    const Entity& entity = note.entity;
    terminal.line(terminal.bold(entity.title) + "  (" + note.project.name.str() + ")");
    const auto row = [&terminal](std::string name, const std::string& value) {
        constexpr std::size_t columns = 12;
        name.resize(columns, ' ');
        terminal.line("  " + name + printable(value));
    };
    row("File",
        entity.path.str() + "  (" + std::to_string(entity.stamp.size) + " bytes, " + state + ')');
    row("Permalink", entity.permalink.value_or("(none)"));
    row("Type", entity.type);
    row("Created", local_minute(entity.created));
    row("Updated", local_minute(entity.updated));
    row("Checksum", entity.checksum.hex());
    row("Searched", std::to_string(rows.documents) + " documents");
    if (!rows.observations.empty()) {
        terminal.line("Observations");
        for (const auto& each : rows.observations) {
            terminal.line("  [" + printable(each.category) + "] " + printable(each.content));
        }
    }
    if (!rows.outgoing.empty()) terminal.line("Relations from it");
    for (const Edge& each : rows.outgoing) {
        const std::string to = each.to_path ? printable(*each.to_path)
                                            : terminal.yellow("(there is no such note yet)");
        terminal.line("  " + printable(each.relation.type + ' ' + each.relation.to_name) + " -> " +
                      to);
    }
    if (!rows.incoming.empty()) terminal.line("Relations to it");
    for (const Edge& each : rows.incoming) {
        terminal.line("  " + printable(each.from_path.str() + ' ' + each.relation.type));
    }
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (Tokenizer tokenizer(text); tokenizer.next();) {
        std::string word(tokenizer.token());
        if (std::find(words.begin(), words.end(), word) == words.end()) {
            words.push_back(std::move(word));
        }
    }
    return words;
}

std::vector<std::string> common_words(const std::vector<std::string>& wanted,
                                      const std::vector<std::string>& there) {
    std::vector<std::string> common;
    for (const auto& word : wanted) {
        const bool is_there = std::any_of(there.begin(), there.end(),
                                          [&](const auto& each) { return each.starts_with(word); });
        if (is_there) common.push_back(word);
    }
    return common;
}

const char* name_of_kind(ItemKind kind) {
    switch (kind) {
        case ItemKind::observation:
            return "observation";
        case ItemKind::relation:
            return "relation";
        case ItemKind::entity:
            break;
    }
    return "entity";
}

/// What a criterion is called, and what it looks for.
std::pair<std::string, std::string> told(const SearchCriterion& criterion) {
    using Pair = std::pair<std::string, std::string>;
    return std::visit(Match{[](const SearchRequest::Everything&) {
                                return Pair{"everything", ""};
                            },
                            [](const SearchRequest::Text& text) {
                                return Pair{"full text", text.typed};
                            },
                            [](const SearchRequest::Title& title) {
                                return Pair{"words of titles", title.typed};
                            },
                            [](const SearchRequest::ExactPermalink& exact) {
                                return Pair{"permalink", exact.permalink};
                            },
                            [](const SearchRequest::PermalinkPattern& pattern) {
                                return Pair{"pattern of permalinks", pattern.pattern};
                            }},
                      criterion);
}

/// A search and how it came to its results.
struct Explained {
    std::vector<std::pair<std::string, std::string>> tried;  ///< the last one gave the results
    bool relaxed = false;  ///< any of the words was enough, because not all of them were found
    SearchPage page;
};

Explained explained_search(KnowledgeBase& knowledge, const Project& project, SearchRequest request,
                           const std::vector<SearchCriterion>& criteria) {
    return knowledge.index().read([&](Tables& tables) {
        Explained found;
        for (const bool relax : {false, true}) {
            request.relax = relax;
            for (const auto& criterion : criteria) {
                request.criterion = criterion;
                if (!relax) found.tried.push_back(told(criterion));
                found.page = tables.search.search(project.id, request);
                found.relaxed = relax;
                if (found.page.total > 0) return found;
            }
        }
        found.relaxed = false;
        return found;
    });
}

std::string decimal(double score) {
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.3f", score);
    return text.data();
}

Json query_json(const Explained& found, const InspectQueryCommand& command,
                const std::vector<std::string>& words) {
    Json tried = Json::array();
    for (const auto& [name, text] : found.tried) {
        tried.push_back({{"criterion", name}, {"text", text}});
    }
    Json results = Json::array();
    std::size_t rank = (command.page - 1) * command.page_size;
    for (const SearchRow& row : found.page.rows) {
        results.push_back(
            {{"rank", ++rank},
             {"score", row.score},
             {"kind", name_of_kind(row.kind)},
             {"title", row.title},
             {"permalink", text_or_null(row.permalink)},
             {"external_id", row.external_id},
             {"file_path", row.path},
             {"words_in_title", common_words(words, words_of(row.title))},
             {"words_in_text", common_words(words, words_of(row.content.value_or("")))}});
    }
    return {{"query", command.query},
            {"mode", command.mode},
            {"words", words},
            {"tried", tried},
            {"any_word_is_enough", found.relaxed},
            {"total", found.page.total},
            {"results", results}};
}

void print_query(Terminal& terminal, const Json& report, bool show_ids) {
    terminal.line("Query:   " + report["query"].get<std::string>());
    terminal.line("Words:   " + join(report["words"].get<std::vector<std::string>>(), ", "));
    for (const auto& each : report["tried"]) {
        const std::string text = each["text"].get<std::string>();
        terminal.line("Tried:   " + each["criterion"].get<std::string>() +
                      (text.empty() ? "" : ": " + text));
    }
    if (report["any_word_is_enough"].get<bool>()) {
        terminal.line("No note has all the words, so those that have any of them are listed.");
    }
    if (report["semantic_search"].get<bool>()) {
        terminal.line(
            "Semantic search is on: a search also goes by meaning, which is not shown here.");
    }
    terminal.line("Found:   " + report["total"].dump());
    for (const auto& each : report["results"]) {
        const auto words = [&each](const char* key) {
            const auto list = each[key].get<std::vector<std::string>>();
            return list.empty() ? std::string("-") : join(list, ", ");
        };
        terminal.line("");
        terminal.line(each["rank"].dump() + ". " + terminal.bold(each["title"].get<std::string>()) +
                      "  (" + each["kind"].get<std::string>() + ", score " +
                      decimal(each["score"].get<double>()) + ")");
        terminal.line("   " + printable(each["file_path"].get<std::string>()));
        if (show_ids) {
            const Json& permalink = each["permalink"];
            terminal.line("   permalink: " +
                          (permalink.is_string() ? printable(permalink.get<std::string>())
                                                 : std::string("-")) +
                          "; id of the note: " + each["external_id"].get<std::string>());
        }
        terminal.line("   in the title: " + words("words_in_title") +
                      "; in the text: " + words("words_in_text"));
    }
}

}  // namespace

int run_inspect_note(Application& application, const InspectNoteCommand& command) {
    if (const auto refused = refused_inspection(application, command)) return *refused;
    const auto project = inspected_project(application, command.project, command.project_id);
    if (!project) return kExitFailure;
    index_what_is_unscanned(application, project->name.str());
    KnowledgeBase& knowledge = application.knowledge();
    const bool is_named = command.project || command.project_id;
    const auto note =
        find_note(knowledge, *project, is_named, command.note, LookupPurpose::reading);
    if (!note) return fail_command(application, note.error().message);
    const NoteRows rows = rows_of(knowledge, note->entity);
    const std::string state = file_state(knowledge, *note);
    if (command.json) {
        print_report(application, note_json(*note, rows, state));
    } else {
        print_note(application.terminal(), *note, rows, state);
    }
    return 0;
}

int run_inspect_query(Application& application, const InspectQueryCommand& command) {
    if (const auto refused = refused_inspection(application, command)) return *refused;
    const auto project = inspected_project(application, command.project, command.project_id);
    if (!project) return kExitFailure;
    index_what_is_unscanned(application, project->name.str());
    const SearchMode mode = command.mode == "title"       ? SearchMode::title
                            : command.mode == "permalink" ? SearchMode::permalink
                                                          : SearchMode::text;
    const auto criteria = criteria_for(mode, command.query, *project);
    if (!criteria) return fail_command(application, criteria.error().message);
    SearchRequest request;
    request.limit = command.page_size;
    request.offset = (command.page - 1) * command.page_size;
    const Explained found =
        explained_search(application.knowledge(), *project, std::move(request), *criteria);
    Json report = query_json(found, command, words_of(command.query));
    report["semantic_search"] = application.knowledge().config()->semantic_search_enabled;
    if (command.json) {
        print_report(application, report);
    } else {
        print_query(application.terminal(), report, command.show_ids);
    }
    return 0;
}

}  // namespace bm
