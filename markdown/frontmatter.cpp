#include "markdown/frontmatter.hpp"

#include <algorithm>
#include <cstddef>
#include <istream>
#include <stdexcept>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "markdown/text.hpp"
#include "markdown/yaml_block.hpp"
#include "markdown/yaml_scalar.hpp"
#include "markdown/yaml_tags.hpp"

namespace bm {
namespace {

// Values are walked recursively; nobody nests front matter this deep.
constexpr std::size_t deepest_nesting = 64;
// An alias copies its anchor. Nine anchors of nine aliases each would be a billion values.
constexpr std::size_t largest_expansion = 1'000'000;
// Up to here comparing keys one by one beats building an index.
constexpr std::size_t small_map = 16;

/// Lets the library read the text where it is, followed by the mark that ends a document: without
/// it an unterminated quote at the end would pass for a string.
class BlockBuffer : public std::streambuf {
public:
    explicit BlockBuffer(std::string_view text) {
        show(text);
        if (!text.empty() && text.back() != '\n') end_mark_ = "\n...\n";
    }

protected:
    int_type underflow() override {
        if (gptr() == egptr()) {
            show(end_mark_);
            end_mark_ = {};
        }
        return gptr() == egptr() ? traits_type::eof() : traits_type::to_int_type(*gptr());
    }

private:
    void show(std::string_view text) {
        // The library only reads; the buffer's interface has no constant form.
        char* const begin = const_cast<char*>(text.data());  // NOLINT(*-const-cast)
        setg(begin, begin, begin + text.size());
    }

    std::string_view end_mark_ = "...\n";
};

/// Values and bytes in a tree.
std::size_t weight(const Value& value) {
    std::size_t sum = 1;
    if (const Scalar* scalar = value.scalar()) return sum + scalar->text.size();
    if (const ValueList* list = value.list()) {
        for (const Value& item : *list) sum += weight(item);
    }
    if (const ValueMap* map = value.map()) {
        for (const Member& member : *map) sum += member.key.size() + weight(member.value);
    }
    return sum;
}

/// What stands in the source between the quotes of the scalar at `mark`, empty when none begins
/// there.
std::string_view quoted_source(std::string_view source, const YAML::Mark& mark) noexcept {
    const std::string_view text =
        source.substr(std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), source.size()));
    if (text.empty() || (text.front() != '"' && text.front() != '\'')) return {};
    const char quote = text.front();
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '\\' && quote == '"') {
            ++at;
        } else if (text[at] == quote) {
            const bool doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
            if (!doubled) return text.substr(1, at - 1);
            ++at;
        }
    }
    return {};
}

/// A list or map that is being read.
struct OpenNode {
    bool is_map = false;
    bool is_flow = false;
    YAML::anchor_t anchor = 0;
    ValueList list;
    ValueMap map;
    std::unordered_map<std::string, std::size_t> places;  ///< of the keys, once there are many
    bool has_key = false;
    bool is_merge_key = false;
    std::string key;
    int key_position = 0;
};

/// Builds a Value from the library's events.
class ValueBuilder : public YAML::EventHandler {
public:
    explicit ValueBuilder(std::string_view source) : source_(source) {}

    [[nodiscard]] bool has_document() const noexcept { return documents_ > 0; }
    [[nodiscard]] Value take() { return std::move(result_); }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {
        if (++documents_ > 1) throw YamlRefused("expected a single document");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (expects_key()) {
            if (!nodes_.back().is_flow && character_at(mark.pos) == ':') {
                throw YamlRefused("expected a key before ':'");
            }
            start_member(mark, "null", false);
            return;
        }
        check_colon(mark);
        add(Value(), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) throw YamlRefused("an alias inside its own anchor");
        expanded_ += weight(found->second);
        if (expanded_ > largest_expansion) throw YamlRefused("aliases expand to too many values");
        Value copy = found->second;
        if (expects_key()) {
            const Scalar* scalar = copy.scalar();
            if (scalar == nullptr) throw YamlRefused("found unhashable key");
            start_member(mark, scalar->text, false);
            return;
        }
        add(std::move(copy), 0);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) override {
        Scalar scalar = scalar_with_tag(tag, text);
        if (tag == "!") {
            restore_final_breaks(scalar.text, quoted_source(source_, mark), character_at(mark.pos));
        }
        if (!expects_key()) {
            add(Value(std::move(scalar)), anchor);
            return;
        }
        const bool is_merge = tag == "?" && text == "<<";
        std::string key = scalar.kind == ScalarKind::null ? std::string("null") : scalar.text;
        if (anchor != 0) anchors_.insert_or_assign(anchor, Value(std::move(scalar)));
        start_member(mark, std::move(key), is_merge);
    }

    void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        check_collection_tag(tag, {"seq", "omap", "pairs"});
        open(false, anchor, style);
    }
    void OnSequenceEnd() override {
        OpenNode node = close();
        add(Value(std::move(node.list)), node.anchor);
    }

    void OnMapStart(const YAML::Mark& /*mark*/, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        check_collection_tag(tag, {"map", "set"});
        open(true, anchor, style);
    }
    void OnMapEnd() override {
        OpenNode node = close();
        add(Value(std::move(node.map)), node.anchor);
    }

private:
    [[nodiscard]] bool expects_key() const noexcept {
        return !nodes_.empty() && nodes_.back().is_map && !nodes_.back().has_key;
    }

    /// The library counts bytes.
    [[nodiscard]] char character_at(int position) const noexcept {
        const auto at = static_cast<std::size_t>(std::max(position, 0));
        return at < source_.size() ? source_[at] : '\0';
    }

    void open(bool is_map, YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
        if (expects_key()) throw YamlRefused("found unhashable key");
        if (nodes_.size() >= deepest_nesting) throw YamlRefused("nested too deeply");
        OpenNode node;
        node.is_map = is_map;
        node.is_flow = style == YAML::EmitterStyle::Flow;
        node.anchor = anchor;
        nodes_.push_back(std::move(node));
    }

    OpenNode close() {
        OpenNode node = std::move(nodes_.back());
        nodes_.pop_back();
        return node;
    }

    void start_member(const YAML::Mark& mark, std::string key, bool is_merge) {
        OpenNode& node = nodes_.back();
        node.has_key = true;
        node.is_merge_key = is_merge;
        node.key = mended_scalar(std::move(key));
        node.key_position = mark.pos;
    }

    /// The library takes a line without a colon for a key without a value.
    void check_colon(const YAML::Mark& mark) const {
        if (nodes_.empty()) return;
        const OpenNode& node = nodes_.back();
        if (!node.is_map || node.is_flow || mark.pos != node.key_position) return;
        const auto key_start = static_cast<std::size_t>(std::max(mark.pos, 0));
        const std::size_t before =
            key_start == 0
                ? std::string_view::npos
                : source_.find_last_not_of(" \t\n", std::min(key_start, source_.size()) - 1);
        const bool is_explicit = before != std::string_view::npos && source_[before] == '?';
        if (!is_explicit) throw YamlRefused("could not find expected ':'");
    }

    void add(Value value, YAML::anchor_t anchor) {
        if (anchor != 0) anchors_.insert_or_assign(anchor, value);
        if (nodes_.empty()) {
            result_ = std::move(value);
            return;
        }
        OpenNode& node = nodes_.back();
        if (!node.is_map) {
            node.list.push_back(std::move(value));
            return;
        }
        node.has_key = false;
        if (node.is_merge_key) {
            merge_from(node, value);
        } else {
            put(node, std::move(node.key), std::move(value), true);
        }
    }

    /// `<<`: the members of the given map or maps, unless the node has them already.
    static void merge_from(OpenNode& node, const Value& value) {
        if (const ValueMap* map = value.map()) {
            for (const Member& member : *map) put(node, member.key, member.value, false);
            return;
        }
        const ValueList* list = value.list();
        if (list == nullptr)
            throw YamlRefused("expected a mapping or list of mappings for merging");
        for (const Value& item : *list) {
            if (item.map() == nullptr) throw YamlRefused("expected a mapping for merging");
            merge_from(node, item);
        }
    }

    static void put(OpenNode& node, std::string key, Value value, bool overwrite) {
        if (node.map.size() == small_map && node.places.empty()) {
            for (std::size_t i = 0; i < node.map.size(); ++i) {
                node.places.emplace(node.map[i].key, i);
            }
        }
        std::size_t place = node.map.size();
        if (node.map.size() < small_map) {
            const auto found = std::find_if(node.map.begin(), node.map.end(),
                                            [&](const Member& m) { return m.key == key; });
            place = static_cast<std::size_t>(found - node.map.begin());
        } else {
            place = node.places.emplace(key, place).first->second;
        }
        if (place == node.map.size()) {
            node.map.push_back(Member{std::move(key), std::move(value)});
        } else if (overwrite) {
            node.map[place].value = std::move(value);
        }
    }

    std::string_view source_;
    int documents_ = 0;
    std::vector<OpenNode> nodes_;
    std::unordered_map<YAML::anchor_t, Value> anchors_;
    std::size_t expanded_ = 0;
    Value result_;
};

YamlBlock malformed(std::string problem) {
    std::replace(problem.begin(), problem.end(), '\n', ' ');
    YamlBlock block;
    // The library quotes single bytes.
    block.problem = replace_invalid_utf8(problem);
    return block;
}

YamlBlock block_of(Value value) {
    YamlBlock block;
    block.is_empty = value.is_null();
    block.kind = SplitText::Block::no_mapping;
    if (const ValueMap* map = value.map()) {
        block.kind = SplitText::Block::mapping;
        block.values = *map;
    }
    return block;
}

}  // namespace

YamlBlock read_block_by_library(std::string_view block) {
    try {
        BlockBuffer buffer(block);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        ValueBuilder builder(block);
        while (parser.HandleNextDocument(builder)) {
        }
        if (!builder.has_document()) return block_of(Value());
        return block_of(builder.take());
    } catch (const YAML::Exception& error) {
        return malformed(error.msg);
    } catch (const YamlRefused& error) {
        return malformed(error.what());
    }
}

}  // namespace bm
