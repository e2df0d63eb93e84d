#include "cli/tool_commands.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kSnippetCharacters = 200;

std::string text_of(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || !found->is_string() ? "" : found->get<std::string>();
}

std::string on_one_line(std::string_view text) {
    std::vector<std::string> words;
    for (const auto word : split_words(text)) words.emplace_back(word);
    return join(words, " ");
}

std::string two_decimals(double value) {
    const long long hundredths = static_cast<long long>(value * 100 + (value < 0 ? -0.5 : 0.5));
    const long long magnitude = hundredths < 0 ? -hundredths : hundredths;
    const std::string fraction = std::to_string(magnitude % 100);
    return (hundredths < 0 ? "-" : "") + std::to_string(magnitude / 100) + "." +
           (fraction.size() < 2 ? "0" : "") + fraction;
}

std::string search_text(const Terminal& terminal, const ToolCall& call, const Json& result) {
    const auto& rows = result.at("results");
    std::string text = "Search: " + text_of(call.arguments, "query") + "\n";
    text += std::to_string(rows.size()) + " result(s) | page " +
            std::to_string(result.value("current_page", 1));
    const auto size = result.value("page_size", 10);
    if (result.contains("total") && size > 0) {
        const auto pages = (result["total"].get<long long>() + size - 1) / size;
        text += " of " + std::to_string(std::max(1LL, pages));
    }
    text += "\n";
    std::size_t number = 0;
    for (const auto& row : rows) {
        text += std::to_string(++number) + ". " + terminal.bold(text_of(row, "title")) +
                "  (score: " + two_decimals(row.value("score", 0.0)) + ")  " +
                terminal.cyan(text_of(row, "permalink")) + "\n";
        const std::string snippet = on_one_line(text_of(row, "content"));
        if (!snippet.empty())
            text += "   " + std::string(first_code_points(snippet, kSnippetCharacters)) + "\n";
    }
    return text;
}

std::string activity_text(const Terminal& terminal, const Json& result) {
    std::string text;
    for (const auto& row : result) {
        text += "- " + terminal.bold(text_of(row, "title")) + " (" + text_of(row, "type") + ") " +
                terminal.cyan(text_of(row, "permalink")) + " " +
                text_of(row, "created_at").substr(0, 10) + "\n";
    }
    return text.empty() ? "No recent activity.\n" : text;
}

std::string context_text(const Terminal& terminal, const Json& result) {
    std::string text;
    for (const auto& item : result.at("results")) {
        const auto& primary = item.at("primary_result");
        text += terminal.bold(text_of(primary, "title")) + "  " +
                terminal.cyan(text_of(primary, "permalink")) + "\n";
        for (const auto& observation : item.at("observations")) {
            text += "  [" + text_of(observation, "category") + "] " +
                    on_one_line(text_of(observation, "content")) + "\n";
        }
        for (const auto& related : item.at("related_results")) {
            const bool is_relation = text_of(related, "type") == "relation";
            text +=
                is_relation
                    ? "  " + text_of(related, "from_entity") + " -- " +
                          text_of(related, "relation_type") + " -> " +
                          (text_of(related, "to_entity").empty() ? text_of(related, "to_name")
                                                                 : text_of(related, "to_entity"))
                    : "  * " + text_of(related, "title") + "  " + text_of(related, "permalink");
            text += "\n";
        }
    }
    return text.empty() ? "Nothing found.\n" : text;
}

std::string note_text(const Json& result) {
    if (!result.contains("content") || result["content"].is_null()) {
        const std::string error = text_of(result, "error");
        std::string text = (error.empty() ? "Note not found." : error) + "\n";
        for (const auto& related : result.value("related_results", Json::array())) {
            text += "- " + text_of(related, "title") + "  " + text_of(related, "permalink") + "\n";
        }
        return text;
    }
    std::string text = text_of(result, "content");
    if (!text.ends_with('\n')) text += '\n';
    return text;
}

}  // namespace

std::optional<std::string> plain_text(const Terminal& terminal, const ToolCall& call,
                                      const Json& result) {
    const std::string_view tool = call.command->tool;
    if (tool == "search_notes" && result.is_object()) return search_text(terminal, call, result);
    if (tool == "recent_activity" && result.is_array()) return activity_text(terminal, result);
    if (tool == "build_context" && result.is_object()) return context_text(terminal, result);
    if (tool == "read_note" && result.is_object()) return note_text(result);
    return std::nullopt;
}

}  // namespace bm
