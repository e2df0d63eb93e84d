#include "repository/note_filter.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/json_list.hpp"
#include "repository/row_page.hpp"
#include "repository/stored_rows.hpp"

namespace bm {

namespace {

constexpr std::string_view kImpossible = " AND 0";

/// `a.b` as a path of SQLite's JSON functions; none for a key that cannot be one.
std::optional<std::string> json_path(std::string_view key) {
    std::string path = "$";
    for (const std::string_view part : split(key, '.')) {
        // Inside the quotes of a path everything but a quote stands for itself.
        if (part.empty() || part.find('"') != std::string_view::npos) return std::nullopt;
        path += ".\"";
        path += part;
        path += '"';
    }
    return path;
}

/// The value of a scalar as a text where it is one; lists and maps have none. Frontmatter holds
/// truth values as "True" and "False", and numbers as they were spelled.
std::string scalar_at(const std::string& path) {
    return "CASE WHEN json_valid(e.metadata) THEN CASE json_type(e.metadata, " + path +
           ") WHEN 'true' THEN 'True' WHEN 'false' THEN 'False' WHEN 'array' THEN NULL"
           " WHEN 'object' THEN NULL ELSE json_extract(e.metadata, " +
           path + ") END END";
}

/// Whether `value` equals the element `wanted` of a list of ours: as numbers when that is one.
std::string equals_wanted(const std::string& value) {
    return "CASE WHEN wanted.type IN ('integer', 'real') THEN " + value +
           " = CAST(wanted.value AS REAL) ELSE CAST(" + value + " AS TEXT) = wanted.value END";
}

std::string text_of(const FilterScalar& scalar) {
    if (const auto* text = std::get_if<std::string>(&scalar)) return *text;
    if (const auto* truth = std::get_if<bool>(&scalar)) return *truth ? "True" : "False";
    std::string digits(32, '\0');
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), std::get<double>(scalar)).ptr;
    digits.resize(static_cast<std::size_t>(end - digits.data()));
    return digits;
}

std::optional<double> number_of(const FilterScalar& scalar) {
    if (const auto* number = std::get_if<double>(&scalar)) return *number;
    const auto* text = std::get_if<std::string>(&scalar);
    if (text == nullptr) return std::nullopt;
    const std::string_view digits = trim(*text);
    double number = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool is_whole = problem == std::errc{} && end == digits.data() + digits.size();
    if (!is_whole || !std::isfinite(number)) return std::nullopt;
    return number;
}

const char* comparison_of(MetadataFilter::Operator op) {
    switch (op) {
        case MetadataFilter::Operator::greater:
            return ">";
        case MetadataFilter::Operator::greater_equal:
            return ">=";
        case MetadataFilter::Operator::less:
            return "<";
        default:
            return "<=";
    }
}

}  // namespace

NoteFilter::NoteFilter(ProjectId project, const SearchRequest& request)
    : kinds_(request.kinds & kAllKinds) {
    values_.emplace_back(project.value);
    if (!request.note_types.empty()) {
        kinds_ &= kind_bit(ItemKind::entity);
        std::vector<std::string> types;
        for (const auto& type : request.note_types) types.push_back(canonical_type(type));
        conditions_ +=
            " AND e.type_key IN (SELECT value FROM json_each(" + parameter(text_list(types)) + "))";
    }
    if (!request.categories.empty()) {
        kinds_ &= kind_bit(ItemKind::observation);
        category_condition_ = " AND o.category IN (SELECT value FROM json_each(" +
                              parameter(text_list(request.categories)) + "))";
    }
    if (request.changed_after) {
        conditions_ += " AND e.changed_at > " + parameter(to_microseconds(*request.changed_after));
    }
    for (const auto& filter : request.metadata) add(filter);
}

std::string NoteFilter::on_entity() const { return "e.project_id = ?1" + conditions_; }

void NoteFilter::bind(Query& query) const {
    for (const auto& value : values_) {
        std::visit([&query](const auto& bound) { query.bind(bound); }, value);
    }
}

std::string NoteFilter::parameter_after(int offset) const {
    return '?' + std::to_string(static_cast<int>(values_.size()) + offset);
}

std::string NoteFilter::parameter(BoundValue value) {
    values_.push_back(std::move(value));
    return '?' + std::to_string(values_.size());
}

void NoteFilter::add(const MetadataFilter& filter) {
    const auto path = json_path(filter.key);
    const bool is_between = filter.op == MetadataFilter::Operator::between;
    if (!path || filter.values.size() < (is_between ? 2U : 1U)) {
        conditions_ += kImpossible;
        return;
    }
    const std::string at = parameter(*path);
    switch (filter.op) {
        case MetadataFilter::Operator::equals:
        case MetadataFilter::Operator::in:
            conditions_ += " AND EXISTS (SELECT 1 FROM json_each(" +
                           parameter(scalar_list(filter.values)) + ") AS wanted WHERE " +
                           equals_wanted(scalar_at(at)) + ")";
            return;
        case MetadataFilter::Operator::contains_all:
            // json_each makes a list of one out of a scalar, which is meant, and of a map its
            // values, which is not.
            conditions_ += " AND CASE WHEN json_valid(e.metadata) THEN json_type(e.metadata, " +
                           at + ") END <> 'object' AND NOT EXISTS (SELECT 1 FROM json_each(" +
                           parameter(scalar_list(filter.values)) +
                           ") AS wanted WHERE NOT EXISTS (SELECT 1 FROM json_each(CASE WHEN"
                           " json_valid(e.metadata) THEN e.metadata ELSE '{}' END, " +
                           at + ") AS found WHERE " +
                           equals_wanted(
                               "CASE found.type WHEN 'true' THEN 'True' WHEN 'false' THEN"
                               " 'False' ELSE found.value END") +
                           "))";
            return;
        default:
            conditions_ += " AND " + compared(filter, scalar_at(at));
    }
}

std::string NoteFilter::compared(const MetadataFilter& filter, const std::string& value) {
    const bool as_numbers = std::all_of(filter.values.begin(), filter.values.end(),
                                        [](const auto& scalar) { return number_of(scalar); });
    if (filter.op != MetadataFilter::Operator::between) {
        return one_side(comparison_of(filter.op), filter.values.front(), as_numbers, value);
    }
    return one_side(">=", filter.values[0], as_numbers, value) + " AND " +
           one_side("<=", filter.values[1], as_numbers, value);
}

std::string NoteFilter::one_side(const char* comparison, const FilterScalar& scalar, bool as_number,
                                 const std::string& value) {
    if (!as_number) {
        return "CAST(" + value + " AS TEXT) " + comparison + ' ' + parameter(text_of(scalar));
    }
    // Beside a REAL a text that spells a number is compared as one. Any other text is greater than
    // every number: the second condition keeps it out.
    return value + ' ' + comparison + " CAST(" + parameter(*number_of(scalar)) + " AS REAL) AND " +
           value + " <= CAST(9e999 AS REAL)";
}

}  // namespace bm
