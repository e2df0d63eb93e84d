#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/search_repository.hpp"
#include "sync/knowledge_base.hpp"
#include "tools/arguments.hpp"
#include "tools/search_result.hpp"

namespace bm {

/// What is to be found by what it means.
struct MeaningWish {
    std::string text;              ///< not blank
    bool words_too = false;        ///< text search as well, and both fused (hybrid)
    SearchRequest request;         ///< the filters; neither criterion nor page
    std::optional<double> lowest;  ///< similarity; the provider's own when not given
};

/// Why no meanings could be compared.
enum class NoMeanings {
    too_few_notes,  ///< to learn from, and nobody asked for it all the same
    not_ready,      ///< another process is learning, or the machine refused
};

/// The results of one or several projects, best first, each with its explanation. Notes that
/// changed are given their vectors first. A hybrid search in which no meanings can be compared is a
/// text search. `total` counts the candidates, which may not be all.
Result<tl::expected<SearchAnswer, NoMeanings>> search_by_meaning(
    KnowledgeBase& knowledge, const std::vector<Project>& projects, bool names_projects,
    const MeaningWish& wish, const Paging& paging);

/// Whether a query says with quotes, operators or a star which words it wants.
bool is_exact_wish(std::string_view query);

}  // namespace bm
