#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_promise.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/text.hpp"
#include "markdown/yaml_block.hpp"

namespace {

using bm::SplitText;
using bm::ValueMap;
using Block = bm::SplitText::Block;

void check_readers(std::string_view block) {
    const auto fast = bm::read_plain_block(block);
    if (!fast || !bm::is_valid_utf8(block)) return;
    const bm::YamlBlock slow = bm::read_block_by_library(block);
    promise(slow.kind == Block::mapping, "what the fast reader takes is a map");
    promise(slow.values == *fast, "both readers find the same values");
}

void check_writing(const ValueMap& values) {
    if (values.empty()) return;
    const bm::YamlBlock again = bm::read_yaml_block(bm::write_yaml(values));
    promise(again.kind == Block::mapping && again.values == values,
            "what is written reads back as the same values");
    promise(bm::normalized(bm::normalized(values)) == bm::normalized(values),
            "normal values are normal");
}

void check_keys(std::string_view text, const SplitText& before) {
    const ValueMap keys{{"permalink", bm::Value::string("a: b")}, {"n", bm::Value::integer(7)}};
    const auto changed = bm::with_frontmatter_keys(text, keys);
    promise(changed || before.block == Block::malformed || before.block == Block::no_mapping,
            "only a block that is no map refuses keys");
    if (!changed) return;
    ValueMap wanted = before.values;
    bm::merge(wanted, keys);
    const SplitText after = bm::split_frontmatter(*changed);
    promise(after.block == Block::mapping && after.values == wanted, "the keys are set");
    promise(after.body == before.body, "setting keys keeps the body");
    const auto again = bm::with_frontmatter_keys(*changed, keys);
    promise(again && *again == *changed, "setting the same keys twice changes nothing");
}

}  // namespace

/// A whole text, and as much of it as may be a block without fences.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_readers(text);
    const bm::YamlBlock block = bm::read_yaml_block(text);
    promise((block.kind == Block::malformed) == !block.problem.empty(), "a refusal says why");
    check_writing(block.values);

    const SplitText split = bm::split_frontmatter(text);
    promise(split.block == Block::mapping || split.values.empty(), "only a map has values");
    promise(text.find(split.body) != std::string_view::npos, "the body is part of the text");
    check_writing(split.values);
    check_keys(text, split);

    const auto parsed = bm::parse_frontmatter(text);
    promise(!parsed || bm::has_frontmatter(text), "what is parsed has fences");
    for (const bm::Member& member : split.values) bm::parse_tags(member.value);
    return 0;
}
