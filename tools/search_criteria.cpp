#include "tools/search_criteria.hpp"

#include <algorithm>
#include <utility>

#include "markdown/memory_url.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr std::string_view kAddressScheme = "memory://";

/// Spellings of a permalink or of a pattern for several, without repetition.
class Spellings {
public:
    void add(std::string spelling) {
        if (!spelling.empty() &&
            std::find(spellings_.begin(), spellings_.end(), spelling) == spellings_.end()) {
            spellings_.push_back(std::move(spelling));
        }
    }

    /// The same spellings again without the project in front, for permalinks that do not carry it.
    void add_without(const std::string& project) {
        const std::string prefix = project + '/';
        const auto known = spellings_;
        for (const auto& spelling : known) {
            if (spelling.rfind(prefix, 0) == 0) {
                add(spelling.substr(prefix.size()));
            }
        }
    }

    /// The same spellings again with the project in front, for permalinks that carry it.
    void add_with(const std::string& project) {
        const std::string prefix = project + '/';
        const auto known = spellings_;
        for (const auto& spelling : known) {
            if (spelling.rfind(prefix, 0) != 0) add(prefix + spelling);
        }
    }

    [[nodiscard]] std::vector<SearchCriterion> criteria(bool pattern) const {
        std::vector<SearchCriterion> criteria;
        for (const auto& spelling : spellings_) {
            if (pattern) {
                criteria.emplace_back(SearchRequest::PermalinkPattern{spelling});
            } else {
                criteria.emplace_back(SearchRequest::ExactPermalink{spelling});
            }
        }
        return criteria;
    }

private:
    std::vector<std::string> spellings_;
};

std::vector<SearchCriterion> permalink_criteria(std::string_view query, const Project& project) {
    const bool pattern = query.find('*') != std::string_view::npos;
    Spellings spellings;
    spellings.add(pattern ? to_lower(query) : std::string(query));
    if (const auto url = parse_memory_url(query)) {
        spellings.add(url->lookup);
        if (const auto rest = without_leading_workspace(url->lookup)) {
            spellings.add(std::string(*rest));
        }
    }
    spellings.add_without(project.permalink);
    spellings.add_with(project.permalink);
    return spellings.criteria(pattern);
}

}  // namespace

Result<std::vector<SearchCriterion>> criteria_for(SearchMode mode, std::string_view raw,
                                                  const Project& project) {
    const auto query = trim(raw);
    if (query.empty() || query == "*") {
        return std::vector<SearchCriterion>{SearchRequest::Everything{}};
    }
    if (query.rfind(kAddressScheme, 0) == 0) {
        const auto url = parse_memory_url(query);
        if (!url) {
            return tl::unexpected<Error>(url.error());
        }
        return permalink_criteria(url->path, project);
    }
    switch (mode) {
        case SearchMode::permalink:
            return permalink_criteria(query, project);
        case SearchMode::title:
            return std::vector<SearchCriterion>{SearchRequest::Title{std::string(query)}};
        case SearchMode::text:
            break;
    }
    return std::vector<SearchCriterion>{SearchRequest::Text{std::string(query)}};
}

SearchPage search_by(SearchRepository& search, ProjectId project, SearchRequest request,
                     const std::vector<SearchCriterion>& criteria) {
    SearchPage page;
    for (const auto& criterion : criteria) {
        request.criterion = criterion;
        page = search.search(project, request);
        if (page.total > 0) {
            break;
        }
    }
    return page;
}

}  // namespace bm
