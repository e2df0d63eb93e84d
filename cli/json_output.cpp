#include "cli/json_output.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"

namespace bm {

namespace {

using OrderedJson = nlohmann::ordered_json;

/// What stopped a command, and the way out.
struct SaidFailure {
    std::string message;
    std::string hint;
};

/// The last sentence that says "Error", or the first that is no warning; what came after it is the
/// way out.
SaidFailure said_failure(const std::vector<std::string>& errors) {
    const auto is_aside = [](const std::string& line) {
        return line.starts_with("Warning: ") || line.starts_with("Note: ");
    };
    auto at = std::find_if(errors.rbegin(), errors.rend(),
                           [](const std::string& line) { return line.starts_with("Error"); });
    auto line = at == errors.rend() ? errors.begin() : at.base() - 1;
    if (at == errors.rend()) line = std::find_if_not(errors.begin(), errors.end(), is_aside);
    if (line == errors.end()) return {};
    SaidFailure said{*line, {}};
    constexpr std::string_view prefix = "Error: ";
    if (said.message.starts_with(prefix)) said.message.erase(0, prefix.size());
    while (++line != errors.end()) {
        if (is_aside(*line)) continue;
        said.hint += (said.hint.empty() ? "" : "\n") + *line;
    }
    // A message of two lines has its way out in the second.
    if (const auto end = said.message.find('\n'); end != std::string::npos && said.hint.empty()) {
        said.hint = said.message.substr(end + 1);
        said.message.erase(end);
    }
    return said;
}

const char* code_name(int code) {
    switch (code) {
        case kExitUsage:
            return "usage";
        case kExitInterrupted:
            return "interrupted";
        default:
            return "failed";
    }
}

void print_object_of(Application& application, const OrderedJson& object) {
    application.terminal().print(object.dump(2, ' ', true, OrderedJson::error_handler_t::replace) +
                                 '\n');
}

}  // namespace

void print_change(Application& application, const ChangeFields& fields) {
    OrderedJson object{{"ok", true}};
    for (const auto& [key, value] : fields) {
        object[key] = std::visit(Match{[](std::monostate) { return OrderedJson(nullptr); },
                                       [](const auto& plain) { return OrderedJson(plain); }},
                                 value);
    }
    print_object_of(application, object);
}

void print_failure(Application& application, int code) {
    Terminal& terminal = application.terminal();
    if (code == 0 || terminal.has_printed()) return;
    SaidFailure said = said_failure(terminal.errors());
    const std::string name =
        terminal.failure_code().empty() ? code_name(code) : terminal.failure_code();
    // Tools say the code first, and then what it means.
    if (said.message == name && !said.hint.empty()) {
        said.message = std::move(said.hint);
        said.hint.clear();
    }
    print_object_of(application,
                    {{"ok", false},
                     {"error", {{"code", name}, {"message", said.message}, {"hint", said.hint}}}});
}

}  // namespace bm
