#include "tools/instructions.hpp"

namespace bm {

std::string server_instructions() {
    return R"(Basic Memory is the user's personal knowledge base: Markdown notes on their own disk that they and their assistants read and write together. Notes hold observations (`- [category] fact #tag`) and relations (`- relation_type [[Other Note]]`) that link them into a graph.

At the start of a session call `recent_activity` to see what the user has been working on. Before you answer from general knowledge about their projects, decisions or people, look here with `search_notes`, then `read_note`, and follow links with `build_context`.

Never write notes unprompted. Use `write_note` or `edit_note` when the user asks you to remember or record something, or after you offered and they agreed. If the knowledge base is empty, offer a first note with `write_note`, say what it would hold, and wait for consent.

Search before you write: extend a note with `edit_note` rather than making a second one. Links to notes that do not exist yet are welcome; they connect as soon as the note is written. Say which note you used or changed.

With several projects, ask which one to use (`list_memory_projects`) and keep passing it as `project`.

The resource `memory://ai_assistant_guide` explains the note format and working patterns; read it before larger changes. Optional documentation on the web: https://docs.basicmemory.com/llms.txt lists the pages, and each has a plain version under /raw/...md.
)";
}

}  // namespace bm
