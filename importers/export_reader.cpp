#include "importers/export_reader.hpp"

#include <utility>

#include "importers/entry_json.hpp"
#include "importers/entry_reader.hpp"

namespace bm {

namespace {

/// What the first bytes of every ZIP archive are.
constexpr std::string_view kZipMark = "PK\x03\x04";

const char* list_name(ImportKind kind) {
    return kind == ImportKind::claude_projects ? "projects" : "conversations";
}

Result<void> read_entry(ImportKind kind, ExportEntry& entry, const EntryReading& reading) {
    if (!entry.problem.empty()) return fail(Fault::invalid, entry.problem);
    OrderedKeys nodes{"mapping"};
    const bool is_chatgpt = kind == ImportKind::chatgpt;
    const auto value = parse_entry(std::move(entry.text), is_chatgpt ? &nodes : nullptr);
    if (!value) return tl::unexpected(value.error());
    if (is_chatgpt) return read_chatgpt(*value, nodes, reading);
    return kind == ImportKind::claude_projects ? read_claude_project(*value, reading)
                                               : read_claude_conversation(*value, reading);
}

std::string trouble_of(EntryStep step, ImportKind kind, const ListReader& reader,
                       const ExportEntry& entry) {
    const std::string at = " at byte " + std::to_string(reader.offset());
    if (step == EntryStep::not_a_list && reader.begins_with(kZipMark)) {
        return std::string("it is a ZIP archive. Unpack it, and name the ") + list_name(kind) +
               ".json in it";
    }
    if (step == EntryStep::not_a_list) {
        return std::string("it is no list of ") + list_name(kind) +
               ": the first character is not '['. Is it the right file of the export?";
    }
    if (step == EntryStep::more) return "something stands behind the end of the list" + at;
    return "the file ends in the middle" + at + ", after " + std::to_string(entry.number) +
           (entry.number == 1 ? " entry" : " entries") + " had begun";
}

}  // namespace

ExportOutcome read_export(ImportKind kind, ImportSource& source, const ExportListener& listener) {
    if (kind == ImportKind::memory_json) return read_memory_json(source, listener);
    ExportOutcome outcome;
    ListReader reader(source);
    ExportEntry entry;
    while (true) {
        const EntryStep step = reader.next(entry);
        if (listener.progress) listener.progress(reader.offset(), source.size());
        if (step == EntryStep::end) return outcome;
        if (step != EntryStep::entry) {
            outcome.trouble = trouble_of(step, kind, reader, entry);
            return outcome;
        }
        std::string where = "entry " + std::to_string(entry.number);
        if (const auto name = name_in_beginning(entry.beginning); !entry.problem.empty() && name) {
            where += " ('" + *name + "')";
        }
        const auto read = read_entry(kind, entry, {listener, outcome.counts, where});
        if (!read) listener.skipped(where, read.error().message);
    }
}

}  // namespace bm
