#include "markdown/note_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/inline_runs.hpp"
#include "markdown/observation_syntax.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "markdown/written_time.hpp"

namespace bm {
namespace {

constexpr std::string_view default_type = "note";

/// A title or type as one line of text: lists joined, maps in the host language's notation. None
/// for a missing or null value.
std::optional<std::string> as_text(const ValueMap& metadata, std::string_view key) {
    const Value* value = find(metadata, key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    const ValueList* list = value->list();
    if (list == nullptr) return display_string(*value);
    std::vector<std::string> pieces;
    pieces.reserve(list->size());
    for (const Value& item : *list) pieces.push_back(display_string(item));
    return join(pieces, ", ");
}

void read_title_and_type(ParsedNote& note, const RelativePath& path) {
    const auto title = as_text(note.metadata, "title");
    const bool usable = title && !title->empty() && *title != "None";
    note.title = usable ? *title : std::string(file_stem(path.str()));
    assign(note.metadata, "title", Value::string(note.title));
    note.type = as_text(note.metadata, "type").value_or(std::string(default_type));
    assign(note.metadata, "type", Value::string(note.type));
}

void read_permalink(ParsedNote& note) {
    const Value* value = find(note.metadata, "permalink");
    if (value == nullptr || value->is_null() || value->scalar() == nullptr) return;
    note.permalink = value->scalar()->text;
}

void read_tags(ParsedNote& note) {
    const Value* value = find(note.frontmatter, "tags");
    if (value == nullptr) return;
    note.tags = parse_tags(*value);
    if (note.tags.empty()) return;
    ValueList list;
    list.reserve(note.tags.size());
    for (const std::string& tag : note.tags) list.push_back(Value::string(tag));
    assign(note.metadata, "tags", Value(std::move(list)));
}

/// The line on which `key` stands in the front matter, 1 when it cannot be told.
std::size_t line_of_key(std::string_view text, std::string_view key) noexcept {
    std::size_t line = 1;
    for (std::size_t begin = 0; begin < text.size(); ++line) {
        std::string_view rest = text.substr(begin);
        if (rest.front() == '"' || rest.front() == '\'') rest.remove_prefix(1);
        if (rest.substr(0, key.size()) == key) return line;
        const std::size_t end = text.find('\n', begin);
        if (end == std::string_view::npos) break;
        begin = end + 1;
    }
    return 1;
}

std::optional<WrittenTime> read_time(ParsedNote& note, std::string_view text,
                                     std::string_view field) {
    const Value* value = find(note.frontmatter, field);
    if (value == nullptr || value->is_null()) return std::nullopt;
    std::optional<WrittenTime> moment;
    if (const Scalar* scalar = value->scalar()) {
        switch (scalar->kind) {
            case ScalarKind::date:
            case ScalarKind::timestamp:
                moment = parse_yaml_time(scalar->text);
                break;
            case ScalarKind::string:
                moment = parse_iso_time(scalar->text);
                break;
            case ScalarKind::null:
            case ScalarKind::boolean:
            case ScalarKind::integer:
            case ScalarKind::floating:
                break;
        }
    }
    if (!moment) {
        note.warnings.push_back(
            Warning{line_of_key(text, field),
                    "Invalid ISO 8601 value for frontmatter field '" + std::string(field) + "'"});
    }
    return moment;
}

void read_body(ParsedNote& note) {
    for (const InlineRun& run : inline_runs(note.body)) {
        if (auto observation = parse_observation(run.text, run.in_block_quote)) {
            note.observations.push_back(*std::move(observation));
        }
        for (Relation& relation : parse_relations(run.text, run.in_list_item)) {
            note.relations.push_back(std::move(relation));
        }
    }
}

ParsedNote parse_clean_note(std::string_view text, const RelativePath& path) {
    SplitText split = split_frontmatter(text);
    ParsedNote note;
    note.has_frontmatter = split.block == SplitText::Block::mapping;
    note.malformed_frontmatter = split.block == SplitText::Block::malformed;
    if (note.malformed_frontmatter) {
        note.warnings.push_back(
            Warning{1, "Frontmatter is not valid YAML and is read as text: " + split.problem});
    }
    note.frontmatter = std::move(split.values);
    note.body = std::move(split.body);
    note.metadata = normalized(note.frontmatter);
    read_title_and_type(note, path);
    read_permalink(note);
    read_tags(note);
    note.created = read_time(note, text, "created");
    note.modified = read_time(note, text, "modified");
    read_body(note);
    return note;
}

}  // namespace

ParsedNote parse_note(std::string_view bytes, const RelativePath& path) {
    if (bytes.find('\0') == std::string_view::npos) return parse_clean_note(bytes, path);
    std::string clean(bytes);
    std::erase(clean, '\0');
    return parse_clean_note(clean, path);
}

}  // namespace bm
