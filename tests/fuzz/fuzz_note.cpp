#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_promise.hpp"
#include "markdown/block_scanner.hpp"
#include "markdown/inline_runs.hpp"
#include "markdown/note_parser.hpp"

namespace {

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

void check_runs(const std::string& body) {
    const bm::BlockScan scan = bm::scan_blocks(body);
    if (scan.trust != bm::BlockScan::Trust::certain) return;
    const auto judged = bm::runs_by_parser(body);
    promise(scan.runs.size() == judged.size(), "scanner and parser find as many runs");
    for (std::size_t i = 0; i < judged.size(); ++i) {
        promise(scan.runs[i].text == judged[i].text, "scanner and parser find the same text");
        promise(scan.runs[i].in_list_item == judged[i].in_list_item &&
                    scan.runs[i].in_block_quote == judged[i].in_block_quote,
                "scanner and parser find the same containers");
    }
}

void check_parts(const bm::ParsedNote& note) {
    for (const bm::Observation& observation : note.observations) {
        promise(!observation.content.empty(), "an observation says something");
        promise(!observation.category || !observation.category->empty(), "a category has a name");
    }
    for (const bm::Relation& relation : note.relations) {
        promise(!relation.type.empty() && !relation.target.empty(), "a relation has both ends");
    }
    for (const std::string& tag : note.tags) promise(!has_nul(tag), "tags hold no NUL");
}

}  // namespace

/// The bytes of a note.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static const auto path = *bm::RelativePath::parse("folder/stem.md");
    const bm::ParsedNote note = bm::parse_note(bytes, path);

    promise(!note.title.empty() && !has_nul(note.title), "a note has a title without NUL");
    promise(!(note.has_frontmatter && note.malformed_frontmatter), "a block is read or it is not");
    promise(note.has_frontmatter || note.frontmatter.empty(), "no block, no values");
    promise(!has_nul(note.body) && !has_nul(bm::to_json(note.metadata)), "NUL reaches nothing");
    const bm::Value* title = bm::find(note.metadata, "title");
    const bm::Value* type = bm::find(note.metadata, "type");
    promise(title != nullptr && *title == bm::Value::string(note.title), "metadata has the title");
    promise(type != nullptr && *type == bm::Value::string(note.type), "metadata has the type");
    if (!has_nul(bytes)) {
        promise(bytes.find(note.body) != std::string_view::npos, "the body is part of the text");
    }
    check_parts(note);
    check_runs(note.body);
    return 0;
}
