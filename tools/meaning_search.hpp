#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "repository/search_repository.hpp"
#include "sync/knowledge_base.hpp"
#include "sync/meaning_care.hpp"
#include "tools/arguments.hpp"
#include "tools/search_result.hpp"

namespace bm {

/// What is to be found by what it means.
struct MeaningWish {
    std::string text;              ///< not blank
    bool words_too = false;        ///< text search as well, and both fused (hybrid)
    bool is_asked_for = true;      ///< by the call, not by the configuration alone
    SearchRequest request;         ///< the filters; neither criterion nor page
    std::optional<double> lowest;  ///< similarity; the provider's own when not given
};

/// Why no meanings could be compared.
struct NoMeanings {
    enum class Reason {
        too_few_notes,  ///< to learn from, and nobody asked for it all the same
        not_ready,      ///< it takes longer, another process is at it, or the machine refused
        endpoint,       ///< it failed
    };
    Reason reason = Reason::not_ready;
    std::string problem = {};  ///< a sentence, of an endpoint
};

/// The results of one or several projects, best first, each with its explanation. Notes that
/// changed are given their vectors first, as far as that can be waited for; a notice says how many
/// have none yet. Where no meanings can be compared, a hybrid search that only the configuration
/// asks for is a text search. `total` counts the candidates, which may not be all.
Result<tl::expected<SearchAnswer, NoMeanings>> search_by_meaning(
    KnowledgeBase& knowledge, MeaningCare& care, const std::vector<Project>& projects,
    bool names_projects, const MeaningWish& wish, const Paging& paging,
    const std::stop_token& stop);

/// Whether a query says with quotes, operators or a star which words it wants.
bool is_exact_wish(std::string_view query);

}  // namespace bm
