#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "importers/entry_json.hpp"
#include "importers/entry_reader.hpp"
#include "importers/import_names.hpp"
#include "markdown/text.hpp"
#include "repository/checksum.hpp"

// The reference knowledge-graph server's memory.json: entities and relations, one a line. Relations
// may stand before and far behind their entity, so the lines are read twice: once to learn which
// belong together, and then those of one entity at a time. Of a large file only a share of the
// entities is dealt with at once, and it is read that many times: memory does not grow with it.

namespace bm {

namespace {

/// A line, under the entity that it belongs to.
struct KnownLine {
    std::uint64_t entity;  ///< from a digest of its name, which nobody can make two names share
    std::uint64_t offset : 63;
    std::uint64_t is_relation : 1;
};

/// The lines of so much of a file are known at once: some millions at most.
constexpr std::uint64_t kBytesAtOnce = 128ULL << 20;

bool in_order(const KnownLine& one, const KnownLine& other) {
    if (one.entity != other.entity) return one.entity < other.entity;
    return one.offset < other.offset;
}

std::uint64_t key_of(const std::string& name) {
    const Checksum digest = checksum_of(name);
    std::uint64_t key = 0;
    std::memcpy(&key, digest.bytes.data(), sizeof key);
    return key;
}

/// The first of the names under which it may stand that says something.
std::optional<std::string> named(const EntryJson& line, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (auto words = words_of(line, name)) return words;
    }
    return std::nullopt;
}

std::optional<std::string> entity_name(const EntryJson& line) {
    return named(line, {"name", "entityName", "id"});
}

class MemoryFile {
public:
    MemoryFile(ImportSource& source, const ExportListener& listener)
        : source_(source), listener_(listener) {}

    ExportOutcome read() {
        if (!source_.is_seekable()) {
            outcome_.trouble = "memory.json is read twice, which needs a file and not a pipe";
            return std::move(outcome_);
        }
        shares_ = 1 + source_.size() / kBytesAtOnce;
        for (share_ = 0; share_ < shares_; ++share_) {
            find_lines();
            for (std::size_t at = 0; at < entities_.size(); ++at) {
                write_entity(entities_[at]);
                tell_progress(1, at + 1, entities_.size());
            }
        }
        return std::move(outcome_);
    }

private:
    void find_lines() {
        lines_.clear();
        entities_.clear();
        if (share_ > 0) source_.rewind();
        LineReader reader(source_);
        ExportEntry line;
        while (true) {
            const EntryStep step = reader.next(line);
            if (step == EntryStep::end) break;
            tell_progress(0, reader.offset(), source_.size());
            const std::string where = "line " + std::to_string(line.number);
            const auto fault = note_line(line);
            // Only the last line may have no end; whether it is whole, it tells itself.
            if (step == EntryStep::cut_off && !is_json_) {
                outcome_.trouble = "the file ends in the middle of " + where;
                break;
            }
            if (fault && share_ == 0) listener_.skipped(where, *fault);
        }
        std::sort(lines_.begin(), lines_.end(), in_order);
        choose_entities();
    }

    /// What is wrong with it.
    std::optional<std::string> note_line(ExportEntry& line) {
        is_json_ = false;
        if (!line.problem.empty()) return line.problem;
        const auto value = parse_entry(std::move(line.text));
        is_json_ = value.has_value();
        if (!value) return value.error().message;
        if (!value->is_object()) return "it is no object";
        const std::string type = text_of(*value, "type").value_or("");
        if (type == "entity") {
            const auto name = entity_name(*value);
            if (!name) {
                if (share_ == 0) ++outcome_.counts.skipped_entities;
                return "the entity has no name";
            }
            keep({key_of(*name), line.offset & kOffsets, 0});
            return std::nullopt;
        }
        if (type != "relation") return "its type is neither \"entity\" nor \"relation\"";
        const auto from = named(*value, {"from", "from_id"});
        if (!from || !named(*value, {"to", "to_id"})) return "it relates nothing (from, to)";
        if (share_ == 0) ++outcome_.counts.relations;
        keep({key_of(*from), line.offset & kOffsets, 1});
        return std::nullopt;
    }

    void keep(const KnownLine& line) {
        if (line.entity % shares_ == share_) lines_.push_back(line);
    }

    /// The last line of each entity, in the order of the file.
    void choose_entities() {
        for (auto first = lines_.begin(); first != lines_.end();) {
            const auto next = std::find_if(first, lines_.end(), [&](const KnownLine& line) {
                return line.entity != first->entity;
            });
            for (auto line = next; line != first;) {
                --line;
                if (line->is_relation != 0) continue;
                entities_.push_back(*line);
                break;
            }
            first = next;
        }
        std::sort(entities_.begin(), entities_.end(),
                  [](const auto& one, const auto& other) { return one.offset < other.offset; });
    }

    EntryJson line_at(std::uint64_t offset) {
        std::string text;
        std::string piece(4096, '\0');
        while (true) {
            const std::size_t length =
                source_.read_at(offset + text.size(), piece.data(), piece.size());
            const std::string_view read(piece.data(), length);
            const std::size_t stop = read.find('\n');
            text.append(read.substr(0, stop));
            if (stop != std::string_view::npos || length == 0) break;
            // Somebody may be writing to the file.
            if (text.size() > EntryLimits{}.bytes) break;
        }
        return parse_entry(std::move(text)).value_or(EntryJson());
    }

    void write_entity(const KnownLine& known) {
        const EntryJson entity = line_at(known.offset);
        const auto name = entity_name(entity);
        if (!name) return;
        const std::string type = named(entity, {"entityType", "type"}).value_or("entity");
        const std::string title = on_one_line(*name);
        ImportedNote note{
            confined_import_path(type) + '/' + confined_import_path(*name),
            title,
            on_one_line(type),
            {},
            "# " + title + "\n" + observations_of(entity) + relations_of(known.entity, *name),
            {}};
        if (listener_.note(std::move(note))) ++outcome_.counts.entities;
    }

    static std::string observations_of(const EntryJson& entity) {
        std::string text;
        const EntryJson& observations = member_of(entity, "observations");
        if (!observations.is_array()) return text;
        for (const EntryJson& each : observations) {
            const std::string said = each.is_string()   ? on_one_line(each.get<std::string>())
                                     : each.is_number() ? each.dump()
                                                        : std::string();
            if (!is_blank(said)) text += "- [Note] " + said + '\n';
        }
        return text;
    }

    /// Brackets within it would end the link.
    static std::string link_target(const std::string& name) {
        std::string target = on_one_line(name);
        std::erase_if(target, [](char c) { return c == '[' || c == ']'; });
        return target;
    }

    std::string relations_of(std::uint64_t entity, const std::string& name) {
        std::string text;
        auto line =
            std::lower_bound(lines_.begin(), lines_.end(), KnownLine{entity, 0, 0}, in_order);
        for (; line != lines_.end() && line->entity == entity; ++line) {
            if (line->is_relation == 0) continue;
            const EntryJson relation = line_at(line->offset);
            const auto to = named(relation, {"to", "to_id"});
            if (!to) continue;
            const std::string type =
                named(relation, {"relationType", "relation_type"}).value_or("relates to");
            text += "- " + on_one_line(type) + " [[" + link_target(*to) + "]]\n";
            if (text.size() > EntryLimits{}.bytes) {
                listener_.skipped("the relations of '" + name + "'",
                                  "beyond 12 MB they fit into no note");
                break;
            }
        }
        return text;
    }

    /// Of the two halves of each share.
    void tell_progress(std::uint64_t half, std::uint64_t done, std::uint64_t of) {
        if (!listener_.progress || of == 0) return;
        const std::uint64_t part = source_.size() / shares_ / 2;
        const auto within = static_cast<std::uint64_t>(
            static_cast<double>(done) / static_cast<double>(of) * static_cast<double>(part));
        listener_.progress((share_ * 2 + half) * part + within, source_.size());
    }

    static constexpr std::uint64_t kOffsets = (std::uint64_t{1} << 63U) - 1;

    ImportSource& source_;
    const ExportListener& listener_;
    std::uint64_t shares_ = 1;
    std::uint64_t share_ = 0;  ///< the one that is dealt with
    std::vector<KnownLine> lines_;
    std::vector<KnownLine> entities_;
    bool is_json_ = false;  ///< the line that was read last
    ExportOutcome outcome_;
};

}  // namespace

ExportOutcome read_memory_json(ImportSource& source, const ExportListener& listener) {
    return MemoryFile(source, listener).read();
}

}  // namespace bm
