#include "sync/file_preparation.hpp"

#include <utility>

#include "markdown/mime_type.hpp"
#include "markdown/note_parser.hpp"
#include "repository/clock.hpp"
#include "sync/row_stamp.hpp"

namespace bm {

PreparedFile unread_file(const RelativePath& path, const MeasuredFile& measured) {
    PreparedFile file{path, measured.stamp, measured.born, measured.checksum, std::nullopt};
    if (is_note_name(path.str())) file.note = parse_note("", path);
    return file;
}

Result<PreparedFile> prepare_from_disk(NoteFiles& files, const RelativePath& path) {
    const auto stamp = files.stamp(path);
    if (!stamp) return tl::unexpected(stamp.error());
    return prepare_from_disk(files, path, stamp->size);
}

Result<PreparedFile> prepare_from_disk(NoteFiles& files, const RelativePath& path,
                                       std::int64_t size) {
    const Timestamp begun = system_now();
    const auto read = [&]() -> Result<PreparedFile> {
        if (is_note_name(path.str()) && size <= kMaxNoteBytes) {
            return files.read(path).and_then(
                [&](FileContent content) { return prepare_bytes(path, std::move(content)); });
        }
        return files.measure(path).map(
            [&](const MeasuredFile& measured) { return unread_file(path, measured); });
    };
    return read().map([&](PreparedFile file) {
        file.stamp = marked_unless_settled(file.stamp, begun);
        return file;
    });
}

Result<PreparedFile> prepare_bytes(const RelativePath& path, FileContent content) {
    if (static_cast<std::int64_t>(content.bytes.size()) <= kMaxNoteBytes) {
        return prepare_file(path, std::move(content));
    }
    return unread_file(path, {checksum_of(content.bytes), content.stamp, content.born});
}

}  // namespace bm
