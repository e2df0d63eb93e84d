#include "repository/text_match.hpp"

#include <algorithm>
#include <numeric>

namespace bm {

MatchNode::MatchNode(const TextNode& node)
    : node_(&node),
      order_(node.children.size()),
      kept_(node.type == TextNode::Type::without ? 1 : node.children.size()) {
    if (node.type == TextNode::Type::phrase) hits_ = std::make_unique<WindowHits>();
    for (const auto& child : node.children) children_.emplace_back(child);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
}

bool MatchNode::plan(const TextSource& source) {
    for (auto& child : children_) child.plan(source);
    switch (node_->type) {
        case TextNode::Type::nothing:
            at_most_ = 0;
            break;
        case TextNode::Type::phrase:
            at_most_ = source.phrases[node_->phrase]->at_most();
            break;
        case TextNode::Type::all:
            std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
                return children_[a].at_most_ < children_[b].at_most_;
            });
            at_most_ = children_[order_.front()].at_most_;
            break;
        case TextNode::Type::any:
            at_most_ = std::accumulate(
                children_.begin(), children_.end(), std::uint64_t{0},
                [](std::uint64_t sum, const MatchNode& child) { return sum + child.at_most_; });
            break;
        case TextNode::Type::without:
            at_most_ = children_.front().at_most_;
            break;
    }
    return at_most_ > 0;
}

bool MatchNode::evaluate(const TextSource& source, std::uint32_t window, const WindowBits* wanted,
                         bool titles_only) {
    switch (node_->type) {
        case TextNode::Type::nothing:
            return false;
        case TextNode::Type::phrase:
            if (!source.phrases[node_->phrase]->fill(window, wanted, *hits_)) return false;
            if (!titles_only) return true;
            hits_->content.clear();
            return hits_->title.any();
        case TextNode::Type::all:
            return evaluate_all(source, window, wanted, titles_only);
        case TextNode::Type::any:
            return evaluate_any(source, window, wanted, titles_only);
        case TextNode::Type::without:
            break;
    }
    return evaluate_without(source, window, wanted, titles_only);
}

bool MatchNode::evaluate_all(const TextSource& source, std::uint32_t window,
                             const WindowBits* wanted, bool titles_only) {
    WindowBits left;
    for (const std::size_t i : order_) {
        MatchNode& child = children_[i];
        // Frequent words only unpack blocks where the rarer ones left something.
        if (!child.evaluate(source, window, wanted, titles_only)) return false;
        if (i == order_.front()) {
            title_ = child.matches(TextColumn::title);
            content_ = child.matches(TextColumn::content);
        } else {
            title_ &= child.matches(TextColumn::title);
            content_ &= child.matches(TextColumn::content);
        }
        left = title_;
        left |= content_;
        if (!left.any()) return false;
        wanted = &left;
    }
    return true;
}

bool MatchNode::evaluate_any(const TextSource& source, std::uint32_t window,
                             const WindowBits* wanted, bool titles_only) {
    title_.clear();
    content_.clear();
    bool any = false;
    for (auto& child : children_) {
        if (!child.evaluate(source, window, wanted, titles_only)) {
            child.set_none();
            continue;
        }
        title_ |= child.matches(TextColumn::title);
        content_ |= child.matches(TextColumn::content);
        any = true;
    }
    return any;
}

bool MatchNode::evaluate_without(const TextSource& source, std::uint32_t window,
                                 const WindowBits* wanted, bool titles_only) {
    MatchNode& kept = children_[0];
    MatchNode& dropped = children_[1];
    if (!kept.evaluate(source, window, wanted, titles_only)) return false;
    title_ = kept.matches(TextColumn::title);
    content_ = kept.matches(TextColumn::content);
    WindowBits left = title_;
    left |= content_;
    if (!dropped.evaluate(source, window, &left, titles_only)) return true;
    title_ -= dropped.matches(TextColumn::title);
    content_ -= dropped.matches(TextColumn::content);
    return title_.any() || content_.any();
}

std::vector<const MatchNode*> MatchNode::alternatives() const {
    std::vector<const MatchNode*> phrases;
    if (node_->type != TextNode::Type::any) return phrases;
    for (const auto& child : children_) {
        if (!child.hits_) return {};
        phrases.push_back(&child);
    }
    return phrases;
}

void MatchNode::set_none() noexcept {
    if (hits_) hits_->clear();
    title_.clear();
    content_.clear();
}

}  // namespace bm
