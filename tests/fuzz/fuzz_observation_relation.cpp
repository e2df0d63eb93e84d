#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_promise.hpp"
#include "markdown/observation_syntax.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"

namespace {

constexpr std::size_t marker = 2;  // "- "

void check_observation(std::string_view run) {
    promise(!bm::parse_observation(run, true), "a quotation holds no observation");
    const auto observation = bm::parse_observation(run, false);
    if (!observation) return;
    promise(!observation->content.empty(), "an observation says something");
    promise(bm::trim(observation->content) == observation->content, "its content is trimmed");
    // Without a category only a tag makes the line an observation, and the tag may have stood in
    // the context; `[] [x] text #tag` has the content of a task.
    if (!observation->category &&
        (observation->tags.empty() || observation->content.front() == '[')) {
        return;
    }
    const std::string line = bm::write_observation(*observation);
    const auto again = bm::parse_observation(line.substr(marker), false);
    promise(again && *again == *observation, "a written observation reads back as itself");
}

void check_relations(std::string_view run, bool in_list_item) {
    for (const bm::Relation& relation : bm::parse_relations(run, in_list_item)) {
        promise(!relation.type.empty() && !relation.target.empty(), "a relation has both ends");
        promise(in_list_item || relation.type == "links_to", "prose only links");
        promise(!relation.context || !relation.context->empty(), "a context says something");
        const std::string line = bm::write_relation(relation);
        const auto again = bm::parse_relations(line.substr(marker), true);
        promise(again.size() == 1 && again.front() == relation,
                "a written relation reads back as itself");
        const std::string_view target = bm::link_target(relation.target);
        const std::string_view plain = bm::link_target_without_anchor(relation.target);
        promise(target.substr(0, plain.size()) == plain, "an anchor stands behind its target");
    }
}

}  // namespace

/// The text of one inline run.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view run(reinterpret_cast<const char*>(data), size);
    check_observation(run);
    check_relations(run, true);
    check_relations(run, false);
    return 0;
}
