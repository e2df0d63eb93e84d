#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_promise.hpp"
#include "importers/export_reader.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/names.hpp"
#include "markdown/text.hpp"

namespace {

void check_note(const bm::ImportedNote& note) {
    promise(bm::RelativePath::parse("folder/" + note.path + ".md").has_value(),
            "the path of a note stays below its folder");
    promise(note.path.find('\0') == std::string::npos, "no NUL is in a path");
    promise(note.title.find('\n') == std::string::npos, "a title is one line");
    promise(!note.title.empty() && !note.type.empty(), "a note has a title and a type");
    const std::string whole = bm::compose_note(note.keys, note.body);
    promise(bm::is_valid_utf8(note.path) && bm::is_valid_utf8(whole), "a note is text");
    for (std::string_view rest = note.path; !rest.empty();) {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        promise(end <= 240, "no file system refuses a name for its length");
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

}  // namespace

/// The first byte chooses the parser.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr bm::ImportKind kinds[] = {
        bm::ImportKind::chatgpt, bm::ImportKind::claude_conversations,
        bm::ImportKind::claude_projects, bm::ImportKind::memory_json};
    const bm::ImportKind kind = kinds[data[0] % 4];
    bm::MemorySource source({reinterpret_cast<const char*>(data + 1), size - 1});
    std::size_t notes = 0;
    std::uint64_t last = 0;
    const bm::ExportOutcome outcome = bm::read_export(
        kind, source,
        {[&](const bm::ImportedNote& note) {
             check_note(note);
             ++notes;
             return true;
         },
         [](const std::string& where, const std::string& why) {
             promise(!where.empty() && !why.empty(), "a skip says what and why");
         },
         [&](std::uint64_t done, std::uint64_t total) {
             promise(done >= last && done <= total, "progress goes forward to its end");
             last = done;
         }});
    const auto& counts = outcome.counts;
    promise(notes == counts.conversations + counts.documents + counts.prompts + counts.entities,
            "every note that was taken is counted");
    promise(!outcome.trouble || !outcome.trouble->empty(), "trouble says what it is");
    return 0;
}
