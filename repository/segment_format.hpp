#pragma once

#include <cstdint>
#include <string>

#include "repository/byte_stream.hpp"

namespace bm {

// How a segment is laid out in rows of text_page. Writer and reader share these words.
//
// A row with a first_term describes lists of postings:
//  - a page of short lists: for each term, in ascending order, how many bytes it shares with the
//    term before it, the rest of it, and the size and bytes of its list (a head, the length of its
//    positions, one chunk of postings). The next row holds the positions of all its lists.
//  - a long list: its term, a head, and where each chunk ends (one more than its last ordinal, as
//    the distance to the chunk before). Two rows for each chunk follow: its postings, its
//    positions.
// Those other rows have no first_term; they are found by number.
//
// A chunk is a table of its blocks (distance from the end of the block before to the last ordinal,
// bytes of the block, bytes of its positions), then the blocks. A list of a single block goes
// without the table. Positions stand apart so that ranking single words never reads them.
constexpr char kShortListsPage = 0;
constexpr char kLongListPage = 1;

/// How many documents have a term: at all, in the title, in the content.
struct ListHead {
    std::uint32_t postings;
    std::uint32_t title_documents;
    std::uint32_t content_documents;
};

// Most terms are in the content of all their documents and in the title of none: one number.
inline void append_list_head(std::string& out, const ListHead& head) {
    const unsigned in_titles = head.title_documents > 0 ? 1 : 0;
    const unsigned not_in_all = head.content_documents < head.postings ? 2 : 0;
    append_varint(out, static_cast<std::uint64_t>(head.postings) << 2U | in_titles | not_in_all);
    if (in_titles != 0) append_varint(out, head.title_documents);
    if (not_in_all != 0) append_varint(out, head.content_documents);
}

inline ListHead read_list_head(ByteReader& from) {
    const std::uint64_t first = from.varint();
    if (first >> 34U != 0 || first >> 2U == 0) throw_damaged_index("postings of a term");
    ListHead head{static_cast<std::uint32_t>(first >> 2U), 0, 0};
    head.content_documents = head.postings;
    if ((first & 1U) != 0) head.title_documents = from.varint32();
    if ((first & 2U) != 0) head.content_documents = from.varint32();
    if (head.title_documents > head.postings || head.content_documents > head.postings) {
        throw_damaged_index("documents of a term");
    }
    return head;
}

}  // namespace bm
