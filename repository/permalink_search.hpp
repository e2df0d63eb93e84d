#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/note_filter.hpp"
#include "repository/permalink_glob.hpp"
#include "repository/row_page.hpp"

namespace bm {

/// Finds rows by their permalinks. Those of observations and relations are not stored: they are
/// derived from the few notes that the wanted text can belong to.
class PermalinkSearch {
public:
    struct Found {
        std::vector<RowRef> rows;  ///< the page
        std::int64_t total = 0;
    };

    PermalinkSearch(Database& database, const NoteFilter& filter)
        : database_(database), filter_(filter) {}

    /// The note, then observations and relations, with exactly this permalink.
    Found exact(std::string_view permalink, std::size_t offset, std::size_t limit);
    /// Notes in order of permalink, then their observations, then their relations. A pattern that
    /// begins with '*' looks at a bounded number of derived permalinks only.
    Found matching(const PermalinkGlob& glob, std::size_t offset, std::size_t limit);

private:
    /// A note whose permalink, or whose items' permalinks, may match.
    struct Candidate {
        EntityId id;
        std::optional<std::string> permalink;
        std::string base;  ///< what the permalinks of its items begin with
        std::size_t observations;
        std::size_t relations;
        bool all_items_match = false;
    };
    using Matches = std::function<bool(std::string_view)>;
    using IdsByNote = std::map<EntityId, std::vector<std::int64_t>>;

    std::vector<Candidate> candidates(const std::string& sql, std::string_view first,
                                      std::string_view second);
    std::vector<Candidate> notes_above(std::string_view permalink);
    std::vector<Candidate> notes_from(const std::string& prefix);

    Found page_of(const std::vector<Candidate>& candidates, const Matches& matches,
                  std::size_t offset, std::size_t limit);
    IdsByNote matching_items(ItemKind kind, const std::vector<Candidate>& candidates,
                             const Matches& matches);
    IdsByNote matching_observations(const std::vector<EntityId>& notes,
                                    const std::map<EntityId, std::string_view>& bases,
                                    const Matches& matches);
    IdsByNote matching_relations(const std::vector<EntityId>& notes,
                                 const std::map<EntityId, std::string_view>& bases,
                                 const Matches& matches);
    [[nodiscard]] bool takes_all(const Candidate& candidate, ItemKind kind) const;

    Database& database_;
    const NoteFilter& filter_;
};

}  // namespace bm
