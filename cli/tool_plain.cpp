#include <array>
#include <cstdio>

#include "cli/tool_commands.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kSnippetCharacters = 200;

std::string text_of(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || !found->is_string() ? "" : found->get<std::string>();
}

std::string shown_of(const Json& object, const char* key) {
    return printable(text_of(object, key));
}

std::string on_one_line(std::string_view text) {
    std::vector<std::string> words;
    for (const auto word : split_words(text)) words.emplace_back(word);
    return printable(join(words, " "));
}

std::string two_decimals(double value) {
    const long long hundredths = static_cast<long long>(value * 100 + (value < 0 ? -0.5 : 0.5));
    const long long magnitude = hundredths < 0 ? -hundredths : hundredths;
    const std::string fraction = std::to_string(magnitude % 100);
    return (hundredths < 0 ? "-" : "") + std::to_string(magnitude / 100) + "." +
           (fraction.size() < 2 ? "0" : "") + fraction;
}

/// Two decimals, or three digits that count: scores of small vaults are that near to nothing.
std::string score_text(double value) {
    const double magnitude = value < 0 ? -value : value;
    if (magnitude == 0 || magnitude >= 0.005) return two_decimals(value);
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.3g", value);
    return text.data();
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
                "  (score: " + score_text(row.value("score", 0.0)) + ")  " +
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
        text += "- " + terminal.bold(text_of(row, "title")) + " (" + shown_of(row, "type") + ") " +
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
            text += "  [" + shown_of(observation, "category") + "] " +
                    on_one_line(text_of(observation, "content")) + "\n";
        }
        for (const auto& related : item.at("related_results")) {
            const bool is_relation = text_of(related, "type") == "relation";
            text +=
                is_relation
                    ? "  " + shown_of(related, "from_entity") + " -- " +
                          shown_of(related, "relation_type") + " -> " +
                          (text_of(related, "to_entity").empty() ? shown_of(related, "to_name")
                                                                 : shown_of(related, "to_entity"))
                    : "  * " + shown_of(related, "title") + "  " + shown_of(related, "permalink");
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
            text +=
                "- " + shown_of(related, "title") + "  " + shown_of(related, "permalink") + "\n";
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
    if (tool == "delete_note" && result.is_boolean()) {
        const std::string note = printable(text_of(call.arguments, "identifier"));
        return result.get<bool>() ? "Deleted " + note + '\n' : "There is no note " + note + '\n';
    }
    return std::nullopt;
}

}  // namespace bm
