#include "cloud/local_links.hpp"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "markdown/text.hpp"
#include "sync/ignore_glob.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLinksShown = 5;

class LinkWalk {
public:
    LinkWalk(const ScopeFilter& filter, const fs::path& root) : filter_(filter), root_(root) {}

    CloudResult<std::vector<std::string>> run() {
        folders_.emplace_back();
        while (!folders_.empty()) {
            const std::string folder = std::move(folders_.back());
            folders_.pop_back();
            if (auto read = look_into(folder); !read) return tl::unexpected(read.error());
        }
        std::sort(links_.begin(), links_.end());
        return std::move(links_);
    }

private:
    CloudResult<void> look_into(const std::string& folder) {
        std::error_code problem;
        for (fs::directory_iterator at(root_ / folder, problem), end; !problem && at != end;
             at.increment(problem)) {
            std::error_code gone;
            const auto kind = at->symlink_status(gone).type();
            if (kind != fs::file_type::symlink && kind != fs::file_type::directory) continue;
            std::string path = at->path().filename().string();
            if (!folder.empty()) path.insert(0, folder + "/");
            const bool is_link = kind == fs::file_type::symlink;
            // A link may stand for a file, too.
            const bool is_out = filter_.excludes_all_in && filter_.excludes_all_in(path) &&
                                (!is_link || filter_.excludes(path));
            if (!is_out) (is_link ? links_ : folders_).push_back(std::move(path));
        }
        // What has gone meanwhile has no links; what nobody may read rclone cannot read either.
        const bool is_harmless = !problem || problem == std::errc::no_such_file_or_directory ||
                                 problem == std::errc::permission_denied ||
                                 problem == std::errc::not_a_directory;
        if (is_harmless) return {};
        return cloud_fail(CloudFault::local_io,
                          (root_ / folder).string() + " cannot be read: " + problem.message(),
                          "Nothing was synced.");
    }

    const ScopeFilter& filter_;
    const fs::path& root_;
    std::vector<std::string> folders_;
    std::vector<std::string> links_;
};

/// What no rule can say of a name, any character stands for.
std::string literal_of(const std::string& link) {
    std::string text = rclone_literal(is_valid_utf8(link) ? link : replace_invalid_utf8(link));
    if (!is_valid_utf8(link)) text = replace_all(std::move(text), "\xEF\xBF\xBD", "*");
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, '?');
    return text;
}

std::string warning_about(const std::vector<std::string>& links) {
    std::string names;
    for (std::size_t i = 0; i < std::min(links.size(), kLinksShown); ++i)
        names += (i == 0 ? "" : ", ") + replace_invalid_utf8(links[i]);
    if (links.size() > kLinksShown)
        names += " and " + std::to_string(links.size() - kLinksShown) + " more";
    return "Links are not followed, and nothing is written through them: " + names;
}

}  // namespace

std::string rclone_rules_for_links(const std::vector<std::string>& links) {
    std::string rules;
    for (const auto& link : links) {
        const std::string literal = literal_of(link);
        rules += "- " + rclone_line("/" + literal) + "\n- /" + literal + "/**\n";
    }
    return rules;
}

CloudResult<ScopeFilter> without_links(ScopeFilter filter, const fs::path& root) {
    auto links = LinkWalk(filter, root).run();
    if (!links) return tl::unexpected(links.error());
    if (links->empty()) return filter;
    filter.text.insert(0, rclone_rules_for_links(*links));
    filter.links_warning = warning_about(*links);
    filter.links = *links;
    const std::set<std::string, std::less<>> known(links->begin(), links->end());
    filter.excludes = [known, others = std::move(filter.excludes)](std::string_view path) {
        for (auto slash = path.find('/'); slash != std::string_view::npos;
             slash = path.find('/', slash + 1)) {
            if (known.contains(path.substr(0, slash))) return true;
        }
        return known.contains(path) || others(path);
    };
    return filter;
}

}  // namespace bm
