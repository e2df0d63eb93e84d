#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/note_schema.hpp"

/// What notes of a type have in common: a schema is derived from it, or compared with it. Pure.
namespace bm {

enum class FieldSource { observation, relation };

/// One category of observations, or one type of relations.
struct FieldUsage {
    std::string name;
    FieldSource source = FieldSource::observation;
    std::size_t count = 0;             ///< of notes that have it
    std::size_t total = 0;             ///< of notes
    std::vector<std::string> samples;  ///< distinct, in order of appearance, long ones cut
    bool is_array = false;  ///< more than half of the notes that have it have it more than once
    std::optional<std::string> target_type;  ///< the one that relations lead to most often

    /// Between 0 and 1.
    [[nodiscard]] double share() const noexcept;
};

inline constexpr double kRequiredShare = 0.95;
inline constexpr double kOptionalShare = 0.25;
inline constexpr double kDroppedShare = 0.10;
inline constexpr std::size_t kMaxSamples = 5;
/// Names that are counted at most, of each source: a bound for the memory, far above what notes
/// have in common.
inline constexpr std::size_t kMaxCountedNames = 20'000;

/// Counts notes one by one and forgets them.
class TypeUsage {
public:
    void add(const NoteFacts& facts);

    [[nodiscard]] std::size_t notes() const noexcept { return notes_; }
    /// Observations first, then relations, each by falling count; ties by first appearance.
    [[nodiscard]] std::vector<FieldUsage> fields() const;
    /// The field of that name; relations go first. One that is never used has no count.
    [[nodiscard]] FieldUsage field(const std::string& name) const;

private:
    struct Tally {
        std::size_t order = 0;  ///< of the first appearance
        std::size_t notes = 0;
        std::size_t repeated = 0;  ///< notes that have it more than once
        std::vector<std::string> samples;
        std::map<std::string, std::pair<std::size_t, std::size_t>, std::less<>>
            targets;  ///< type: how often, order of the first appearance
    };
    using Tallies = std::map<std::string, Tally, std::less<>>;

    static Tally* tally_of(Tallies& tallies, const std::string& name);
    [[nodiscard]] FieldUsage usage_of(const std::string& name, FieldSource source,
                                      const Tally& tally) const;
    void append(std::vector<FieldUsage>& fields, FieldSource source, const Tallies& tallies) const;

    std::size_t notes_ = 0;
    Tallies observations_;
    Tallies relations_;
};

/// A schema that fits what was counted.
struct SuggestedSchema {
    ValueMap fields;  ///< picoschema
    std::vector<std::string> required;
    std::vector<std::string> optional;
    std::vector<std::string> excluded;  ///< too rare, or not to be written as a field
};
/// Required from kRequiredShare, optional from `threshold`. Of an observation and a relation with
/// one name the relation is declared.
SuggestedSchema suggest_schema(const std::vector<FieldUsage>& fields, double threshold);

/// Where notes and their schema went different ways.
struct SchemaDrift {
    std::vector<FieldUsage> new_fields;
    std::vector<FieldUsage> dropped_fields;
    std::vector<std::string> cardinality_changes;

    [[nodiscard]] bool is_empty() const noexcept {
        return new_fields.empty() && dropped_fields.empty() && cardinality_changes.empty();
    }
};
/// Empty when there are no notes.
SchemaDrift drift_of(const NoteSchema& schema, const TypeUsage& usage);

}  // namespace bm
