#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/utsname.h>

#include "tools/all_tools.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"

namespace bm {
namespace {

constexpr std::string_view kBasicMemoryDiagnosticsDescription =
    "Show the version, the system and the configuration of this server, with secrets masked. Use "
    "it when the user reports trouble with Basic Memory itself.";

#if defined(__clang__)
constexpr std::string_view kCompiler = "Clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "GCC " __VERSION__;
#endif

ToolDeclaration declaration() {
    return {.name = "basic_memory_diagnostics",
            .title = "Basic Memory Diagnostics",
            .description = kBasicMemoryDiagnosticsDescription,
            // Clients that add the project to every call send it here too.
            .parameters = {project_parameter(), project_id_parameter()},
            .output_schema = wrapped_schema({"string"}),
            .annotations = kReadsOnly,
            .wraps_result = true};
}

std::string system_section() {
    utsname system{};
    const bool known = uname(&system) == 0;
    return "## System\n- Runtime: C++20 (" + std::string(kCompiler) + ")\n- Platform: " +
           (known ? std::string(system.sysname) + ' ' + system.release : "unknown") +
           "\n- Architecture: " + (known ? system.machine : "unknown") + '\n';
}

std::string configuration_section(KnowledgeBase& knowledge) {
    const auto text = knowledge.masked_config_text();
    if (!text) return "## Configuration\n" + text.error().message;
    const auto path = knowledge.directory().config();
    std::error_code ignored;
    const bool exists = std::filesystem::exists(path, ignored);
    return "## Configuration\n- Config path: " + path.string() +
           "\n- Config exists: " + (exists ? "True" : "False") + "\n\n```json\n" + *text + "\n```";
}

std::string diagnostics(KnowledgeBase& knowledge, const std::string& version) {
    return "# Basic Memory Diagnostics\n\n## Version\n- basic-memory: " + version +
           "\n- API: " + version + "\n\n" + system_section() + '\n' +
           configuration_section(knowledge);
}

}  // namespace

Tool basic_memory_diagnostics_tool(KnowledgeBase& knowledge, std::string version) {
    Tool tool = face_of(declaration());
    tool.run = [&knowledge, version = std::move(version)](const CallContext&,
                                                          const Json& raw) -> ToolReply {
        const auto about = declaration();
        const auto arguments = Arguments::read(about.parameters, raw);
        if (!arguments) {
            return failure_reply(about.name, arguments.error());
        }
        return ToolReply{diagnostics(knowledge, version), false, {}};
    };
    return tool;
}

}  // namespace bm
