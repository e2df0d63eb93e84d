#include <nlohmann/json.hpp>

#include "cli/json_output.hpp"
#include "cli/upkeep_commands.hpp"
#include "repository/setting_state.hpp"

namespace bm {

namespace {

constexpr const char* kTelemetryKey = "telemetry_enabled";

}  // namespace

int run_telemetry_set(Application& application, const TelemetryCommand& command) {
    const std::string words = command.enabled ? "true" : "false";
    ConfigFile file(application.directory(), application.environment());
    if (const auto stored = file.set(kTelemetryKey, words); !stored) {
        return fail_command(application, stored.error().message);
    }
    if (command.json) {
        print_change(application, {{kTelemetryKey, command.enabled}, {"collects", false}});
        return 0;
    }
    application.terminal().line(std::string(kTelemetryKey) + " = " + words +
                                ". This program collects and sends nothing either way.");
    return 0;
}

int run_telemetry_status(Application& application, bool json) {
    const auto state =
        setting_state(application.directory(), application.environment(), kTelemetryKey);
    if (!state) return fail_command(application, state.error().message);
    if (json) {
        const Json object = {{"collects", false},
                             {kTelemetryKey, std::get<bool>(state->effective())},
                             {"source", state->source()}};
        application.terminal().line(object.dump(2, ' ', true));
        return 0;
    }
    application.terminal().line("Telemetry: none. This program collects and sends nothing.");
    application.terminal().line("The setting " + std::string(kTelemetryKey) + " (" +
                                setting_text(state->effective()) +
                                ") is kept for other programs that share the file.");
    return 0;
}

}  // namespace bm
