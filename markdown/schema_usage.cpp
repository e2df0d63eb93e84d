#include "markdown/schema_usage.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kSampleCodePoints = 100;
constexpr std::size_t kMaxTargetTypes = 100;
/// A note type that any note is of, for relations whose targets are not there yet.
constexpr std::string_view kAnyNote = "Any";

/// Distinct and short.
void add_sample(std::vector<std::string>& samples, std::string_view text) {
    if (samples.size() == kMaxSamples) return;
    const std::string_view start = first_code_points(text, kSampleCodePoints);
    std::string sample(start);
    if (start.size() < text.size()) sample += "...";
    if (std::find(samples.begin(), samples.end(), sample) == samples.end()) {
        samples.push_back(std::move(sample));
    }
}

/// `project_doc` as `Project_doc`; none when it would be no name of a note type.
std::optional<std::string> as_reference(std::string_view type) {
    if (type.empty()) return std::nullopt;
    std::string name(type);
    if (name.front() >= 'a' && name.front() <= 'z') {
        name.front() = static_cast<char>(name.front() - 'a' + 'A');
    }
    // A comma would begin a description.
    if (!names_note_type(name) || name.find(',') != std::string::npos) return std::nullopt;
    return name;
}

std::string declared_type(const FieldUsage& field) {
    if (field.source == FieldSource::observation) return "string";
    return as_reference(field.target_type.value_or("")).value_or(std::string(kAnyNote));
}

}  // namespace

double FieldUsage::share() const noexcept {
    return total == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(total);
}

TypeUsage::Tally* TypeUsage::tally_of(Tallies& tallies, const std::string& name) {
    const auto known = tallies.find(name);
    if (known != tallies.end()) return &known->second;
    if (tallies.size() == kMaxCountedNames) return nullptr;
    Tally& tally = tallies[name];
    tally.order = tallies.size();
    return &tally;
}

void TypeUsage::add(const NoteFacts& facts) {
    ++notes_;
    std::map<Tally*, std::size_t> in_note;
    for (const auto& fact : facts.observations) {
        Tally* tally = tally_of(observations_, fact.category);
        if (tally == nullptr) continue;
        ++in_note[tally];
        add_sample(tally->samples, fact.content);
    }
    for (const auto& link : facts.relations) {
        Tally* tally = tally_of(relations_, link.type);
        if (tally == nullptr) continue;
        ++in_note[tally];
        add_sample(tally->samples, link.target);
        if (!link.target_type) continue;
        auto& targets = tally->targets;
        if (targets.size() == kMaxTargetTypes && targets.count(*link.target_type) == 0) continue;
        const auto [target, is_new] =
            targets.try_emplace(*link.target_type, std::size_t{0}, targets.size());
        ++target->second.first;
    }
    for (const auto& [tally, times] : in_note) {
        ++tally->notes;
        if (times > 1) ++tally->repeated;
    }
}

FieldUsage TypeUsage::usage_of(const std::string& name, FieldSource source,
                               const Tally& tally) const {
    FieldUsage usage{name, source, tally.notes, notes_, tally.samples, false, std::nullopt};
    usage.is_array = tally.repeated * 2 > tally.notes;
    const auto most = std::min_element(tally.targets.begin(), tally.targets.end(),
                                       [](const auto& left, const auto& right) {
                                           if (left.second.first != right.second.first)
                                               return left.second.first > right.second.first;
                                           return left.second.second < right.second.second;
                                       });
    if (most != tally.targets.end()) usage.target_type = most->first;
    return usage;
}

void TypeUsage::append(std::vector<FieldUsage>& fields, FieldSource source,
                       const Tallies& tallies) const {
    std::vector<const Tallies::value_type*> sorted;
    sorted.reserve(tallies.size());
    for (const auto& entry : tallies) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(), [](const auto* left, const auto* right) {
        if (left->second.notes != right->second.notes)
            return left->second.notes > right->second.notes;
        return left->second.order < right->second.order;
    });
    for (const auto* entry : sorted)
        fields.push_back(usage_of(entry->first, source, entry->second));
}

std::vector<FieldUsage> TypeUsage::fields() const {
    std::vector<FieldUsage> fields;
    fields.reserve(observations_.size() + relations_.size());
    append(fields, FieldSource::observation, observations_);
    append(fields, FieldSource::relation, relations_);
    return fields;
}

FieldUsage TypeUsage::field(const std::string& name) const {
    if (const auto found = relations_.find(name); found != relations_.end()) {
        return usage_of(name, FieldSource::relation, found->second);
    }
    if (const auto found = observations_.find(name); found != observations_.end()) {
        return usage_of(name, FieldSource::observation, found->second);
    }
    return {name, FieldSource::observation, 0, notes_, {}, false, std::nullopt};
}

SuggestedSchema suggest_schema(const std::vector<FieldUsage>& fields, double threshold) {
    SuggestedSchema suggested;
    std::set<std::string_view> relations;
    const double least = std::min(threshold, kRequiredShare);
    for (const FieldUsage& field : fields) {
        if (field.source == FieldSource::relation && field.share() >= least) {
            relations.insert(field.name);
        }
    }
    for (const FieldUsage& field : fields) {
        const bool required = field.share() >= kRequiredShare;
        if (field.share() < least || !can_be_declared(field.name)) {
            suggested.excluded.push_back(field.name);
            continue;
        }
        if (field.source == FieldSource::observation && relations.count(field.name) != 0) continue;
        (required ? suggested.required : suggested.optional).push_back(field.name);
        suggested.fields.push_back(
            {field_key(field.name, required, field.is_array), Value::string(declared_type(field))});
    }
    return suggested;
}

SchemaDrift drift_of(const NoteSchema& schema, const TypeUsage& usage) {
    SchemaDrift drift;
    if (usage.notes() == 0) return drift;
    std::set<std::string_view> declared;
    for (const SchemaField& field : schema.fields) declared.insert(field.name);
    for (FieldUsage& field : usage.fields()) {
        if (field.share() < kOptionalShare || declared.count(field.name) != 0) continue;
        // A relation stands for the observations of the same name.
        if (field.source != usage.field(field.name).source) continue;
        drift.new_fields.push_back(std::move(field));
    }
    for (const SchemaField& field : schema.fields) {
        FieldUsage used = usage.field(field.name);
        if (used.count == 0 && field.kind == FieldKind::reference) {
            used.source = FieldSource::relation;
        }
        if (used.share() < kDroppedShare) {
            drift.dropped_fields.push_back(std::move(used));
        } else if (field.is_array && !used.is_array) {
            drift.cardinality_changes.push_back(
                field.name + ": schema declares array but usage is typically single-value");
        } else if (!field.is_array && used.is_array) {
            drift.cardinality_changes.push_back(
                field.name + ": schema declares single-value but usage is typically array");
        }
    }
    return drift;
}

}  // namespace bm
