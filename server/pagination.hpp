#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/protocol_error.hpp"

namespace bm {

/// Where the page after an entry begins, as opaque text. Depends on nothing but the list and the
/// entry, so it outlives the process.
[[nodiscard]] std::string make_cursor(std::string_view list, std::string_view last_key);

/// The key within a cursor of this list. Nothing for text that make_cursor did not write for it.
[[nodiscard]] std::optional<std::string> read_cursor(std::string_view list,
                                                     std::string_view cursor);

/// The entries from `first` up to, but not including, `last`.
struct Page {
    std::size_t first = 0;
    std::size_t last = 0;
    std::string next_cursor;  ///< empty: the list ends here
};

/// The page that `params` asks for, of a list of `count` entries with unique keys. A cursor that is
/// not ours, belongs to another list, or names an entry that is gone is refused as invalid params.
[[nodiscard]] OrError<Page> requested_page(
    std::string_view list, const Json& params, std::size_t count, std::size_t page_size,
    const std::function<std::string_view(std::size_t)>& key_at);

}  // namespace bm
