#include "cloud/remote_listing.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "cloud/bisync_listing.hpp"
#include "markdown/text.hpp"

namespace bm {

std::optional<FileSet> parse_lsjson(std::string_view text) {
    const auto list = nlohmann::json::parse(text, nullptr, false);
    if (!list.is_array()) return std::nullopt;
    FileSet set;
    for (const auto& entry : list) {
        const auto path = entry.is_object() ? entry.find("Path") : entry.end();
        if (path == entry.end() || !path->is_string()) return std::nullopt;
        ListedFile file;
        if (const auto size = entry.find("Size"); size != entry.end() && size->is_number()) {
            file.size = size->get<std::int64_t>();
        }
        if (const auto time = entry.find("ModTime"); time != entry.end() && time->is_string()) {
            file.modified_ns = parse_rclone_time(time->get<std::string>()).value_or(0);
        }
        const auto folder = entry.find("IsDir");
        file.is_folder = folder != entry.end() && folder->is_boolean() && folder->get<bool>();
        set.insert_or_assign(path->get<std::string>(), file);
    }
    return set;
}

ListedSide list_side(const RcloneSetup& setup, const ListingWish& wish) {
    RcloneCall call;
    call.arguments = {"lsjson", wish.side, "--no-mimetype"};
    if (!wish.only_top) call.arguments.emplace_back("-R");
    if (!wish.with_times) call.arguments.emplace_back("--no-modtime");
    if (!wish.with_folders) call.arguments.emplace_back("--files-only");
    if (!wish.filter_file.empty()) {
        call.arguments.emplace_back("--filter-from");
        call.arguments.push_back(wish.filter_file.string());
    }
    ListedSide listed{std::nullopt, run_rclone(setup, call)};
    if (!listed.outcome.succeeded()) return listed;
    listed.files = parse_lsjson(join(listed.outcome.out, "\n"));
    if (!listed.files) {
        listed.outcome.trouble = RcloneTrouble::other;
        listed.outcome.message = "the list of files could not be read";
    }
    listed.outcome.out.clear();
    return listed;
}

}  // namespace bm
