#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "markdown/memory_url.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "tools/all_tools.hpp"
#include "tools/base64.hpp"
#include "tools/call_text.hpp"
#include "tools/image_reduction.hpp"
#include "tools/json_value.hpp"
#include "tools/note_reading.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"
#include "tools/unindexed_file.hpp"

namespace bm {

namespace {

constexpr std::string_view kReadContentDescription =
    "Read any file of a project as it is: text and JSON as text, pictures as a JPEG made small "
    "enough to look at, other files as base64 up to 350000 bytes. path is a file path, a permalink "
    "or a memory:// URL. For notes read_note is the better choice. image_block=true sends a "
    "picture as an MCP image block too, for clients that can show one.";

// The original of a picture, before it is made smaller.
constexpr std::int64_t kMaxImageBytes = 50'000'000;

struct ReadContent {
    std::string path;
    bool image_block = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        return {{.name = "path",
                 .required = true,
                 .aliases = {"file_path", "filepath", "file"},
                 .description = "Required: a file path, a permalink or a memory:// URL",
                 .max_bytes = kMaxNameBytes},
                project_parameter(),
                project_id_parameter(),
                {.name = "image_block", .kind = Parameter::Kind::boolean, .fallback = false}};
    }

    static tl::expected<ReadContent, ArgumentProblem> from(const Arguments& arguments) {
        return ReadContent{arguments.text("path"), arguments.flag("image_block"),
                           read_project_wish(arguments)};
    }
};

enum class FileKind { text, image, document };

FileKind kind_of(std::string_view mime_type) {
    if (mime_type.starts_with("text/") || mime_type == "application/json") return FileKind::text;
    return mime_type.starts_with("image/") ? FileKind::image : FileKind::document;
}

std::int64_t limit_of(FileKind kind, const RelativePath& path) {
    switch (kind) {
        case FileKind::text:
            // A note has no limit, whichever tool reads it.
            return is_note_name(path.str()) ? std::numeric_limits<std::int64_t>::max()
                                            : kMaxTextBytes;
        case FileKind::image:
            return kMaxImageBytes;
        case FileKind::document:
            break;
    }
    return static_cast<std::int64_t>(kMaxPayloadBytes);
}

Json error_value(std::string reason) { return {{"type", "error"}, {"error", std::move(reason)}}; }

Json too_large(std::string_view what, std::int64_t bytes) {
    return error_value(too_large_text(what, bytes));
}

Json encoded_value(std::string_view type, std::string_view mime_type, std::string data) {
    return {{"type", type},
            {"source", {{"type", "base64"}, {"media_type", mime_type}, {"data", std::move(data)}}}};
}

Json text_value(std::string_view mime_type, std::string_view bytes) {
    std::string type(mime_type);
    if (type.starts_with("text/")) type += "; charset=utf-8";
    return {{"type", "text"},
            {"text", replace_invalid_utf8(bytes)},
            {"content_type", std::move(type)},
            {"encoding", "utf-8"}};
}

Json content_value(ToolContext& context, const ReadContent& input, const std::string& bytes,
                   std::string_view mime_type) {
    const FileKind kind = kind_of(mime_type);
    if (kind == FileKind::text) return text_value(mime_type, bytes);
    if (kind == FileKind::image) {
        if (const auto jpeg = reduced_jpeg(bytes)) {
            const std::string data = base64(*jpeg);
            if (input.image_block) context.images.push_back({"image/jpeg", data});
            return encoded_value("image", "image/jpeg", data);
        }
    }
    // A drawing, or a picture in a format that we cannot read, is sent like any other file.
    if (bytes.size() > kMaxPayloadBytes) {
        return context.failure(too_large("Document", static_cast<std::int64_t>(bytes.size())));
    }
    return encoded_value("document", mime_type, base64(bytes));
}

Json refusal(ToolContext& context, const ReadContent& input, const Project& project) {
    log_refusal(context, project, input.path);
    return context.failure(error_value(refusal_sentence("Path", input.path)));
}

/// Where the file is that the caller means.
struct WantedFile {
    Project project;
    RelativePath path;
};

Result<WantedFile> wanted_file(KnowledgeBase& knowledge, const ChosenProject& chosen,
                               const std::string& typed) {
    auto found =
        find_note(knowledge, chosen.project, chosen.is_explicit, typed, LookupPurpose::reading);
    if (found) return WantedFile{std::move(found->project), std::move(found->entity.path)};
    if (found.error().fault == Fault::not_found) {
        if (auto file = unindexed_file(knowledge, chosen, typed)) {
            return WantedFile{std::move(file->project), std::move(file->path)};
        }
    }
    return tl::unexpected(found.error());
}

/// The answer for a file that is too large for its kind.
std::optional<Json> refused_for_size(KnowledgeBase& knowledge, const WantedFile& file,
                                     FileKind kind) {
    const auto stamp = knowledge.files(file.project)->stamp(file.path);
    if (!stamp || stamp->size <= limit_of(kind, file.path)) return std::nullopt;
    switch (kind) {
        case FileKind::text:
            return error_value(large_text_sentence(stamp->size));
        case FileKind::image:
            return too_large("Image", stamp->size);
        case FileKind::document:
            break;
    }
    return too_large("Document", stamp->size);
}

Result<Json> read_content(ToolContext& context, const ReadContent& input) {
    const auto chosen = project_for(context.knowledge, input.wish, input.path);
    if (!chosen) return tl::unexpected(chosen.error());
    if (!stays_inside(chosen->project, input.path)) {
        return refusal(context, input, chosen->project);
    }
    const Error unknown{Fault::not_found,
                        "Resource not found: " + echoed(without_memory_scheme(input.path))};
    if (is_blank(without_memory_scheme(input.path))) return tl::unexpected(unknown);
    const auto found = wanted_file(context.knowledge, *chosen, input.path);
    if (!found) {
        return tl::unexpected(found.error().fault == Fault::not_found ? unknown : found.error());
    }
    const std::string_view mime_type = mime_type_for(found->path.str());
    if (auto answer = refused_for_size(context.knowledge, *found, kind_of(mime_type))) {
        return context.failure(*std::move(answer));
    }
    NoteStore store(context.knowledge, found->project);
    const auto content = store.read(found->path);
    if (content) return content_value(context, input, content->bytes, mime_type);
    switch (content.error().fault) {
        case Fault::forbidden:
            return refusal(context, input, found->project);
        case Fault::not_found:
            return tl::unexpected(unknown);
        default:
            return tl::unexpected(content.error());
    }
}

}  // namespace

Tool read_content_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "read_content",
                      .title = "Read Content",
                      .description = kReadContentDescription,
                      .parameters = ReadContent::parameters(),
                      .output_schema = open_object_schema(),
                      .annotations = kReadsOnly,
                      .wraps_result = false},
                     read_content);
}

}  // namespace bm
