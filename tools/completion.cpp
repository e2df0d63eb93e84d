#include "tools/completion.hpp"

#include <algorithm>
#include <utility>

#include "markdown/memory_url.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

/// Keeps the order, drops repetitions and what is beyond the limit.
void append_new(std::vector<std::string>& values, std::string value) {
    if (values.size() < kMaxCompletions &&
        std::find(values.begin(), values.end(), value) == values.end()) {
        values.push_back(std::move(value));
    }
}

SearchRequest title_request(std::string_view typed) {
    SearchRequest request;
    request.kinds = 1U << static_cast<unsigned>(ItemKind::entity);
    request.limit = kMaxCompletions;
    // The last word is still being typed.
    request.criterion = SearchRequest::Title{std::string(trim(typed)) + '*'};
    return request;
}

std::vector<std::string> newest_titles(Tables& tables, const Project& project) {
    const auto page =
        tables.activity.recent(project.id, 1U << static_cast<unsigned>(ItemKind::entity),
                               std::nullopt, kMaxCompletions, 0);
    std::vector<std::string> titles;
    for (const auto& row : page.rows) {
        append_new(titles, row.entity.title);
    }
    return titles;
}

}  // namespace

std::vector<std::string> fitting(const std::vector<std::string>& choices, std::string_view typed) {
    const std::string wanted = case_fold(typed);
    std::vector<std::string> values;
    std::vector<std::string> later;
    for (const auto& choice : choices) {
        const auto at = case_fold(choice).find(wanted);
        if (at == 0) {
            append_new(values, choice);
        } else if (at != std::string::npos) {
            later.push_back(choice);
        }
    }
    for (auto& choice : later) {
        append_new(values, std::move(choice));
    }
    return values;
}

std::vector<std::string> complete_project(KnowledgeBase& knowledge, std::string_view typed) {
    if (knowledge.constraint()) {
        return fitting({*knowledge.constraint()}, typed);
    }
    std::vector<std::string> names;
    for (const auto& project : knowledge.projects()) {
        names.push_back(project.name.str());
    }
    return fitting(names, typed);
}

std::vector<std::string> complete_timeframe(std::string_view typed) {
    return fitting({"7d", "today", "yesterday", "24h", "3d", "14d", "30d", "90d", "last week",
                    "2 weeks", "last month", "3 months"},
                   typed);
}

std::vector<std::string> complete_title(KnowledgeBase& knowledge, const Project& project,
                                        std::string_view typed) {
    return knowledge.index().read([&](Tables& tables) {
        if (is_blank(typed)) {
            return newest_titles(tables, project);
        }
        std::vector<std::string> titles;
        for (auto& row : tables.search.search(project.id, title_request(typed)).rows) {
            append_new(titles, std::move(row.title));
        }
        return fitting(titles, "");
    });
}

std::vector<std::string> complete_permalink(KnowledgeBase& knowledge, const Project& project,
                                            std::string_view typed) {
    const std::string text(trim(typed));
    if (text.find('*') != std::string::npos) {
        return {};
    }
    std::vector<std::string> patterns;
    for (const auto& pattern : {text + '*', '*' + text + '*'}) {
        // Permalinks are slugs, so what is typed is compared as one.
        if (auto url = parse_memory_url(pattern)) {
            patterns.push_back(std::move(url->lookup));
        }
    }
    return knowledge.index().read([&](Tables& tables) {
        std::vector<std::string> permalinks;
        for (const auto& pattern : patterns) {
            for (auto& note : tables.context.matching(project.id, pattern, kMaxCompletions, 0)) {
                if (note.permalink) {
                    append_new(permalinks, *std::move(note.permalink));
                }
            }
        }
        return permalinks;
    });
}

}  // namespace bm
