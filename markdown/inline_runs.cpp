#include "markdown/inline_runs.hpp"

#include <cstddef>
#include <memory>
#include <utility>

#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include "markdown/block_scanner.hpp"

namespace bm {
namespace {

// cmark-gfm 0.29.0.gfm.6 is quadratic on some patterns; at this size the worst of them takes a
// third of a second.
constexpr std::size_t largest_parsed_body = 64 * 1024;

struct FreeNode {
    void operator()(cmark_node* node) const noexcept { cmark_node_free(node); }
};
struct FreeIterator {
    void operator()(cmark_iter* iterator) const noexcept { cmark_iter_free(iterator); }
};

}  // namespace

std::vector<InlineRun> runs_by_parser(std::string_view body) {
    const std::unique_ptr<cmark_node, FreeNode> document(
        cmark_parse_document(body.data(), body.size(), CMARK_OPT_DEFAULT));
    const std::unique_ptr<cmark_iter, FreeIterator> nodes(cmark_iter_new(document.get()));
    std::vector<InlineRun> runs;
    bool in_list_item = false;
    std::size_t quotes = 0;
    for (cmark_event_type event = cmark_iter_next(nodes.get()); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(nodes.get())) {
        cmark_node* const node = cmark_iter_get_node(nodes.get());
        const cmark_node_type type = cmark_node_get_type(node);
        const bool entered = event == CMARK_EVENT_ENTER;
        if (type == CMARK_NODE_ITEM) {
            // Any closing item ends the state, also inside an outer item.
            in_list_item = entered;
        } else if (type == CMARK_NODE_BLOCK_QUOTE) {
            if (entered) {
                ++quotes;
            } else {
                --quotes;
            }
        } else if (entered && (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING)) {
            // The node still holds the source it was made from, without block markers; in an empty
            // heading, which has no children, that is uninitialised memory.
            if (cmark_node_first_child(node) == nullptr) continue;
            InlineRun run{cmark_node_get_string_content(node), in_list_item, quotes > 0};
            tidy_run(run.text);
            if (!run.text.empty()) runs.push_back(std::move(run));
        }
    }
    return runs;
}

std::vector<InlineRun> inline_runs(std::string_view body) {
    BlockScan scan = scan_blocks(body);
    const bool ask_parser =
        scan.trust == BlockScan::Trust::unsure && body.size() <= largest_parsed_body;
    return ask_parser ? runs_by_parser(body) : std::move(scan.runs);
}

}  // namespace bm
