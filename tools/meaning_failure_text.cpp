#include "tools/meaning_failure_text.hpp"

#include "sync/note_meanings.hpp"
#include "tools/call_text.hpp"

namespace bm {
namespace {

/// Ways that do not need meanings.
std::string other_ways(const std::string& query) {
    const auto call = [&](std::string_view type) {
        return '`' + call_text("search_notes", {{"query", query}, {"search_type", type}}) + '`';
    };
    return "## What works\n"
           "- Full text: " +
           call("text") + "\n- Titles: " + call("title") +
           "\n"
           "- Other words for the same thing: `search_notes(query=\"first OR second\")`";
}

}  // namespace

std::string meanings_missing_text(const NoMeanings& missing, std::string_view search_type,
                                  const std::string& query) {
    if (missing.reason == NoMeanings::Reason::endpoint) {
        return "# Search Failed - Embeddings Unavailable\n\n" + missing.problem + "\n\n" +
               other_ways(query);
    }
    if (missing.reason == NoMeanings::Reason::not_ready) {
        return "# Search Failed - Meanings Not Ready\n\n"
               "The notes are being prepared for a comparison of meanings, or that could not be "
               "stored (the log says so). Ask again in some seconds. In a shell "
               "`bm reindex --embeddings` prepares all of them, however long that takes.\n\n" +
               other_ways(query);
    }
    return "# Search Failed - Semantic Search Disabled\n\n"
           "A search of type '" +
           echoed(search_type) +
           "' compares meanings, which are learned from the notes themselves, and there are fewer "
           "than " +
           std::to_string(kFewestNotesToLearnFrom) +
           " notes to learn from. With `\"semantic_search_enabled\": true` in config.json it is "
           "done all the same; `semantic_embedding_api_base` names a server of embeddings to use "
           "instead.\n\n" +
           other_ways(query);
}

std::string nothing_to_compare_text(std::string_view search_type) {
    return "# Search Failed - Nothing To Compare\n\n"
           "A search of type '" +
           echoed(search_type) +
           "' needs a `query` in words. To list what passes the filters, leave `search_type` out.";
}

}  // namespace bm
