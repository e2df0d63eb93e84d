#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/method.hpp"
#include "server/pagination.hpp"

namespace bm {

/// Lists that are the same for every caller, and change only when the program does.
inline constexpr CacheHint listing_for_everyone{300'000, "public"};

/// One page of `entries`, as the member `member` of the result.
template <class Entry>
[[nodiscard]] Outcome list_entries(const char* member, const std::vector<Entry>& entries,
                                   std::string Entry::*key,
                                   Json (*encode)(const Entry&, const RevisionPolicy&),
                                   const Offering& offering, const RequestContext& context) {
    const auto page =
        requested_page(member, context.params, entries.size(), offering.page_size,
                       [&](std::size_t i) { return std::string_view(entries[i].*key); });
    if (!page) return page.error();
    Json list = Json::array();
    for (std::size_t i = page->first; i < page->last; ++i) {
        list.push_back(encode(entries[i], context.policy));
    }
    Json result = Json::object();
    result[member] = std::move(list);
    if (!page->next_cursor.empty()) result["nextCursor"] = page->next_cursor;
    return result;
}

}  // namespace bm
