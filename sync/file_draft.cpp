#include "sync/file_draft.hpp"

#include "markdown/mime_type.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kExcerptCharacters = 250;

std::string canvas_or_file_type(std::string_view name) {
    return ends_with_ignoring_case(name, ".canvas") ? "canvas" : "file";
}

}  // namespace

Timestamp updated_of(const PreparedFile& file) {
    if (file.note && file.note->modified) return to_timestamp(*file.note->modified);
    return timestamp_from_ns(file.stamp.mtime_ns);
}

EntityDraft file_draft(const PreparedFile& file) {
    EntityDraft draft{.title = std::string(file_name(file.path.str())),
                      .type = canvas_or_file_type(file.path.str()),
                      .metadata = "{}",
                      .content_type = std::string(mime_type_for(file.path.str())),
                      .permalink = std::nullopt,
                      .path = file.path,
                      .checksum = file.checksum,
                      .stamp = file.stamp,
                      .created = file.born,
                      .updated = updated_of(file),
                      .excerpt = ""};
    if (!file.note) return draft;
    const ParsedNote& note = *file.note;
    draft.title = note.title;
    draft.type = note.type;
    draft.metadata = to_json(note.metadata);
    draft.permalink = note.permalink;
    if (note.created) draft.created = to_timestamp(*note.created);
    draft.excerpt = std::string(first_code_points(note.body, kExcerptCharacters));
    return draft;
}

}  // namespace bm
