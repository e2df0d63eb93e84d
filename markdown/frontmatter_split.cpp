#include <algorithm>
#include <cstddef>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/frontmatter_fences.hpp"
#include "markdown/json_reader.hpp"
#include "markdown/text.hpp"
#include "markdown/yaml_block.hpp"

namespace bm {
namespace {

// Larger blocks are not front matter, and on hostile ones the library takes 240 bytes of memory for
// each byte of YAML.
constexpr std::size_t largest_library_block = 512 * 1024;

/// What PyYAML calls printable; the library would stop reading at some of the others.
bool is_printable(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20U) {
            if (byte != '\t' && byte != '\n' && byte != '\r') return false;
        } else if (byte == 0x7FU) {
            return false;
        } else if (byte == 0xC2U && i + 1 < text.size()) {
            const auto next = static_cast<unsigned char>(text[i + 1]);
            if (next < 0xA0U && next != 0x85U) return false;
        }
    }
    return true;
}

YamlBlock malformed(std::string problem) {
    YamlBlock block;
    block.problem = std::move(problem);
    return block;
}

YamlBlock read_json_block(std::string_view block) {
    const auto value = parse_json(block);
    const ValueMap* map = value ? value->map() : nullptr;
    if (map == nullptr) return malformed("not valid JSON");
    YamlBlock json;
    json.kind = SplitText::Block::mapping;
    json.values = *map;
    return json;
}

}  // namespace

YamlBlock read_yaml_block(std::string_view block) {
    if (!is_printable(block)) return malformed("special characters are not allowed");
    std::string mended;
    if (!is_valid_utf8(block)) {
        mended = replace_invalid_utf8(block);
        block = mended;
    }
    if (auto values = read_plain_block(block)) {
        YamlBlock plain;
        plain.kind = SplitText::Block::mapping;
        plain.values = *std::move(values);
        return plain;
    }
    if (block.size() > largest_library_block) return malformed("the block is too large");
    if (block.find('\r') != std::string_view::npos) {
        mended = replace_all(replace_all(block, "\r\n", "\n"), "\r", "\n");
        block = mended;
    }
    return read_block_by_library(block);
}

SplitText split_frontmatter(std::string_view text) {
    text = without_byte_order_mark(text);
    SplitText split;
    const auto found = find_block(text);
    if (!found) {
        split.body = trim(text);
        return split;
    }
    YamlBlock block = found->notation == FencedBlock::Notation::json
                          ? read_json_block(found->block)
                          : read_yaml_block(found->block);
    split.block = block.kind;
    if (block.kind == SplitText::Block::malformed) {
        split.problem = std::move(block.problem);
        split.body = text;
        return split;
    }
    split.values = std::move(block.values);
    split.body = trim(found->rest);
    return split;
}

bool has_frontmatter(std::string_view text) {
    FencedBlock found;
    return find_written_block(text, found) == Fences::closed;
}

Result<ValueMap> parse_frontmatter(std::string_view text) {
    FencedBlock found;
    switch (find_written_block(text, found)) {
        case Fences::none:
            return fail(Fault::invalid, "Content has no frontmatter");
        case Fences::unclosed:
            return fail(Fault::invalid, "Invalid frontmatter format");
        case Fences::closed:
            break;
    }
    YamlBlock block = read_yaml_block(found.block);
    if (block.kind == SplitText::Block::malformed) {
        return fail(Fault::invalid, "Invalid YAML in frontmatter: " + block.problem);
    }
    if (block.kind == SplitText::Block::no_mapping && !block.is_empty) {
        return fail(Fault::invalid, "Frontmatter must be a YAML dictionary");
    }
    return std::move(block.values);
}

std::string strip_frontmatter(std::string_view text) {
    FencedBlock found;
    const bool closed = find_written_block(text, found) == Fences::closed;
    return std::string(trim(closed ? found.rest : without_byte_order_mark(text)));
}

}  // namespace bm
