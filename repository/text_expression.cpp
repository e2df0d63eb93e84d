#include "repository/text_expression.hpp"

#include <utility>

#include "repository/tokenizer.hpp"

namespace bm {

namespace {

struct Symbol {
    enum class Type { end, word, star, open, close, all, any, without, bad };
    Type type;
    std::string text;  ///< of a word: without quotes
};

bool is_word_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80U || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || c == '_' || c == '\x1a';
}

/// Cuts an expression into symbols.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Symbol next() {
        while (at_ < text_.size() && is_blank_character(text_[at_])) ++at_;
        if (at_ == text_.size()) return {Symbol::Type::end, {}};
        const char c = text_[at_];
        if (is_word_character(c)) return bareword();
        ++at_;
        switch (c) {
            case '"':
                return string();
            case '*':
                return {Symbol::Type::star, {}};
            case '(':
                return {Symbol::Type::open, {}};
            case ')':
                return {Symbol::Type::close, {}};
            default:
                return {Symbol::Type::bad, {}};
        }
    }

private:
    static bool is_blank_character(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    Symbol bareword() {
        const std::size_t start = at_;
        while (at_ < text_.size() && is_word_character(text_[at_])) ++at_;
        const std::string_view word = text_.substr(start, at_ - start);
        if (word == "AND") return {Symbol::Type::all, {}};
        if (word == "OR") return {Symbol::Type::any, {}};
        if (word == "NOT") return {Symbol::Type::without, {}};
        return {Symbol::Type::word, std::string(word)};
    }

    Symbol string() {
        std::string inside;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') {
                if (at_ == text_.size() || text_[at_] != '"') {
                    return {Symbol::Type::word, std::move(inside)};
                }
                ++at_;
            }
            inside += c;
        }
        return {Symbol::Type::bad, {}};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// One function for each level of the grammar; the depth of their recursion is that of the
/// parentheses.
class Parser {
public:
    explicit Parser(std::string_view text) : scanner_(text), symbol_(scanner_.next()) {}

    std::optional<TextExpression> parse() {
        auto root = any_of();
        if (failed_ || symbol_.type != Symbol::Type::end) return std::nullopt;
        return TextExpression{std::move(root), std::move(phrases_)};
    }

private:
    TextNode any_of() {
        return joined(Symbol::Type::any, TextNode::Type::any, [this] { return all_of(); });
    }
    TextNode all_of() {
        return joined(Symbol::Type::all, TextNode::Type::all, [this] { return without(); });
    }

    template <class Operand>
    TextNode joined(Symbol::Type separator, TextNode::Type type, Operand operand) {
        auto first = operand();
        if (symbol_.type != separator) return first;
        TextNode node{type, 0, {}};
        node.children.push_back(std::move(first));
        while (!failed_ && symbol_.type == separator) {
            advance();
            node.children.push_back(operand());
        }
        return node;
    }

    // a NOT b NOT c is a NOT (b OR c), which keeps the tree flat.
    TextNode without() {
        auto wanted = primary();
        if (symbol_.type != Symbol::Type::without) return wanted;
        TextNode unwanted{TextNode::Type::any, 0, {}};
        while (!failed_ && symbol_.type == Symbol::Type::without) {
            advance();
            unwanted.children.push_back(primary());
        }
        TextNode node{TextNode::Type::without, 0, {}};
        node.children.push_back(std::move(wanted));
        if (unwanted.children.size() == 1) {
            node.children.push_back(TextNode(std::move(unwanted.children.front())));
        } else {
            node.children.push_back(std::move(unwanted));
        }
        return node;
    }

    TextNode primary() {
        if (symbol_.type == Symbol::Type::word) return words();
        if (symbol_.type != Symbol::Type::open || ++depth_ > kMaxExpressionDepth) return fail();
        advance();
        auto inside = any_of();
        if (failed_ || symbol_.type != Symbol::Type::close) return fail();
        --depth_;
        advance();
        // Only words may stand side by side.
        if (symbol_.type == Symbol::Type::word) return fail();
        return inside;
    }

    // Among words side by side, one without any letter counts as not written; joined by an
    // operator, it matches nothing.
    TextNode words() {
        TextNode node{TextNode::Type::all, 0, {}};
        while (symbol_.type == Symbol::Type::word) {
            TextPhrase found = phrase();
            if (found.tokens.empty()) continue;
            node.children.push_back({TextNode::Type::phrase, phrases_.size(), {}});
            phrases_.push_back(std::move(found));
        }
        if (symbol_.type == Symbol::Type::open || failed_) return fail();
        if (node.children.empty()) return {};
        if (node.children.size() == 1) return TextNode(std::move(node.children.front()));
        return node;
    }

    TextPhrase phrase() {
        TextPhrase phrase;
        for (Tokenizer tokens(symbol_.text); tokens.next();) {
            phrase.tokens.emplace_back(tokens.token());
        }
        tokens_ += phrase.tokens.size();
        if (tokens_ > kMaxExpressionTokens) failed_ = true;
        advance();
        if (symbol_.type == Symbol::Type::star) {
            phrase.prefix = true;
            advance();
        }
        return phrase;
    }

    TextNode fail() {
        failed_ = true;
        return {};
    }
    void advance() { symbol_ = scanner_.next(); }

    Scanner scanner_;
    Symbol symbol_;
    std::vector<TextPhrase> phrases_;
    std::size_t tokens_ = 0;
    std::size_t depth_ = 0;
    bool failed_ = false;
};

}  // namespace

std::optional<TextExpression> parse_text_expression(std::string_view text) {
    if (text.size() > kMaxExpressionBytes) return std::nullopt;
    return Parser(text).parse();
}

}  // namespace bm
