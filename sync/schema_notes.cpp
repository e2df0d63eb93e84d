#include "sync/schema_notes.hpp"

#include <algorithm>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/json_reader.hpp"
#include "markdown/permalink.hpp"

namespace bm {

namespace {

// A schema is short; the frontmatter of a larger file is taken from the index.
constexpr std::int64_t kMaxSchemaBytes = 1 << 20;

bool says_schema(const ValueMap& frontmatter) {
    const Value* schema = find(frontmatter, "schema");
    const Value* entity = find(frontmatter, "entity");
    return entity != nullptr && !entity->is_null() && schema != nullptr &&
           schema->map() != nullptr && !schema->map()->empty();
}

ValueMap metadata_of(const Entity& entity) {
    const auto value = parse_json(entity.metadata);
    return value && value->map() != nullptr ? *value->map() : ValueMap{};
}

ValueMap frontmatter_of(NoteFiles& files, const Entity& entity) {
    const auto stamp = files.stamp(entity.path);
    if (stamp && stamp->size <= kMaxSchemaBytes) {
        if (const auto content = files.read(entity.path)) {
            ValueMap values = normalized(split_frontmatter(content->bytes).values);
            if (says_schema(values)) return values;
        }
    }
    return metadata_of(entity);
}

SchemaNote schema_note_of(NoteFiles& files, const Entity& entity) {
    const ValueMap frontmatter = frontmatter_of(files, entity);
    SchemaNote note{entity.title, entity.permalink, entity.path.str(), std::nullopt,
                    read_schema_note(frontmatter)};
    if (const Value* named = find(frontmatter, "entity"); named != nullptr && !named->is_null()) {
        note.entity = canonical_type(display_string(*named));
        if (note.entity->empty()) note.entity.reset();
    }
    if (!note.schema)
        note.schema = fail(note.schema.error().fault,
                           note.schema.error().message + " (in " + note.path + ")");
    return note;
}

}  // namespace

SchemaNotes::SchemaNotes(KnowledgeBase& knowledge, const Project& project) {
    const auto rows = knowledge.index().read(
        [&](Tables& tables) { return tables.entities.by_type(project.id, "schema"); });
    const auto files = knowledge.files(project);
    notes_.reserve(rows.size());
    for (const Entity& row : rows) notes_.push_back(schema_note_of(*files, row));
}

const SchemaNote* SchemaNotes::for_type(std::string_view type) const {
    const auto found = std::find_if(notes_.begin(), notes_.end(),
                                    [&](const SchemaNote& note) { return note.entity == type; });
    return found == notes_.end() ? nullptr : &*found;
}

const SchemaNote* SchemaNotes::named(std::string_view reference) const {
    if (const SchemaNote* note = for_type(canonical_type(reference))) return note;
    const auto found = std::find_if(notes_.begin(), notes_.end(), [&](const SchemaNote& note) {
        return note.title == reference || note.permalink == reference;
    });
    return found == notes_.end() ? nullptr : &*found;
}

std::vector<const SchemaNote*> SchemaNotes::of_no_type() const {
    std::vector<const SchemaNote*> found;
    for (const SchemaNote& note : notes_) {
        if (!note.entity) found.push_back(&note);
    }
    return found;
}

std::vector<std::string> SchemaNotes::types() const {
    std::vector<std::string> types;
    for (const SchemaNote& note : notes_) {
        if (note.entity) types.push_back(*note.entity);
    }
    std::sort(types.begin(), types.end());
    types.erase(std::unique(types.begin(), types.end()), types.end());
    return types;
}

}  // namespace bm
