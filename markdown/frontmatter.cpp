#include "markdown/frontmatter.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
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

namespace bm {
namespace {

// Values are walked recursively; nobody nests front matter this deep.
constexpr std::size_t deepest_nesting = 64;
// An alias copies its anchor. Nine anchors of nine aliases each would be a billion values.
constexpr std::size_t largest_expansion = 1'000'000;
// Up to here comparing keys one by one beats building an index.
constexpr std::size_t small_map = 16;

/// Thrown out of the library's event loop and caught in this file.
class Refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

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

/// A string as the library gives it, without NUL. The escapes \N and \_ arrive as single bytes,
/// which no other character of a valid text can be.
std::string mended(std::string text) {
    std::erase(text, '\0');
    if (is_valid_utf8(text)) return text;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        const char32_t code_point = next_code_point(text, at);
        const bool is_byte = at == start + 1;
        append_utf8(out, is_byte ? static_cast<unsigned char>(text[start]) : code_point);
    }
    return out;
}

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

Scalar scalar_of_kind(ScalarKind kind, const std::string& text) {
    const Scalar plain = resolve_plain(text);
    if (plain.kind == kind) return plain;
    if (kind == ScalarKind::floating && plain.kind == ScalarKind::integer) {
        return *Value::floating(std::strtod(normal_form(plain).c_str(), nullptr)).scalar();
    }
    if (kind == ScalarKind::timestamp && plain.kind == ScalarKind::date) return plain;
    throw Refused("a tagged value does not match its tag: " + text);
}

constexpr std::string_view standard_tag = "tag:yaml.org,2002:";

[[noreturn]] void refuse_tag(const std::string& tag) {
    throw Refused("could not determine a constructor for the tag '" + tag + "'");
}

/// The library marks plain scalars with "?" and quoted ones with "!".
Scalar scalar_with_tag(const std::string& tag, const std::string& text) {
    if (tag == "?" || tag.empty()) return resolve_plain(text);
    if (tag == "!") return Scalar{ScalarKind::string, mended(text)};
    if (tag.compare(0, standard_tag.size(), standard_tag) != 0) refuse_tag(tag);
    const std::string name = tag.substr(standard_tag.size());
    if (name == "str" || name == "binary") return Scalar{ScalarKind::string, mended(text)};
    if (name == "null") return Scalar{};
    if (name == "bool") return scalar_of_kind(ScalarKind::boolean, text);
    if (name == "int") return scalar_of_kind(ScalarKind::integer, text);
    if (name == "float") return scalar_of_kind(ScalarKind::floating, text);
    if (name == "timestamp") return scalar_of_kind(ScalarKind::timestamp, text);
    refuse_tag(tag);
}

void check_collection_tag(const std::string& tag, std::initializer_list<std::string_view> names) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    if (tag.compare(0, standard_tag.size(), standard_tag) != 0) refuse_tag(tag);
    const std::string name = tag.substr(standard_tag.size());
    if (std::find(names.begin(), names.end(), name) == names.end()) refuse_tag(tag);
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

/// The library keeps too few of the line breaks at the end of a quoted scalar; `quoted` is its
/// source.
void restore_final_breaks(std::string& text, std::string_view quoted, char quote) {
    const std::size_t last = quoted.find_last_not_of(" \t\n");
    const std::size_t body = last == std::string_view::npos ? 0 : last + 1;
    const auto breaks =
        std::count(quoted.begin() + static_cast<std::ptrdiff_t>(body), quoted.end(), '\n');
    if (breaks < 2) return;
    // An escape in front of the breaks may itself stand for one: the library is right more often
    // then.
    constexpr std::size_t longest_escape = 10;
    const std::size_t near = body - std::min(body, longest_escape);
    if (quote == '"' && quoted.substr(near, body - near).find('\\') != std::string_view::npos)
        return;
    text.resize(text.find_last_not_of('\n') + 1);
    // The first break only ends the line.
    text.append(static_cast<std::size_t>(breaks) - 1, '\n');
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
        if (++documents_ > 1) throw Refused("expected a single document");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (expects_key()) {
            if (!nodes_.back().is_flow && character_at(mark.pos) == ':') {
                throw Refused("expected a key before ':'");
            }
            start_member(mark, "null", false);
            return;
        }
        check_colon(mark);
        add(Value(), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) throw Refused("an alias inside its own anchor");
        expanded_ += weight(found->second);
        if (expanded_ > largest_expansion) throw Refused("aliases expand to too many values");
        Value copy = found->second;
        if (expects_key()) {
            const Scalar* scalar = copy.scalar();
            if (scalar == nullptr) throw Refused("found unhashable key");
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
        if (expects_key()) throw Refused("found unhashable key");
        if (nodes_.size() >= deepest_nesting) throw Refused("nested too deeply");
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
        node.key = mended(std::move(key));
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
        if (!is_explicit) throw Refused("could not find expected ':'");
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
        if (list == nullptr) throw Refused("expected a mapping or list of mappings for merging");
        for (const Value& item : *list) {
            if (item.map() == nullptr) throw Refused("expected a mapping for merging");
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
    } catch (const Refused& error) {
        return malformed(error.what());
    }
}

}  // namespace bm
