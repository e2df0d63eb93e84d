#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cloud/sync_context.hpp"

/// Links below a folder that is synced. rclone does not list them, so that what lies behind one
/// looks as if it were in the cloud only, and would be written through the link.
namespace bm {

/// The same rules, which leave out each link below `root` with all that is behind it;
/// `links_warning` then says so. What the rules leave out as a whole is passed over. The tree is
/// walked, never through a link. Fault::local_io when that cannot be done.
CloudResult<ScopeFilter> without_links(ScopeFilter filter, const std::filesystem::path& root);

/// The rules of rclone for such links, relative to the root. Pure.
std::string rclone_rules_for_links(const std::vector<std::string>& links);

}  // namespace bm
