#include "tools/call_text.hpp"

#include "markdown/text.hpp"
#include "tools/json_value.hpp"

namespace bm {

namespace {

// Enough to recognise a value by; an answer repeats it several times.
constexpr std::size_t kMaxEchoedCodePoints = 200;

}  // namespace

std::string echoed(std::string_view value) {
    const std::string_view kept = first_code_points(value, kMaxEchoedCodePoints);
    return std::string(kept) + (kept.size() < value.size() ? "..." : "");
}

std::string string_literal(std::string_view value) { return compact_json(Json(echoed(value))); }

std::string call_text(std::string_view function, std::initializer_list<CallArgument> arguments) {
    std::string text = std::string(function) + '(';
    const char* separator = "";
    for (const auto& argument : arguments) {
        text += separator;
        separator = ", ";
        if (!argument.name.empty()) text += std::string(argument.name) + '=';
        text += string_literal(argument.value);
    }
    return text + ')';
}

std::string fenced(std::string_view code) { return "```\n" + std::string(code) + "\n```"; }

}  // namespace bm
