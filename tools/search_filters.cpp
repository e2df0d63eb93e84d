#include "tools/search_filters.hpp"

#include <algorithm>

#include "markdown/text.hpp"

namespace bm {
namespace {

/// More conditions or values than a person would name; each one costs the index a bound parameter.
constexpr std::size_t kMaxConditions = 100;
constexpr std::size_t kMaxValues = 1000;

bool is_key_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/// Letters, digits, '_' and '-', in segments between single dots.
bool is_filter_key(std::string_view key) {
    for (const auto segment : split(key, '.')) {
        if (segment.empty() || !std::all_of(segment.begin(), segment.end(), is_key_character)) {
            return false;
        }
    }
    return true;
}

tl::unexpected<Error> invalid_filter(std::string_view key, const Json& value) {
    constexpr std::size_t shown = 200;  // of a value that may be as long as the whole request
    const auto text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return fail(Fault::invalid, "Invalid metadata filter for '" + std::string(key) +
                                    "': " + std::string(first_code_points(text, shown)));
}

std::optional<FilterScalar> scalar_of(const Json& value) {
    if (value.is_string()) {
        return FilterScalar(value.get<std::string>());
    }
    if (value.is_boolean()) {
        return FilterScalar(value.get<bool>());
    }
    if (value.is_number()) {
        return FilterScalar(value.get<double>());
    }
    return std::nullopt;
}

/// The scalars of a list; none when one of them is something else, or when there are far too many.
std::optional<std::vector<FilterScalar>> scalars_of(const Json& list) {
    if (list.size() > kMaxValues) {
        return std::nullopt;
    }
    std::vector<FilterScalar> scalars;
    for (const auto& value : list) {
        auto scalar = scalar_of(value);
        if (!scalar) {
            return std::nullopt;
        }
        scalars.push_back(std::move(*scalar));
    }
    return scalars;
}

std::optional<MetadataFilter::Operator> comparison(std::string_view name) {
    using Operator = MetadataFilter::Operator;
    if (name == "$gt") {
        return Operator::greater;
    }
    if (name == "$gte") {
        return Operator::greater_equal;
    }
    if (name == "$lt") {
        return Operator::less;
    }
    if (name == "$lte") {
        return Operator::less_equal;
    }
    return std::nullopt;
}

/// The condition of `{"$in": [...]}`, `{"$gt": 3}` and their like.
Result<MetadataFilter> operator_filter(const std::string& key, const Json& condition) {
    using Operator = MetadataFilter::Operator;
    if (condition.size() != 1) {
        return invalid_filter(key, condition);
    }
    const std::string& name = condition.begin().key();
    const Json& operand = condition.begin().value();
    if (name == "$in" || name == "$between") {
        const bool between = name == "$between";
        if (!operand.is_array() || (between ? operand.size() != 2 : operand.empty())) {
            return fail(Fault::invalid, between
                                            ? "$between requires [min, max] for '" + key + "'"
                                            : "$in requires a non-empty list for '" + key + "'");
        }
        auto values = scalars_of(operand);
        if (!values) {
            return invalid_filter(key, condition);
        }
        return MetadataFilter{key, between ? Operator::between : Operator::in, std::move(*values)};
    }
    const auto op = comparison(name);
    if (!op) {
        return fail(Fault::invalid,
                    "Unsupported operator '" + name + "' in metadata filter for '" + key + "'");
    }
    auto value = scalar_of(operand);
    if (!value) {
        return invalid_filter(key, condition);
    }
    return MetadataFilter{key, *op, {std::move(*value)}};
}

Result<MetadataFilter> filter_of(const std::string& key, const Json& value) {
    using Operator = MetadataFilter::Operator;
    if (value.is_object()) {
        return operator_filter(key, value);
    }
    if (value.is_array()) {
        if (value.empty()) {
            return fail(Fault::invalid, "Empty list not allowed for metadata filter '" + key + "'");
        }
        auto values = scalars_of(value);
        if (!values) {
            return invalid_filter(key, value);
        }
        return MetadataFilter{key, Operator::contains_all, std::move(*values)};
    }
    auto scalar = scalar_of(value);
    if (!scalar) {
        return invalid_filter(key, value);
    }
    return MetadataFilter{key, Operator::equals, {std::move(*scalar)}};
}

bool is_connector(std::string_view word) { return word == "AND" || word == "OR"; }

}  // namespace

Result<std::vector<MetadataFilter>> parse_metadata_filters(const Json& filters) {
    if (filters.size() > kMaxConditions) {
        return fail(Fault::invalid, "Too many metadata filters: " + std::to_string(filters.size()) +
                                        ", at most " + std::to_string(kMaxConditions));
    }
    std::vector<MetadataFilter> parsed;
    for (const auto& item : filters.items()) {
        const std::string& key = item.key();
        if (is_blank(key)) {
            return fail(Fault::invalid, "metadata filter keys must be non-empty strings");
        }
        if (!is_filter_key(key)) {
            return fail(Fault::invalid, "Unsupported metadata filter key: " + key);
        }
        auto filter = filter_of(key == "note_type" ? "type" : key, item.value());
        if (!filter) {
            return tl::unexpected<Error>(filter.error());
        }
        parsed.push_back(std::move(*filter));
    }
    return parsed;
}

MetadataFilter tags_filter(const std::vector<std::string>& tags) {
    MetadataFilter filter{"tags", MetadataFilter::Operator::contains_all, {}};
    for (const auto& tag : tags) {
        filter.values.emplace_back(tag);
    }
    return filter;
}

TagShorthand take_tag_shorthand(std::string_view query) {
    constexpr std::string_view prefix = "tag:";
    TagShorthand found;
    std::vector<std::string> rest;
    bool after_tag = false;  // an AND or OR that follows joined nothing but the tag
    for (const auto word : split_words(query)) {
        const bool negated = !rest.empty() && rest.back() == "NOT";
        std::vector<std::string> tags;
        if (starts_with_ignoring_case(word, prefix) && !negated) {
            for (auto tag : split(word.substr(prefix.size()), ',')) {
                tag.remove_prefix(std::min(tag.find_first_not_of('#'), tag.size()));
                if (!tag.empty()) {
                    tags.emplace_back(tag);
                }
            }
        }
        if (!tags.empty()) {
            found.tags.insert(found.tags.end(), tags.begin(), tags.end());
            after_tag = true;
            continue;
        }
        if (is_connector(word) && after_tag && (rest.empty() || is_connector(rest.back()))) {
            continue;
        }
        rest.emplace_back(word);
    }
    if (found.tags.empty()) {
        found.remainder = std::string(query);
        return found;
    }
    while (!rest.empty() && is_connector(rest.back())) {
        rest.pop_back();
    }
    found.remainder = join(rest, " ");
    return found;
}

Result<KindSet> parse_item_kinds(const std::vector<std::string>& names) {
    KindSet kinds = 0;
    for (const auto& name : names) {
        const std::string lower = to_lower(name);
        if (lower == "entity") {
            kinds |= 1U << static_cast<unsigned>(ItemKind::entity);
        } else if (lower == "observation") {
            kinds |= 1U << static_cast<unsigned>(ItemKind::observation);
        } else if (lower == "relation") {
            kinds |= 1U << static_cast<unsigned>(ItemKind::relation);
        } else {
            return fail(Fault::invalid, "'" + name + "' is not a valid SearchItemType");
        }
    }
    return kinds;
}

}  // namespace bm
