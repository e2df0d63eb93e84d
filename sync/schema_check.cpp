#include "sync/schema_check.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "markdown/json_reader.hpp"
#include "markdown/permalink.hpp"
#include "repository/typed_notes.hpp"
#include "sync/schema_notes.hpp"

namespace bm {

namespace {

constexpr std::string_view kSchemaType = "schema";

Error cancelled_call() {
    return {Fault::unavailable, "The call was cancelled before all notes were read"};
}

std::size_t bytes_of(const CheckedNote& note) {
    std::size_t bytes = sizeof(CheckedNote) + note.identifier.size();
    const auto add_texts = [&](const std::vector<std::string>& texts) {
        for (const auto& text : texts) bytes += sizeof(std::string) + text.size();
    };
    for (const auto& field : note.check.fields) {
        bytes += sizeof(FieldCheck) + field.name.size() + field.message.size();
        add_texts(field.values);
    }
    for (const auto& [category, count] : note.check.unmatched_observations) {
        bytes += sizeof(std::pair<std::string, std::size_t>) + category.size();
    }
    add_texts(note.check.unmatched_relations);
    add_texts(note.check.warnings);
    add_texts(note.check.errors);
    return bytes;
}

/// Results up to a number and a size. Those without a message give way to those with one.
class KeptResults {
public:
    void add(CheckedNote note) {
        const bool tells = !note.check.warnings.empty() || !note.check.errors.empty();
        const std::size_t bytes = bytes_of(note);
        const std::size_t order = order_++;
        (tells ? telling_ : silent_).push_back({order, bytes, std::move(note)});
        bytes_ += bytes;
        while (telling_.size() + silent_.size() > kMaxCheckedNotes || bytes_ > kMaxCheckedBytes) {
            auto& list = silent_.empty() ? telling_ : silent_;
            // One note is always told of, however much there is to say about it.
            if (telling_.size() + silent_.size() == 1) return;
            bytes_ -= list.back().bytes;
            list.pop_back();
        }
    }

    void move_to(SchemaReport& report) {
        std::vector<Kept> all = std::move(telling_);
        std::move(silent_.begin(), silent_.end(), std::back_inserter(all));
        std::sort(all.begin(), all.end(),
                  [](const Kept& left, const Kept& right) { return left.order < right.order; });
        report.omitted = order_ - all.size();
        for (Kept& kept : all) report.results.push_back(std::move(kept.note));
    }

private:
    struct Kept {
        std::size_t order;
        std::size_t bytes;
        CheckedNote note;
    };
    std::vector<Kept> telling_;
    std::vector<Kept> silent_;
    std::size_t order_ = 0;
    std::size_t bytes_ = 0;
};

void add_check(SchemaCounts& counts, const NoteCheck& check) {
    ++counts.notes;
    if (check.passed) ++counts.valid;
    counts.warnings += check.warnings.size();
    counts.errors += check.errors.size();
}

std::string identifier_of(const TypedNote& note) {
    if (!note.title.empty()) return note.title;
    return note.permalink.value_or(note.path);
}

/// One pass over notes.
class SchemaRun {
public:
    SchemaRun(KnowledgeBase& knowledge, const Project& project, const std::stop_token& stop)
        : knowledge_(knowledge), project_(project), stop_(stop), schemas_(knowledge, project) {}

    [[nodiscard]] const SchemaNotes& schemas() const noexcept { return schemas_; }

    /// Of notes that were found only because of their own `schema`, those count that have one.
    Result<SchemaReport> run(const TypedNotesWish& wish) {
        knowledge_.index().read([&](Tables& tables) {
            each_typed_note(tables.database, project_.id, wish, [&](TypedNote& note) {
                if (stop_.stop_requested())
                    problem_ = cancelled_call();
                else
                    look_at(note, wish);
                return !problem_;
            });
        });
        if (problem_) return tl::unexpected(*problem_);
        kept_.move_to(report_);
        if (wish.with_own_schema) {
            for (const auto& [type, counts] : by_type_) report_.types.push_back({type, counts});
            report_.has_schemas = !by_type_.empty();
        }
        return std::move(report_);
    }

    /// Schema notes that cannot be used by any note are wrong themselves.
    void tell_unusable() {
        for (const SchemaNote* note : schemas_.of_no_type()) {
            const std::string reason =
                note->schema ? "it names no type" : note->schema.error().message;
            tell_wrong(note->title.empty() ? note->path : note->title, std::string(kSchemaType),
                       reason);
        }
    }
    /// A type that is told of although it may have no note.
    void expect(const std::string& type) { by_type_[type]; }

private:
    void look_at(const TypedNote& note, const TypedNotesWish& wish) {
        const auto parsed = parse_json(note.metadata);
        const ValueMap metadata = parsed && parsed->map() != nullptr ? *parsed->map() : ValueMap{};
        const auto reference = schema_reference(metadata);
        auto inline_schema = read_own(note, metadata);
        if (!inline_schema) return tell_odd(note, inline_schema.error());
        const bool is_of_type =
            std::find(wish.types.begin(), wish.types.end(), note.type) != wish.types.end();
        if (wish.with_own_schema && !is_of_type && !*inline_schema && !reference) return;
        ++report_.looked_at;
        SchemaCounts& of_type = by_type_[note.type];
        const NoteSchema* schema =
            *inline_schema ? &**inline_schema : schema_for(note.type, reference);
        if (schema == nullptr) return;
        CheckedNote checked{identifier_of(note), schema->entity,
                            check_note(*schema, note.facts, metadata)};
        add_check(report_.counts, checked.check);
        add_check(of_type, checked.check);
        kept_.add(std::move(checked));
    }

    /// What a schema note says under `schema` is about other notes.
    static Result<std::optional<NoteSchema>> read_own(const TypedNote& note,
                                                      const ValueMap& metadata) {
        if (note.type == kSchemaType) return std::nullopt;
        return read_inline_schema(metadata, note.type);
    }

    /// A note whose own schema cannot be read is wrong itself; the others are checked.
    void tell_odd(const TypedNote& note, const Error& why) {
        tell_wrong(identifier_of(note), note.type, "its own schema cannot be read: " + why.message);
    }

    void tell_wrong(std::string identifier, const std::string& type, std::string reason) {
        ++report_.looked_at;
        NoteCheck check;
        check.passed = false;
        check.errors.push_back(std::move(reason));
        add_check(report_.counts, check);
        add_check(by_type_[type], check);
        kept_.add({std::move(identifier), type, std::move(check)});
    }

    const NoteSchema* schema_for(const std::string& type,
                                 const std::optional<std::string>& reference) {
        const SchemaNote* note = reference ? schemas_.named(*reference) : nullptr;
        if (note == nullptr) note = schemas_.for_type(type);
        if (note == nullptr) return nullptr;
        if (note->schema) return &*note->schema;
        problem_ = note->schema.error();
        return nullptr;
    }

    KnowledgeBase& knowledge_;
    const Project& project_;
    std::stop_token stop_;
    SchemaNotes schemas_;
    SchemaReport report_;
    KeptResults kept_;
    std::map<std::string, SchemaCounts> by_type_;
    std::optional<Error> problem_;
};

Result<TypeUsage> usage_of_type(KnowledgeBase& knowledge, const Project& project,
                                const std::string& type, const std::stop_token& stop) {
    TypeUsage usage;
    bool is_stopped = false;
    knowledge.index().read([&](Tables& tables) {
        each_typed_note(tables.database, project.id, {.types = {canonical_type(type)}},
                        [&](TypedNote& note) {
                            is_stopped = stop.stop_requested();
                            if (!is_stopped) usage.add(note.facts);
                            return !is_stopped;
                        });
    });
    if (is_stopped) return tl::unexpected(cancelled_call());
    return usage;
}

}  // namespace

Result<SchemaReport> check_note_schema(KnowledgeBase& knowledge, const Project& project,
                                       EntityId note, const std::stop_token& stop) {
    return SchemaRun(knowledge, project, stop).run({.types = {}, .only = note});
}

Result<SchemaReport> check_type_schema(KnowledgeBase& knowledge, const Project& project,
                                       const std::string& type, const std::stop_token& stop) {
    return SchemaRun(knowledge, project, stop).run({.types = {canonical_type(type)}});
}

Result<SchemaReport> check_all_schemas(KnowledgeBase& knowledge, const Project& project,
                                       const std::stop_token& stop) {
    SchemaRun run(knowledge, project, stop);
    TypedNotesWish wish{.types = run.schemas().types(), .with_own_schema = true};
    for (const std::string& type : wish.types) run.expect(type);
    run.tell_unusable();
    return run.run(wish);
}

Result<SchemaInference> infer_schema(KnowledgeBase& knowledge, const Project& project,
                                     const std::string& type, double threshold,
                                     const std::stop_token& stop) {
    const auto usage = usage_of_type(knowledge, project, type, stop);
    if (!usage) return tl::unexpected(usage.error());
    SchemaInference inference{usage->notes(), usage->fields(), 0, {}};
    std::map<FieldSource, std::size_t> listed;
    inference.omitted = std::erase_if(inference.fields, [&](const FieldUsage& field) {
        return ++listed[field.source] > kMaxListedFields;
    });
    inference.suggested = suggest_schema(inference.fields, threshold);
    return inference;
}

Result<std::optional<SchemaDrift>> schema_drift(KnowledgeBase& knowledge, const Project& project,
                                                const std::string& type,
                                                const std::stop_token& stop) {
    const SchemaNotes schemas(knowledge, project);
    const SchemaNote* note = schemas.for_type(canonical_type(type));
    if (note == nullptr) return std::nullopt;
    if (!note->schema) return tl::unexpected(note->schema.error());
    const auto usage = usage_of_type(knowledge, project, type, stop);
    if (!usage) return tl::unexpected(usage.error());
    return drift_of(*note->schema, *usage);
}

}  // namespace bm
