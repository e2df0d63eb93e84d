#include <utility>

#include "markdown/mime_type.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "tools/all_resources.hpp"
#include "tools/completion.hpp"
#include "tools/path_guard.hpp"
#include "tools/prompt_values.hpp"
#include "tools/resource_uri.hpp"

namespace bm {
namespace {

Result<std::string> path_at(std::string_view uri) {
    const auto encoded = memory_path(uri);
    auto path = encoded ? uri_text(*encoded) : std::nullopt;
    if (!path) {
        return fail(Fault::not_found, "Unknown resource: " + std::string(uri));
    }
    return *std::move(path);
}

Result<void> check_inside(KnowledgeBase& knowledge, const CallContext& call, const char* method,
                          const Project& project, const std::string& path) {
    const ToolContext context{knowledge, call, method, {}};
    if (refuse_outside(context, project, "Resource", path)) {
        return fail(Fault::forbidden, refusal_sentence("Resource", path));
    }
    return {};
}

Result<std::string> note_change_key(KnowledgeBase& knowledge, const CallContext& call,
                                    std::string_view uri) {
    const auto path = path_at(uri);
    const auto project = prompt_project(knowledge, {});
    if (path && project) {
        const auto inside = check_inside(knowledge, call, "resources/subscribe", *project, *path);
        if (!inside) return tl::unexpected(inside.error());
    }
    // Whoever wants the key is about to follow the note.
    if (path && !knowledge.changes().hear_others()) {
        knowledge.log()(
            LogLevel::warning,
            "What other processes change is not told: the system has no file watches left");
    }
    return path.map(address_key);
}

Result<ResourceText> read_note_at(KnowledgeBase& knowledge, const CallContext& call,
                                  std::string_view uri) {
    const auto path = path_at(uri);
    if (!path) {
        return tl::unexpected(path.error());
    }
    const auto project = prompt_project(knowledge, {});
    if (!project) {
        return tl::unexpected<Error>(project.error());
    }
    const auto inside = check_inside(knowledge, call, "resources/read", *project, *path);
    if (!inside) {
        return tl::unexpected(inside.error());
    }
    const auto found = find_note(knowledge, *project, false, *path, LookupPurpose::reading);
    if (!found) {
        return tl::unexpected<Error>(found.error());
    }
    if (!is_note_name(found->entity.path.str())) {
        return fail(Fault::not_found, found->entity.path.str() +
                                          " is not a note. Read it with the tool read_content.");
    }
    NoteStore store(knowledge, found->project);
    return store.read(found->entity.path).map([](FileContent content) {
        return ResourceText{"text/markdown", replace_invalid_utf8(content.bytes)};
    });
}

}  // namespace

ResourceTemplate note_resource(KnowledgeBase& knowledge) {
    return {"memory://{+path}",
            "note",
            "Note",
            "A note by permalink, title or path; a project may stand in front",
            "text/markdown",
            [&knowledge](const CallContext& call, std::string_view uri) {
                return read_note_at(knowledge, call, uri);
            },
            [&knowledge](std::string_view variable, std::string_view typed,
                         const auto&) -> std::vector<std::string> {
                const auto project = prompt_project(knowledge, {});
                return variable == "path" && project
                           ? complete_permalink(knowledge, *project, typed)
                           : std::vector<std::string>{};
            },
            [&knowledge](const CallContext& call, std::string_view uri) {
                return note_change_key(knowledge, call, uri);
            }};
}

}  // namespace bm
