#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "repository/search_repository.hpp"

namespace bm {

/// The filters of a search as SQL. Everything that comes from a client is a bound value, paths into
/// metadata included.
class NoteFilter {
public:
    NoteFilter(ProjectId project, const SearchRequest& request);

    /// No condition beyond the project.
    [[nodiscard]] bool takes_every_note() const noexcept { return conditions_.empty(); }
    /// Nothing can pass.
    [[nodiscard]] bool takes_nothing() const noexcept { return kinds_ == 0; }
    /// The kinds that are asked for and that the filters leave: note types are about notes, and
    /// categories about observations.
    [[nodiscard]] KindSet kinds() const noexcept { return kinds_; }
    [[nodiscard]] bool has_categories() const noexcept { return !category_condition_.empty(); }

    /// Conditions on the entity `e`; true for notes that pass. Never empty.
    [[nodiscard]] std::string on_entity() const;
    /// The same, and that the category of the observation `o` is wanted.
    [[nodiscard]] std::string on_observation() const { return on_entity() + category_condition_; }

    /// Binds the values of on_entity() and on_observation(); the statement's own follow.
    void bind(Query& query) const;
    /// The parameter that stands `offset` after ours in the statement: "?7".
    [[nodiscard]] std::string parameter_after(int offset = 1) const;

private:
    using BoundValue = std::variant<std::string, double, std::int64_t>;

    std::string parameter(BoundValue value);
    void add(const MetadataFilter& filter);
    std::string compared(const MetadataFilter& filter, const std::string& value);
    std::string one_side(const char* comparison, const FilterScalar& scalar, bool as_number,
                         const std::string& value);

    KindSet kinds_;
    std::string conditions_;
    std::string category_condition_;
    std::vector<BoundValue> values_;
};

}  // namespace bm
