#include <string>
#include <utility>
#include <vector>

#include "markdown/file_naming.hpp"
#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "sync/note_store.hpp"
#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/note_naming.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"
#include "tools/typed_place.hpp"
namespace bm {

namespace {

constexpr std::string_view kCanvasDescription =
    "Write an Obsidian canvas (JSON Canvas 1.0), a picture of notes and how they hang together. "
    "nodes are objects with id, type (text, file, link or group), x, y, width and height, and "
    "text, file, url or label according to the type; edges are objects with id, fromNode and "
    "toNode, and optionally fromSide, toSide, label and color. title and folder (or directory) are "
    "required; folder \"\" is the project root. An existing canvas of that name is replaced.";

constexpr std::string_view kSuffix = ".canvas";

struct Canvas {
    Json nodes;
    Json edges;
    std::string title;
    std::string folder;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        using Kind = Parameter::Kind;
        return {{.name = "nodes", .kind = Kind::objects, .required = true},
                {.name = "edges", .kind = Kind::objects, .required = true},
                {.name = "title", .required = true, .max_bytes = kMaxNameBytes},
                {.name = "folder",
                 .required = true,
                 .second_name = "directory",
                 .description = "Folder in the project, e.g. \"maps\"",
                 .max_bytes = kMaxNameBytes},
                project_parameter(),
                project_id_parameter()};
    }

    static tl::expected<Canvas, ArgumentProblem> from(const Arguments& arguments) {
        Canvas input{arguments.json("nodes"), arguments.json("edges"),
                     std::string(trim(arguments.text("title"))), arguments.text("folder"),
                     read_project_wish(arguments)};
        if (input.title.empty()) return body_problem("title cannot be empty");
        return input;
    }

    /// As the caller spelled it; the root has no name.
    [[nodiscard]] std::string typed_path() const {
        const bool is_root = is_blank(folder) || folder == "/";
        return is_root ? title : folder + '/' + title;
    }
    [[nodiscard]] std::string typed_file() const {
        const std::string path = typed_path();
        return ends_with_ignoring_case(path, kSuffix) ? path : path + std::string(kSuffix);
    }
};

std::string canvas_text(const Canvas& input) {
    const Json document = {{"nodes", input.nodes}, {"edges", input.edges}};
    return document.dump(2, ' ', true, Json::error_handler_t::replace);
}

Error invalid_path(const std::string& path) {
    return {Fault::forbidden, "Invalid file path: " + echoed(path) +
                                  ". Path must be relative and stay within project boundaries."};
}

Result<Json> canvas(ToolContext& context, const Canvas& input) {
    const auto chosen = is_memory_url(input.folder)
                            ? project_for(context.knowledge, input.wish, input.folder)
                            : project_for(context.knowledge, input.wish);
    if (!chosen) return tl::unexpected(chosen.error());
    const TypedPlace place = typed_place(context.knowledge, *chosen, input.folder);
    const std::string typed = input.typed_file();
    if (!stays_inside(place.project, input.typed_path()) || !stays_inside(place.project, typed) ||
        (is_memory_url(input.folder) && !stays_inside(place.project, place.path))) {
        log_refusal(context, place.project, typed);
        return tl::unexpected(invalid_path(typed));
    }
    const auto name = file_name_with_suffix(input.title, kSuffix);
    if (!name) return tl::unexpected(name.error());
    const std::string folder = place.path == "/" ? "" : sanitized_folder(place.path);
    const auto path = RelativePath::parse(normalized_path(folder + '/' + *name));
    if (!path) return tl::unexpected(path.error());
    NoteStore store(context.knowledge, place.project);
    auto outcome = store.write_file(*path, canvas_text(input));
    return std::visit(Match{[&](const StoredNote& file) -> Result<Json> {
                                const std::string undone = not_done_section(file.not_done);
                                return (file.created ? "# Created: " : "# Updated: ") +
                                       path->str() +
                                       "\n\nThe canvas is ready to open in Obsidian." +
                                       (undone.empty() ? "" : "\n" + undone);
                            },
                            [&](const NoteExists&) -> Result<Json> {
                                return fail(Fault::conflict, path->str() + " exists already");
                            },
                            [&](const Error& error) -> Result<Json> {
                                if (error.fault != Fault::forbidden) return tl::unexpected(error);
                                log_refusal(context, place.project, typed);
                                return tl::unexpected(invalid_path(typed));
                            }},
                      outcome);
}

}  // namespace

Tool canvas_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "canvas",
                      .title = "Canvas",
                      .description = kCanvasDescription,
                      .parameters = Canvas::parameters(),
                      .output_schema = wrapped_schema({"string"}),
                      .annotations = kChanges},
                     canvas);
}

}  // namespace bm
