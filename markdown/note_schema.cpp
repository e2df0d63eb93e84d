#include "markdown/note_schema.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "markdown/frontmatter.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kShownCodePoints = 200;

std::string cut(std::string_view text) {
    const std::string_view start = first_code_points(text, kShownCodePoints);
    return std::string(start) + (start.size() < text.size() ? "..." : "");
}

Result<SchemaMode> read_mode(const ValueMap* settings) {
    const Value* value = settings == nullptr ? nullptr : find(*settings, "validation");
    if (value == nullptr || value->is_null()) return SchemaMode::warn;
    const std::string text = display_string(*value);
    if (value->scalar() != nullptr) {
        if (text == "warn") return SchemaMode::warn;
        if (text == "strict" || text == "error") return SchemaMode::strict;
    }
    return fail(Fault::invalid, "Invalid settings.validation value '" + cut(text) +
                                    "'; expected one of: 'warn', 'strict', or 'error' (alias for "
                                    "'strict')");
}

const ValueMap* map_under(const ValueMap& map, std::string_view key) {
    const Value* value = find(map, key);
    return value == nullptr ? nullptr : value->map();
}

Result<std::vector<SchemaField>> frontmatter_rules(const ValueMap* settings) {
    const Value* value = settings == nullptr ? nullptr : find(*settings, "frontmatter");
    if (value == nullptr || value->is_null()) return {};
    if (value->map() == nullptr) {
        return fail(Fault::invalid,
                    "settings.frontmatter of a schema must be a map of keys to types, such as "
                    "{status: string}");
    }
    return parse_picoschema(*value->map());
}

/// Contents or targets by their category or type, in order of appearance.
using Found = std::map<std::string_view, std::vector<std::string_view>>;

class Checker {
public:
    explicit Checker(const NoteSchema& schema) : schema_(schema) {}

    NoteCheck run(const NoteFacts& facts, const ValueMap& frontmatter) {
        Found said;
        for (const auto& fact : facts.observations) said[fact.category].push_back(fact.content);
        Found linked;
        for (const auto& link : facts.relations) linked[link.type].push_back(link.target);
        for (const SchemaField& field : schema_.fields) {
            check_field(field, field.kind == FieldKind::reference ? linked : said);
        }
        for (const SchemaField& field : schema_.frontmatter) check_key(field, frontmatter);
        gather_unmatched(facts);
        check_.passed = check_.errors.empty();
        return std::move(check_);
    }

private:
    static FieldCheck start_of(const SchemaField& field) {
        return {field.name, field.type, field.required, FieldStatus::present, {}, ""};
    }

    void issue(FieldCheck check) {
        auto& list = schema_.mode == SchemaMode::strict ? check_.errors : check_.warnings;
        list.push_back(check.message);
        check_.fields.push_back(std::move(check));
    }

    /// A missing optional field is told with the field, and is no issue.
    void missing(FieldCheck check, const std::string& what) {
        check.status = FieldStatus::missing;
        check.message = (check.required ? "Missing required " : "Missing optional ") + what;
        if (check.required)
            issue(std::move(check));
        else
            check_.fields.push_back(std::move(check));
    }

    static bool is_allowed(const SchemaField& field, std::string_view value) {
        return std::find(field.allowed.begin(), field.allowed.end(), value) != field.allowed.end();
    }

    void check_field(const SchemaField& field, const Found& found) {
        FieldCheck check = start_of(field);
        const auto values = found.find(field.name);
        if (values == found.end()) {
            missing(std::move(check), "field: " + field.name +
                                          (field.kind == FieldKind::reference
                                               ? " (no '" + field.name + " [[...]]' relation found)"
                                               : " (expected [" + field.name + "] observation)"));
            return;
        }
        std::vector<std::string> wrong;
        for (const std::string_view value : values->second) {
            if (check.values.size() < kMaxShownValues) check.values.push_back(cut(value));
            if (field.kind != FieldKind::enumeration || is_allowed(field, value)) continue;
            if (wrong.size() < kMaxShownValues) wrong.push_back(cut(value));
        }
        if (wrong.empty()) {
            check_.fields.push_back(std::move(check));
            return;
        }
        check.status = FieldStatus::enum_mismatch;
        check.message = "Field '" + field.name + "' has invalid value(s): " + join(wrong, ", ") +
                        " (allowed: " + join(field.allowed, ", ") + ")";
        issue(std::move(check));
    }

    void check_key(const SchemaField& field, const ValueMap& frontmatter) {
        FieldCheck check = start_of(field);
        const Value* value = find(frontmatter, field.name);
        if (value == nullptr || value->is_null()) {
            missing(std::move(check), "frontmatter key: " + field.name);
            return;
        }
        const std::string text = display_string(*value);
        check.values.push_back(cut(text));
        if (field.kind != FieldKind::enumeration || is_allowed(field, text)) {
            check_.fields.push_back(std::move(check));
            return;
        }
        check.status = FieldStatus::enum_mismatch;
        check.message = "Frontmatter key '" + field.name + "' has invalid value: " + cut(text) +
                        " (allowed: " + join(field.allowed, ", ") + ")";
        issue(std::move(check));
    }

    void gather_unmatched(const NoteFacts& facts) {
        std::set<std::string_view> categories;
        std::set<std::string_view> types;
        for (const SchemaField& field : schema_.fields) {
            (field.kind == FieldKind::reference ? types : categories).insert(field.name);
        }
        std::map<std::string_view, std::size_t> places;
        for (const auto& fact : facts.observations) {
            if (categories.count(fact.category) != 0) continue;
            auto& list = check_.unmatched_observations;
            const auto [place, is_new] = places.try_emplace(fact.category, list.size());
            if (is_new) list.emplace_back(fact.category, 0);
            ++list[place->second].second;
        }
        for (const auto& link : facts.relations) {
            if (types.insert(link.type).second) check_.unmatched_relations.push_back(link.type);
        }
    }

    const NoteSchema& schema_;
    NoteCheck check_;
};

}  // namespace

Result<NoteSchema> read_schema_note(const ValueMap& frontmatter) {
    const Value* entity = find(frontmatter, "entity");
    const bool is_named =
        entity != nullptr && entity->scalar() != nullptr && !is_blank(display_string(*entity));
    if (!is_named || entity->is_null()) {
        return fail(Fault::invalid, "Schema note missing required 'entity' field in frontmatter");
    }
    const ValueMap* declared = map_under(frontmatter, "schema");
    if (declared == nullptr || declared->empty()) {
        return fail(Fault::invalid, "Schema note missing required 'schema' dict in frontmatter");
    }
    const ValueMap* settings = map_under(frontmatter, "settings");
    const auto mode = read_mode(settings);
    if (!mode) return tl::unexpected(mode.error());
    auto fields = parse_picoschema(*declared);
    if (!fields) return tl::unexpected(fields.error());
    auto rules = frontmatter_rules(settings);
    if (!rules) return tl::unexpected(rules.error());
    return NoteSchema{std::string(trim(display_string(*entity))), *std::move(fields),
                      *std::move(rules), *mode};
}

Result<std::optional<NoteSchema>> read_inline_schema(const ValueMap& frontmatter,
                                                     std::string_view note_type) {
    const ValueMap* declared = map_under(frontmatter, "schema");
    if (declared == nullptr) return std::nullopt;
    const auto mode = read_mode(map_under(frontmatter, "settings"));
    if (!mode) return tl::unexpected(mode.error());
    auto fields = parse_picoschema(*declared);
    if (!fields) return tl::unexpected(fields.error());
    return NoteSchema{std::string(note_type), *std::move(fields), {}, *mode};
}

std::optional<std::string> schema_reference(const ValueMap& frontmatter) {
    const Value* value = find(frontmatter, "schema");
    if (value == nullptr || value->scalar() == nullptr || value->is_null()) return std::nullopt;
    std::string text(trim(display_string(*value)));
    if (text.empty()) return std::nullopt;
    return text;
}

NoteCheck check_note(const NoteSchema& schema, const NoteFacts& facts,
                     const ValueMap& frontmatter) {
    return Checker(schema).run(facts, frontmatter);
}

}  // namespace bm
