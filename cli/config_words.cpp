#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command_help.hpp"
#include "cli/upkeep_commands.hpp"

namespace bm {

namespace {

CLI::App* add_setting_command(CLI::App& group, const CommandMaker& maker, const std::string& name,
                              const std::string& help, std::shared_ptr<ConfigCommand>& options,
                              int (*run)(Application&, const ConfigCommand&)) {
    auto* sub = maker.command(group, name, help);
    options = std::make_shared<ConfigCommand>();
    sub->add_option("key", options->key, "Name of the setting, see: config list")->required();
    on_use(maker, sub, options, run);
    return sub;
}

}  // namespace

void add_config_words(CLI::App& group, const CommandMaker& maker) {
    auto* list = maker.command(group, "list", "List all settings, their values and who says so");
    auto json = std::make_shared<bool>(false);
    list->add_flag("--json", *json, "Print JSON for scripts");
    on_use(maker, list, json, run_config_list);
    std::shared_ptr<ConfigCommand> options;
    auto* get =
        add_setting_command(group, maker, "get", "Show one setting", options, run_config_get);
    get->add_flag("--json", options->json, "Print JSON for scripts");
    auto* set =
        add_setting_command(group, maker, "set", "Change a setting", options, run_config_set);
    set->add_option("value", options->value,
                    "Its value: true or false, a number, or words; null where it may be empty")
        ->required();
    set->add_flag("--json", options->json, "Print JSON for scripts");
    auto* unset = add_setting_command(group, maker, "unset", "Take a setting back to its default",
                                      options, run_config_unset);
    unset->add_flag("--json", options->json, "Print JSON for scripts");
    group.footer(
        "Settings are kept in config.json. The environment overrides them: "
        "BASIC_MEMORY_LOG_LEVEL for log_level.\n"
        "Projects are changed by: basic-memory project");
}

}  // namespace bm
