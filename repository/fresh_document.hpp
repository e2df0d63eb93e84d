#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "repository/postings.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// The words of one document, sorted, with their positions: how a document is kept until it becomes
/// part of a segment. Searched in place.
class FreshDocument {
public:
    /// One word of the document. Views into its bytes.
    struct Entry {
        std::string_view term;
        Hits hits;
        std::string_view positions;
    };

    /// Reads what write_fresh_document() made, which must outlive this; throws a DatabaseError for
    /// anything else.
    explicit FreshDocument(std::string_view bytes);

    [[nodiscard]] std::uint32_t size() const noexcept { return count_; }
    [[nodiscard]] Entry entry(std::uint32_t index) const;
    /// The first entry whose term is not less than `term`.
    [[nodiscard]] std::uint32_t lower_bound(std::string_view term) const;

private:
    [[nodiscard]] ByteReader reader_at(std::uint32_t index) const;

    std::uint32_t count_;
    const char* offsets_;
    std::string_view entries_;
};

/// Makes fresh documents, one after the other.
class FreshDocumentWriter {
public:
    struct Written {
        std::string_view bytes;  ///< lives until the next call of write()
        std::uint32_t tokens;
    };
    Written write(const TextDocument& document);

private:
    struct Token {
        std::uint32_t text;
        std::uint8_t length;
        bool in_content;
        std::uint32_t position;
    };
    void read(std::string_view text, bool in_content);
    [[nodiscard]] std::string_view text_of(const Token& token) const {
        return std::string_view(texts_).substr(token.text, token.length);
    }

    std::string texts_;
    std::vector<Token> tokens_;
    std::string offsets_;
    std::string entries_;
    std::string bytes_;
};

}  // namespace bm
