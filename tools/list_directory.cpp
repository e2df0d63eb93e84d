#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "markdown/file_naming.hpp"
#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/json_value.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

constexpr std::string_view kListDirectoryDescription =
    "List folders and files of a project, as the index knows them. dir_name is a folder (\"/\" is "
    "the root), depth says how many levels to show (1 to 10), and file_name_glob filters names "
    "(\"*.md\", \"2025-*\"; case counts). sort orders by title or by time of change. Without page "
    "and page_size up to 2000 entries come at once. Use search_notes to look for content.";

// More lines would fill a model's context for nothing.
constexpr std::size_t kMaxLines = 2000;
constexpr std::int64_t kMaxListingPageSize = 200;
constexpr std::size_t kNameWidth = 30;

struct ListDirectory {
    std::string dir_name;
    int depth = 1;
    std::optional<std::string> glob;
    std::optional<std::string> sort;
    std::optional<Paging> paging;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        using Kind = Parameter::Kind;
        return {
            {.name = "dir_name",
             .fallback = "/",
             .aliases = {"directory", "folder", "path", "dir"},
             .max_bytes = kMaxNameBytes},
            {.name = "depth", .kind = Kind::integer, .fallback = 1, .minimum = 1, .maximum = 10},
            {.name = "file_name_glob",
             .aliases = {"glob", "pattern", "filter"},
             .max_bytes = kMaxNameBytes},
            project_parameter(),
            {.name = "sort", .choices = {"title_asc", "title_desc", "updated_asc", "updated_desc"}},
            page_parameter(),
            page_size_parameter(kMaxListingPageSize),
            output_format_parameter(),
            project_id_parameter()};
    }

    static tl::expected<ListDirectory, ArgumentProblem> from(const Arguments& arguments) {
        auto paging = read_paging(arguments);
        if (!paging) return tl::unexpected(paging.error());
        ListDirectory input;
        input.dir_name = arguments.text("dir_name");
        input.depth = static_cast<int>(arguments.integer("depth"));
        input.glob = arguments.optional_text("file_name_glob");
        if (!is_given(input.glob)) input.glob.reset();
        input.sort = arguments.optional_text("sort");
        if (arguments.has("page") || arguments.has("page_size")) input.paging = *paging;
        input.json = wants_json(arguments);
        input.wish = read_project_wish(arguments);
        return input;
    }
};

using Nodes = std::vector<DirectoryNode>;

/// Folders stay first and in order of name; they have no time of their own.
void sort_nodes(Nodes& nodes, const std::string& order) {
    const bool by_title = order.starts_with("title");
    const bool descending = order.ends_with("desc");
    const auto first_file =
        std::find_if(nodes.begin(), nodes.end(), [](const auto& node) { return !node.is_folder; });
    if (by_title && descending) std::reverse(nodes.begin(), first_file);
    const auto before = [by_title](const DirectoryNode& left, const DirectoryNode& right) {
        return by_title ? left.title < right.title : left.updated < right.updated;
    };
    std::stable_sort(first_file, nodes.end(),
                     [&](const DirectoryNode& left, const DirectoryNode& right) {
                         return descending ? before(right, left) : before(left, right);
                     });
}

/// The part of the nodes that is shown, and what surrounds it.
struct Listing {
    Nodes shown;
    std::size_t folders = 0;  ///< among those that are counted in the last line
    std::size_t files = 0;
    std::size_t total = 0;
    Paging paging;

    [[nodiscard]] bool has_more() const { return paging.offset() + shown.size() < total; }
};

std::size_t count_folders(const Nodes& nodes) {
    return static_cast<std::size_t>(std::count_if(
        nodes.begin(), nodes.end(), [](const DirectoryNode& node) { return node.is_folder; }));
}

Listing listing_of(Nodes nodes, const ListDirectory& input) {
    Listing listing;
    listing.total = nodes.size();
    listing.paging = input.paging.value_or(Paging{1, kMaxLines});
    listing.folders = count_folders(nodes);
    const std::size_t begin = std::min(listing.paging.offset(), nodes.size());
    const std::size_t end = begin + std::min(listing.paging.size, nodes.size() - begin);
    listing.shown.assign(
        std::make_move_iterator(nodes.begin() + static_cast<std::ptrdiff_t>(begin)),
        std::make_move_iterator(nodes.begin() + static_cast<std::ptrdiff_t>(end)));
    // A page counts its own lines.
    if (input.paging) listing.folders = count_folders(listing.shown);
    listing.files = (input.paging ? listing.shown.size() : listing.total) - listing.folders;
    return listing;
}

std::string padded(std::string_view name) {
    std::string text(name);
    const std::size_t width = count_code_points(name);
    if (width < kNameWidth) text.append(kNameWidth - width, ' ');
    return text;
}

std::string line_of(const DirectoryNode& node) {
    std::string line = (node.is_folder ? "📁 " : "📄 ") + padded(node.name) + ' ' + node.path;
    if (!node.entity) return line + "\n";
    if (!node.entity->title.empty() && node.entity->title != node.name) {
        line += " | " + node.entity->title;
    }
    return line + " | " + local_date(node.entity->updated) + "\n";
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

std::string total_line(const Listing& listing) {
    std::string kinds;
    if (listing.folders > 0) kinds = counted(listing.folders, "directory", "directories");
    if (listing.files > 0) {
        if (!kinds.empty()) kinds += ", ";
        kinds += counted(listing.files, "file", "files");
    }
    return "Total: " + std::to_string(listing.folders + listing.files) + " items (" + kinds + ")";
}

std::string single_quoted(std::string_view text) {
    return '\'' + replace_all(replace_all(text, "\\", "\\\\"), "'", "\\'") + '\'';
}

std::string next_call(const ListDirectory& input, std::size_t page, std::size_t size) {
    // The words around are matched by clients: single quotes, unlike in other texts.
    std::string call = "Call list_directory(dir_name=" + single_quoted(input.dir_name) +
                       ", depth=" + std::to_string(input.depth);
    if (input.glob) call += ", file_name_glob=" + single_quoted(*input.glob);
    if (input.sort) call += ", sort=" + single_quoted(*input.sort);
    return call + ", page=" + std::to_string(page) + ", page_size=" + std::to_string(size) +
           ") to continue.";
}

std::string more_text(const ListDirectory& input, const Listing& listing) {
    if (!listing.has_more()) return {};
    if (input.paging) {
        return "\n\nMore results available. " +
               next_call(input, listing.paging.page + 1, listing.paging.size);
    }
    return "\n\nOnly the first " + std::to_string(kMaxLines) + " of " +
           std::to_string(listing.total) + " items are shown. " +
           next_call(input, kMaxLines / kMaxListingPageSize + 1, kMaxListingPageSize);
}

std::string text_of(const ListDirectory& input, const Listing& listing) {
    const std::string depth = " (depth " + std::to_string(input.depth) + "):\n";
    std::string text = input.glob ? "Files in '" + echoed(input.dir_name) + "' matching '" +
                                        echoed(*input.glob) + "'" + depth
                                  : "Contents of '" + echoed(input.dir_name) + "'" + depth;
    if (input.paging) {
        text += "Page " + std::to_string(listing.paging.page) + " (page size " +
                std::to_string(listing.paging.size) + ", " + std::to_string(listing.total) +
                " total items)\n";
    }
    if (listing.shown.empty()) {
        const std::size_t last = (listing.total - 1) / listing.paging.size + 1;
        return text + "\nNo items on this page.\nRequested page " +
               std::to_string(listing.paging.page) +
               " is beyond the available results; the last available page is " +
               std::to_string(last) + ".";
    }
    std::string folders;
    std::string files;
    for (const auto& node : listing.shown) (node.is_folder ? folders : files) += line_of(node);
    for (const auto& block : {folders, files}) {
        if (!block.empty()) text += "\n" + block;
    }
    return text + "\n" + total_line(listing) + more_text(input, listing);
}

Json node_json(const DirectoryNode& node) {
    if (!node.entity) {
        return {{"name", node.name},      {"directory_path", node.path}, {"type", "directory"},
                {"title", nullptr},       {"permalink", nullptr},        {"file_path", nullptr},
                {"external_id", nullptr}, {"updated_at", nullptr}};
    }
    const Entity& entity = *node.entity;
    return {{"name", node.name},
            {"directory_path", "/" + node.path},
            {"type", "file"},
            {"title", entity.title},
            {"permalink", permalink_json(entity)},
            {"file_path", node.path},
            {"external_id", entity.external_id},
            {"note_type", entity.type},
            {"content_type", entity.content_type},
            {"updated_at", iso8601_utc(entity.updated)}};
}

Json json_of_listing(const Listing& listing) {
    Json nodes = Json::array();
    for (const auto& node : listing.shown) nodes.push_back(node_json(node));
    return {{"nodes", std::move(nodes)},
            {"page", listing.paging.page},
            {"page_size", listing.paging.size},
            {"total", listing.total},
            {"has_more", listing.has_more()}};
}

Result<Json> list_directory(ToolContext& context, const ListDirectory& input) {
    const auto chosen = project_for(context.knowledge, input.wish);
    if (!chosen) return tl::unexpected(chosen.error());
    // A leading slash means the root of the project here.
    std::string_view folder = trim(input.dir_name);
    if (folder.starts_with('/')) folder.remove_prefix(1);
    if (!stays_inside(chosen->project, folder)) {
        log_refusal(context, chosen->project, input.dir_name);
        context.failed = true;
        std::string text = refusal_text("Directory path", input.dir_name);
        if (!input.json) return text;
        Json value = json_of_listing(listing_of({}, input));
        add_failure(value, "SECURITY_VALIDATION_ERROR", std::move(text));
        return value;
    }
    const std::string path = normalized_path(folder);
    const Listing listing = context.knowledge.index().read([&](Tables& tables) {
        using Keys = DirectoryRepository::SortKeys;
        Nodes nodes = tables.directories.outline(
            chosen->project.id, path, input.depth,
            input.glob ? std::optional<std::string_view>(*input.glob) : std::nullopt,
            input.sort ? Keys::title_and_time : Keys::none);
        if (input.sort) sort_nodes(nodes, *input.sort);
        Listing page = listing_of(std::move(nodes), input);
        tables.directories.load(page.shown);
        return page;
    });
    if (input.json) return json_of_listing(listing);
    if (listing.total > 0) return text_of(input, listing);
    std::string text = "No files found in directory '" + echoed(input.dir_name) + "'";
    if (input.glob) text += " matching '" + echoed(*input.glob) + "'";
    return text;
}

}  // namespace

Tool list_directory_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "list_directory",
                      .title = "List Directory",
                      .description = kListDirectoryDescription,
                      .parameters = ListDirectory::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kReadsOnly},
                     list_directory);
}

}  // namespace bm
