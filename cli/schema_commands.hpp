#pragma once

#include <optional>
#include <string>

#include "markdown/schema_usage.hpp"

namespace bm {

class Application;

struct SchemaValidateCommand {
    std::optional<std::string> target;  ///< with '/' or '.' a note, otherwise a type
    std::optional<std::string> project;
    bool strict = false;
    bool json = false;
};
int run_schema_validate(Application& application, const SchemaValidateCommand& command);

struct SchemaInferCommand {
    std::string type;
    std::optional<std::string> project;
    double threshold = kOptionalShare;
    bool save = false;
    bool json = false;
};
int run_schema_infer(Application& application, const SchemaInferCommand& command);

struct SchemaDiffCommand {
    std::string type;
    std::optional<std::string> project;
    bool json = false;
};
int run_schema_diff(Application& application, const SchemaDiffCommand& command);

/// Whether what a user typed as TARGET is a note.
bool is_note_target(const std::string& target);

}  // namespace bm
