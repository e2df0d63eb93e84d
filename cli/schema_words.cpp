#include "cli/schema_words.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "cli/schema_commands.hpp"

namespace bm {

namespace {

template <class Options>
void on_schema_use(const CommandMaker& maker, CLI::App* sub, std::shared_ptr<Options> options,
                   int (*run)(Application&, const Options&)) {
    sub->add_option("--project", options->project, "Project (the default one)");
    sub->add_flag("--json", options->json, "Print JSON for scripts");
    on_use(maker, sub, options, run);
}

}  // namespace

void add_schema_words(CLI::App& group, const CommandMaker& maker) {
    auto* validate =
        maker.command(group, "validate", "Check notes against the schema of their type");
    auto checked = std::make_shared<SchemaValidateCommand>();
    validate->add_option("target", checked->target,
                         "A note (what contains / or .) or a type of notes; every type that has a "
                         "schema when left out");
    validate->add_flag("--strict", checked->strict, "Exit with 1 when there are errors");
    validate->footer(
        "A schema is a note of type schema that names a type under entity, and below schema a line "
        "for each field:\n"
        "  name: string\n  role?: string\n  tag?(array): string\n  works_at?: Organization\n"
        "What does not fit is a warning, and an error with  settings: {validation: strict}");
    on_schema_use(maker, validate, checked, run_schema_validate);

    auto* infer = maker.command(group, "infer", "Derive a schema from the notes of a type");
    auto inferred = std::make_shared<SchemaInferCommand>();
    infer->add_option("type", inferred->type, "Type of the notes")->required();
    infer
        ->add_option("--threshold", inferred->threshold,
                     "Share of the notes from which a field is optional (0.25); from 0.95 on it is "
                     "required")
        ->check(CLI::Range(0.0, 1.0));
    infer->add_flag("--save", inferred->save, "Store it as a note in the folder schemas");
    on_schema_use(maker, infer, inferred, run_schema_infer);

    auto* diff =
        maker.command(group, "diff", "Show where notes and the schema of their type differ");
    auto compared = std::make_shared<SchemaDiffCommand>();
    diff->add_option("type", compared->type, "Type of the notes")->required();
    on_schema_use(maker, diff, compared, run_schema_diff);
}

}  // namespace bm
