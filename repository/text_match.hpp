#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "repository/text_expression.hpp"
#include "repository/text_source.hpp"

namespace bm {

enum class TextColumn : std::uint8_t { title, content };

/// A node of an expression that is being evaluated: which documents of a window match it in which
/// column. All words of an AND have to be in the same column, and no phrase crosses columns.
class MatchNode {
public:
    /// `node` must outlive this.
    explicit MatchNode(const TextNode& node);

    /// Looks at how frequent the phrases are in `source`; false when nothing can match there.
    bool plan(const TextSource& source);

    /// Finds the matches of one window of the source; false when there are none, and then the bits
    /// mean nothing. Documents outside of `wanted` (null for all) may be left out.
    bool evaluate(const TextSource& source, std::uint32_t window, const WindowBits* wanted,
                  bool titles_only);

    [[nodiscard]] const WindowBits& matches(TextColumn column) const noexcept {
        const WindowHits* const hits = hits_.get();
        if (column == TextColumn::title) return hits != nullptr ? hits->title : title_;
        return hits != nullptr ? hits->content : content_;
    }

    /// Of a node whose matches are those of any of several phrases: these; none of another node.
    [[nodiscard]] std::vector<const MatchNode*> alternatives() const;
    /// Number of a phrase's node in the expression.
    [[nodiscard]] std::size_t phrase() const noexcept { return node_->phrase; }

    /// Calls visit(phrase, hits) for each phrase that makes the document match in the column, in
    /// the order of the text. `index` is one of matches(column).
    template <class Visit>
    void each_hit(TextColumn column, std::uint32_t index, Visit& visit) const {
        if (hits_) {
            const Hits hits = hits_->hits[index];
            visit(node_->phrase, column == TextColumn::title ? hits.title() : hits.content());
            return;
        }
        for (std::size_t i = 0; i < kept_; ++i) {
            if (children_[i].matches(column).test(index)) {
                children_[i].each_hit(column, index, visit);
            }
        }
    }

private:
    bool evaluate_all(const TextSource& source, std::uint32_t window, const WindowBits* wanted,
                      bool titles_only);
    bool evaluate_any(const TextSource& source, std::uint32_t window, const WindowBits* wanted,
                      bool titles_only);
    bool evaluate_without(const TextSource& source, std::uint32_t window, const WindowBits* wanted,
                          bool titles_only);
    void set_none() noexcept;

    const TextNode* node_;
    std::vector<MatchNode> children_;   // in the order of the text, which is that of the sums
    std::vector<std::size_t> order_;    // of evaluation: the rarest child first
    std::size_t kept_;                  // children whose hits count: not what stands after NOT
    std::uint64_t at_most_ = 0;         // documents of the source
    std::unique_ptr<WindowHits> hits_;  // of a phrase
    WindowBits title_;                  // of others
    WindowBits content_;
};

}  // namespace bm
