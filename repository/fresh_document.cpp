#include "repository/fresh_document.hpp"

#include <algorithm>
#include <tuple>

#include "repository/tokenizer.hpp"

namespace bm {

// The number of entries, where each begins (four bytes, so that a search can jump), and the
// entries: length and bytes of the term, hits in the title, hits in the content, positions.

FreshDocument::FreshDocument(std::string_view bytes) {
    ByteReader from(bytes);
    count_ = from.varint32();
    if (count_ > from.remaining() / sizeof(std::uint32_t)) throw_damaged_index("fresh document");
    offsets_ = from.bytes(count_ * sizeof(std::uint32_t)).data();
    entries_ = from.rest();
}

ByteReader FreshDocument::reader_at(std::uint32_t index) const {
    const auto at = load_little_endian<std::uint32_t>(offsets_ + index * sizeof(std::uint32_t));
    if (at > entries_.size()) throw_damaged_index("fresh document");
    return ByteReader(entries_.substr(at));
}

FreshDocument::Entry FreshDocument::entry(std::uint32_t index) const {
    ByteReader from = reader_at(index);
    Entry entry;
    entry.term = from.bytes(from.byte());
    const std::uint32_t title = from.varint32();
    entry.hits = Hits(title, from.varint32());
    entry.positions = take_positions(from, entry.hits.all());
    return entry;
}

std::uint32_t FreshDocument::lower_bound(std::string_view term) const {
    std::uint32_t low = 0;
    std::uint32_t high = count_;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        ByteReader from = reader_at(middle);
        if (from.bytes(from.byte()) < term) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void FreshDocumentWriter::read(std::string_view text, bool in_content) {
    std::uint32_t position = 0;
    for (Tokenizer tokens(text); tokens.next(); ++position) {
        const std::string_view token = tokens.token();
        tokens_.push_back({static_cast<std::uint32_t>(texts_.size()),
                           static_cast<std::uint8_t>(token.size()), in_content, position});
        texts_ += token;
    }
}

FreshDocumentWriter::Written FreshDocumentWriter::write(const TextDocument& document) {
    texts_.clear();
    tokens_.clear();
    offsets_.clear();
    entries_.clear();
    read(document.title, false);
    read(document.content, true);
    std::sort(tokens_.begin(), tokens_.end(), [this](const Token& a, const Token& b) {
        const int order = text_of(a).compare(text_of(b));
        if (order != 0) return order < 0;
        return std::tie(a.in_content, a.position) < std::tie(b.in_content, b.position);
    });
    std::uint32_t count = 0;
    for (auto first = tokens_.begin(); first != tokens_.end(); ++count) {
        const auto term = text_of(*first);
        const auto end = std::find_if(first, tokens_.end(),
                                      [&](const Token& token) { return text_of(token) != term; });
        const auto content =
            std::find_if(first, end, [](const Token& token) { return token.in_content; });
        const Hits hits(static_cast<std::uint32_t>(content - first),
                        static_cast<std::uint32_t>(end - content));
        append_little_endian(offsets_, static_cast<std::uint32_t>(entries_.size()));
        entries_ += static_cast<char>(term.size());
        entries_ += term;
        append_varint(entries_, hits.title());
        append_varint(entries_, hits.content());
        PositionWriter positions(entries_);
        for (auto at = first; at != first + hits.title(); ++at) positions.add(at->position);
        positions.start_column();
        for (auto at = content; at != content + hits.content(); ++at) positions.add(at->position);
        first = end;
    }
    bytes_.clear();
    append_varint(bytes_, count);
    bytes_ += offsets_;
    bytes_ += entries_;
    return {bytes_, static_cast<std::uint32_t>(tokens_.size())};
}

}  // namespace bm
