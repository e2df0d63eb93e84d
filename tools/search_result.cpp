#include "tools/search_result.hpp"

#include <algorithm>
#include <cstdio>

#include "markdown/text.hpp"
#include "sync/first_scans.hpp"
#include "tools/call_text.hpp"
#include "tools/row_json.hpp"

namespace bm {
namespace {

constexpr std::size_t kMatchCharacters = 200;

/// Results of several projects carry their project in front of the permalink, unless it is there
/// already.
std::optional<std::string> qualified(const std::optional<std::string>& permalink,
                                     const std::string& project) {
    if (!permalink || project.empty() || permalink->rfind(project + '/', 0) == 0) {
        return permalink;
    }
    return project + '/' + *permalink;
}

Json metadata_of(const SearchRow& row) {
    if (row.kind == ItemKind::relation) {
        return nullptr;
    }
    Json metadata = Json::object();
    if (row.kind == ItemKind::entity) {
        metadata["entity_type"] = row.entity_type;
    } else {
        metadata["tags"] = row.tags;
    }
    return metadata;
}

template <class Id>
Json id_or_null(const std::optional<Id>& id) {
    return id ? Json(id->value) : Json(nullptr);
}

Json row_object(const FoundRow& found, RowForm form) {
    const auto& row = found.row;
    const auto note_permalink = qualified(row.entity_permalink, found.project_slug);
    Json object = Json::object();
    object["title"] = row.title;
    object["type"] = kind_name(row.kind);
    object["score"] = row.score;
    object["entity"] = json_or_null(note_permalink);
    object["permalink"] = json_or_null(qualified(row.permalink, found.project_slug));
    object["content"] = json_or_null(row.content);
    object["file_path"] = row.path;
    object["metadata"] = metadata_of(row);
    object["entity_id"] = row.entity.value;
    object["observation_id"] = id_or_null(row.observation);
    object["relation_id"] = id_or_null(row.relation);
    object["category"] = json_or_null(row.category);
    object["from_entity"] = json_or_null(row.kind == ItemKind::relation
                                             ? qualified(row.from_permalink, found.project_slug)
                                             : note_permalink);
    object["to_entity"] = json_or_null(qualified(row.to_permalink, found.project_slug));
    object["relation_type"] = json_or_null(row.relation_type);
    if (!found.project.empty()) {
        object["project"] = found.project;
    }
    if (!found.why.is_null()) {
        object["why"] = found.why;
    }
    if (form == RowForm::complete) {
        return object;
    }
    object["external_id"] = row.external_id;
    if (!found.matched_chunk.empty()) object["matched_chunk"] = found.matched_chunk;
    object["updated_at"] = iso8601_utc(row.updated);
    Json compact = Json::object();
    for (auto& member : object.items()) {
        if (!member.value().is_null()) {
            compact[member.key()] = std::move(member.value());
        }
    }
    return compact;
}

std::string four_decimals(double score) {
    char text[64];
    std::snprintf(text, sizeof text, "%.4f", score);
    return text;
}

/// The beginning of what was found, on one line.
std::string match_line(const SearchRow& row) {
    const std::string content = row.content.value_or("");
    std::vector<std::string> words;
    for (const auto word : split_words(content)) words.emplace_back(word);
    if (words.empty()) return {};
    const std::string line = join(words, " ");
    return "- match: " + std::string(first_code_points(line, kMatchCharacters)) + '\n';
}

/// The same explanation as the object's, on one line.
std::string why_line(const Json& why) {
    if (why.is_null()) return {};
    std::vector<std::string> parts;
    if (const auto text = why.find("text"); text != why.end()) {
        parts.push_back("words, number " + std::to_string((*text)["rank"].get<std::size_t>()) +
                        " of the text search");
    }
    if (const auto meaning = why.find("meaning"); meaning != why.end()) {
        std::string part =
            "meaning, similarity " + four_decimals((*meaning)["similarity"].get<double>());
        const auto near = (*meaning)["near"].get<std::vector<std::string>>();
        if (!near.empty()) part += " (near: " + join(near, ", ") + ')';
        if (const auto passage = meaning->find("passage"); passage != meaning->end()) {
            std::string line = passage->get<std::string>();
            std::replace(line.begin(), line.end(), '\n', ' ');
            part += " (passage: " + line + ')';
        }
        parts.push_back(std::move(part));
    }
    return "- why: " + join(parts, "; ") + '\n';
}

std::string notice_of(const SearchAnswer& answer) {
    std::vector<std::string> sentences;
    if (!answer.unscanned.empty()) sentences.push_back(unscanned_sentence(answer.unscanned));
    if (!answer.notice.empty()) sentences.push_back(answer.notice);
    return join(sentences, " ");
}

std::string footer(const SearchAnswer& answer) {
    const auto count = answer.rows.size();
    return "---\n*" + std::to_string(count) + (count == 1 ? " result" : " results") + " | page " +
           std::to_string(answer.page) + ", page_size " + std::to_string(answer.page_size) +
           (answer.has_more ? " | more available*" : "*");
}

std::string nothing_found(const SearchAnswer& answer, const std::string& query,
                          const std::string& project) {
    std::string text =
        query.empty()
            ? "No results found for these filters in project '" + project + "'.\n\n"
            : "No results found for '" + echoed(query) + "' in project '" + project + "'.\n\n";
    if (const auto notice = notice_of(answer); !notice.empty()) text += notice + "\n\n";
    if (answer.page > 1) {
        text += "- There is nothing on page " + std::to_string(answer.page) +
                ": start again with `page=1`.\n";
    }
    return text +
           "- Use fewer or more general words, or join alternatives with `OR`.\n"
           "- Leave out filters such as `tags`, `types` or `after_date`.\n"
           "- See what is there: `recent_activity(timeframe=\"30d\")` or `list_directory(\"/\")`.";
}

}  // namespace

Json search_object(const SearchAnswer& answer, RowForm form) {
    Json results = Json::array();
    for (const auto& found : answer.rows) {
        results.push_back(row_object(found, form));
    }
    Json object = Json::object();
    object["results"] = std::move(results);
    object["current_page"] = answer.page;
    object["page_size"] = answer.page_size;
    object["total"] = answer.total;
    object["total_is_exact"] = answer.total_is_exact && answer.unscanned.empty();
    object["has_more"] = answer.has_more;
    if (const auto notice = notice_of(answer); !notice.empty()) object["notice"] = notice;
    return object;
}

std::string search_text(const SearchAnswer& answer, const std::string& query,
                        const std::string& project) {
    if (answer.rows.empty()) {
        return nothing_found(answer, query, project);
    }
    std::string text = "# Search Results" + (query.empty() ? "" : ": " + echoed(query)) +
                       "\n*project: " + project + "*\n\n";
    for (const auto& found : answer.rows) {
        text += "### " + found.row.title + '\n';
        if (!found.project.empty()) {
            text += "- project: " + found.project + '\n';
        }
        text += "- permalink: " +
                qualified(found.row.permalink, found.project_slug).value_or(found.row.path) + '\n';
        if (!found.row.external_id.empty()) {
            text += "- external_id: " + found.row.external_id + '\n';
        }
        text += "- score: " + four_decimals(found.row.score) + '\n' + match_line(found.row) +
                why_line(found.why) + '\n';
    }
    text += footer(answer);
    if (const auto notice = notice_of(answer); !notice.empty()) text += "\n\n" + notice;
    return text;
}

}  // namespace bm
