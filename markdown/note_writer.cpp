#include "markdown/note_writer.hpp"

#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

/// The keys that a note's author names in other ways than by metadata.
bool is_named_elsewhere(std::string_view key) noexcept {
    return key == "title" || key == "type" || key == "permalink";
}

ValueMap without_named_keys(const ValueMap& map) {
    ValueMap rest;
    for (const Member& member : map) {
        if (!is_named_elsewhere(member.key)) rest.push_back(member);
    }
    return rest;
}

/// The text of a scalar that says something, none for null, blank and collections.
std::optional<std::string> text_of(const ValueMap& map, std::string_view key) {
    const Value* value = find(map, key);
    if (value == nullptr || value->scalar() == nullptr || value->is_null()) return std::nullopt;
    std::string text = display_string(*value);
    if (is_blank(text)) return std::nullopt;
    return text;
}

/// The type that a block states, as it is: whatever says something counts.
std::optional<Value> stated_type(const ValueMap& block) {
    if (auto text = text_of(block, "type")) return Value::string(*std::move(text));
    const Value* value = find(block, "type");
    if (value == nullptr) return std::nullopt;
    const bool says_something = (value->list() != nullptr && !value->list()->empty()) ||
                                (value->map() != nullptr && !value->map()->empty());
    return says_something ? std::optional(*value) : std::nullopt;
}

ValueMap named_keys(const NoteDraft& draft, const PreparedDraft& prepared,
                    const std::optional<std::string>& permalink) {
    ValueMap map;
    map.push_back(Member{"title", Value::string(draft.title)});
    map.push_back(Member{"type", prepared.type});
    if (permalink) map.push_back(Member{"permalink", Value::string(*permalink)});
    return map;
}

}  // namespace

PreparedDraft prepare_draft(const NoteDraft& draft) {
    PreparedDraft prepared{Value::string(draft.type), std::nullopt, {}, draft.content};
    if (const auto block = parse_frontmatter(draft.content)) {
        if (auto type = stated_type(*block)) prepared.type = *std::move(type);
        prepared.requested_permalink = text_of(*block, "permalink");
        prepared.keys = without_named_keys(*block);
        prepared.body = strip_frontmatter(draft.content);
    }
    merge(prepared.keys, without_named_keys(draft.metadata));
    if (!draft.tags.empty()) {
        ValueList tags;
        for (const std::string& tag : draft.tags) tags.push_back(Value::string(tag));
        assign(prepared.keys, "tags", Value(std::move(tags)));
    }
    return prepared;
}

std::string write_new_note(const NoteDraft& draft, const PreparedDraft& prepared,
                           const std::optional<std::string>& permalink) {
    ValueMap map = named_keys(draft, prepared, permalink);
    map.insert(map.end(), prepared.keys.begin(), prepared.keys.end());
    return compose_note(map, prepared.body);
}

std::string write_replaced_note(const ValueMap& existing, const NoteDraft& draft,
                                const PreparedDraft& prepared,
                                const std::optional<std::string>& permalink) {
    ValueMap map = existing;
    merge(map, named_keys(draft, prepared, permalink));
    merge(map, prepared.keys);
    return compose_note(map, prepared.body);
}

}  // namespace bm
