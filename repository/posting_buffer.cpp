#include "repository/posting_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <stdexcept>

#include "repository/segment_writer.hpp"

namespace bm {

namespace {

constexpr std::uint32_t kFirstSlice = 16;
constexpr std::uint32_t kLargestSlice = 4096;
constexpr std::uint32_t kLink = sizeof(std::uint32_t);  // at the end of a slice: the next one
constexpr std::size_t kFirstTable = 1024;               // a power of two
constexpr std::size_t kMaxPoolBlocks = std::size_t{1} << 16U;

constexpr std::size_t kKeyBytes = 16;

/// The first eight bytes as a number that orders like the text.
std::uint64_t sort_key(std::string_view text) {
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        key = key << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
    }
    return key;
}

}  // namespace

/// Reads a stream from its beginning.
class PostingBuffer::StreamReader {
public:
    StreamReader(PostingBuffer& buffer, const Stream& stream) : buffer_(buffer), left_in_(stream) {
        if (stream.size > 0) open(stream.first);
    }

    [[nodiscard]] bool at_end() const { return at_ == end_ && is_last_; }
    char byte() {
        if (at_ == end_) {
            std::uint32_t next = 0;
            std::memcpy(&next, end_, kLink);
            size_ = std::min(size_ * 2, kLargestSlice);
            open(next);
        }
        return *at_++;
    }
    std::uint32_t varint() {
        std::uint32_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            const auto next = static_cast<unsigned char>(byte());
            value |= static_cast<std::uint32_t>(next & 0x7fU) << shift;
            if (next < 0x80U) return value;
        }
    }

private:
    void open(std::uint32_t slice) {
        // The last slice is the one that is still being filled.
        is_last_ = slice + size_ - kLink == left_in_.end;
        at_ = buffer_.address(slice);
        end_ = at_ + (is_last_ ? left_in_.at - slice : size_ - kLink);
    }

    PostingBuffer& buffer_;
    const Stream& left_in_;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    bool is_last_ = true;
    std::uint32_t size_ = kFirstSlice;
};

// The seed keeps anybody from writing notes whose words all fall into one place of the table.
PostingBuffer::PostingBuffer() : table_(kFirstTable), seed_(std::random_device()()) {}

void PostingBuffer::begin_document(std::uint32_t ordinal) {
    ordinal_ = ordinal;
    position_ = 0;
    in_content_ = false;
}

void PostingBuffer::begin_content() {
    position_ = 0;
    in_content_ = true;
}

void PostingBuffer::add_token(std::string_view token) {
    Term& term = term_for(token);
    start_posting(term, ordinal_);
    const std::uint32_t position = position_++;
    std::uint32_t& count = in_content_ ? term.content : term.title;
    if (count == (in_content_ ? Hits::kMaxContent : Hits::kMaxTitle)) return;
    put_varint(term.positions, count == 0 ? position : position - term.last_position);
    term.last_position = position;
    ++count;
}

void PostingBuffer::add_posting(std::uint32_t ordinal, std::string_view text, Hits hits,
                                std::string_view positions) {
    Term& term = term_for(text);
    start_posting(term, ordinal);
    term.title = hits.title();
    term.content = hits.content();
    for (const char byte : positions) put(term.positions, byte);
}

std::size_t PostingBuffer::memory() const noexcept {
    return (pool_used_ << kBlockBits) + terms_.capacity() * sizeof(Term) +
           table_.capacity() * sizeof(table_[0]);
}

PostingBuffer::Key PostingBuffer::key_of(std::string_view text) const noexcept {
    const char* at = text.data();
    const std::size_t length = text.size();
    Key key{0, 0, 0, static_cast<std::uint32_t>(length)};
    // The two parts may overlap: with the length they still tell the whole text.
    if (length >= 8) {
        key.first = load_little_endian<std::uint64_t>(at);
        key.last = load_little_endian<std::uint64_t>(at + length - 8);
    } else if (length >= 4) {
        key.first = load_little_endian<std::uint32_t>(at);
        key.last = load_little_endian<std::uint32_t>(at + length - 4);
    } else if (length > 0) {
        key.first = static_cast<unsigned char>(at[0]) |
                    static_cast<std::uint64_t>(static_cast<unsigned char>(at[length / 2])) << 8U |
                    static_cast<std::uint64_t>(static_cast<unsigned char>(at[length - 1])) << 16U;
    }
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;
    std::uint64_t hash = (seed_ ^ length) * odd;
    const auto mix = [&hash](std::uint64_t word) {
        hash = (hash ^ word) * odd;
        hash ^= hash >> 32U;
    };
    mix(key.first);
    mix(key.last);
    for (std::size_t i = 8; i + 8 < length; i += 8) mix(load_little_endian<std::uint64_t>(at + i));
    key.hash = static_cast<std::uint32_t>(hash);
    return key;
}

PostingBuffer::Term& PostingBuffer::term_for(std::string_view text) {
    const Key key = key_of(text);
    const std::size_t mask = table_.size() - 1;
    std::size_t at = key.hash & mask;
    for (; table_[at].term != 0; at = (at + 1) & mask) {
        if (table_[at].hash != key.hash) continue;
        Term& term = terms_[table_[at].term - 1];
        if (term.key.length == key.length && term.key.first == key.first &&
            term.key.last == key.last && (key.length <= kKeyBytes || text_of(term) == text)) {
            return term;
        }
    }
    Term term{};
    term.key = key;
    term.text = take(key.length);
    std::memcpy(address(term.text), text.data(), text.size());
    terms_.push_back(term);
    table_[at] = {key.hash, static_cast<std::uint32_t>(terms_.size())};
    if (terms_.size() * 2 > table_.size()) grow_table();
    return terms_.back();
}

void PostingBuffer::grow_table() {
    std::vector<Slot> larger(table_.size() * 2);
    const std::size_t mask = larger.size() - 1;
    for (const Slot& slot : table_) {
        if (slot.term == 0) continue;
        std::size_t at = slot.hash & mask;
        while (larger[at].term != 0) at = (at + 1) & mask;
        larger[at] = slot;
    }
    table_ = std::move(larger);
}

void PostingBuffer::start_posting(Term& term, std::uint32_t ordinal) {
    if (term.postings > 0) {
        if (term.ordinal == ordinal) return;
        close_posting(term);
    }
    ++term.postings;
    ++postings_;
    term.ordinal = ordinal;
    term.title = 0;
    term.content = 0;
}

// Until the next document has the term, its counts may still grow.
void PostingBuffer::close_posting(Term& term) {
    const std::uint32_t distance = term.ordinal - term.next_ordinal;
    term.next_ordinal = term.ordinal + 1;
    // The lowest bit stands for the most frequent case: once in the content.
    if (term.title == 0 && term.content == 1) {
        put_varint(term.documents, distance << 1U | 1U);
        return;
    }
    put_varint(term.documents, distance << 1U);
    put_varint(term.documents, term.title);
    put_varint(term.documents, term.content);
}

std::uint32_t PostingBuffer::take(std::uint32_t bytes) {
    constexpr std::uint32_t block_size = kBlockMask + 1;
    if (pool_used_ == 0 || pool_end_ + bytes > block_size) {
        if (pool_used_ == pool_.size()) {
            if (pool_used_ == kMaxPoolBlocks) throw std::length_error("text too large to index");
            pool_.push_back(std::make_unique<char[]>(block_size));
        }
        ++pool_used_;
        pool_end_ = 0;
    }
    const auto place = static_cast<std::uint32_t>((pool_used_ - 1) << kBlockBits) + pool_end_;
    pool_end_ += bytes;
    return place;
}

void PostingBuffer::put(Stream& stream, char byte) {
    if (stream.at == stream.end) {
        if (stream.size == 0) {
            stream.size = kFirstSlice;
            stream.first = stream.at = take(stream.size);
        } else {
            stream.size = std::min(stream.size * 2, kLargestSlice);
            const std::uint32_t next = take(stream.size);
            std::memcpy(address(stream.end), &next, kLink);
            stream.at = next;
        }
        stream.end = stream.at + stream.size - kLink;
    }
    *address(stream.at++) = byte;
}

void PostingBuffer::put_varint(Stream& stream, std::uint32_t value) {
    while (value >= 0x80U) {
        put(stream, static_cast<char>(value | 0x80U));
        value >>= 7U;
    }
    put(stream, static_cast<char>(value));
}

void PostingBuffer::write_to(SegmentWriter& segment) {
    struct TermPlace {
        std::uint64_t beginning;
        std::uint32_t term;
    };
    std::vector<TermPlace> order(terms_.size());
    for (std::uint32_t i = 0; i < terms_.size(); ++i) order[i] = {sort_key(text_of(terms_[i])), i};
    std::sort(order.begin(), order.end(), [this](const TermPlace& a, const TermPlace& b) {
        if (a.beginning != b.beginning) return a.beginning < b.beginning;
        return text_of(terms_[a.term]) < text_of(terms_[b.term]);
    });
    for (const TermPlace& place : order) write_term(terms_[place.term], segment);
    terms_.clear();
    std::fill(table_.begin(), table_.end(), Slot{});
    pool_used_ = 0;
    postings_ = 0;
}

void PostingBuffer::write_term(Term& term, SegmentWriter& segment) {
    close_posting(term);
    segment.begin(text_of(term));
    StreamReader documents(*this, term.documents);
    StreamReader positions(*this, term.positions);
    std::string bytes;
    std::uint32_t ordinal = 0;
    while (!documents.at_end()) {
        const std::uint32_t code = documents.varint();
        std::uint32_t title = 0;
        std::uint32_t content = 1;
        if ((code & 1U) == 0) {
            title = documents.varint();
            content = documents.varint();
        }
        ordinal += code >> 1U;
        const Hits hits(title, content);
        bytes.clear();
        for (std::uint32_t left = hits.all(); left > 0;) {
            const char byte = positions.byte();
            bytes += byte;
            if (static_cast<unsigned char>(byte) < 0x80U) --left;
        }
        segment.add(ordinal++, hits, bytes);
    }
    segment.end();
}

}  // namespace bm
