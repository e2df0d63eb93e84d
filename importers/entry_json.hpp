#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "importers/export_reader.hpp"
#include "markdown/result.hpp"

/// Entries of exports as JSON values. For the sources of this room only.
namespace bm {

using EntryJson = nlohmann::json;

/// The value of one entry. Halves of surrogate pairs, bytes that are no UTF-8 and NUL become
/// U+FFFD. Fault::invalid says why it is no JSON. `text` is used up. With `ordered`, the keys of
/// the member of that name are put down in their order.
struct OrderedKeys {
    std::string_view member;
    std::vector<std::string> keys = {};
};
Result<EntryJson> parse_entry(std::string text, OrderedKeys* ordered = nullptr);

/// The first title or name in the beginning of an entry that was not taken whole; on one line.
[[nodiscard]] std::optional<std::string> name_in_beginning(std::string_view beginning);

/// Null when there is none, or when `object` is no object.
[[nodiscard]] const EntryJson& member_of(const EntryJson& object, const char* name);
/// None when there is none, or when it is no text.
[[nodiscard]] std::optional<std::string> text_of(const EntryJson& object, const char* name);
/// The same, but blank text is none either.
[[nodiscard]] std::optional<std::string> words_of(const EntryJson& object, const char* name);

/// The wall clock of a number or text; none for everything else, and for what is no time.
[[nodiscard]] std::optional<std::string> clock_of(const EntryJson& time);
/// The same as text for people: what is no time is shown as it is written, what is no text not.
[[nodiscard]] std::string shown_time(const EntryJson& time);

/// One entry as notes. Fault::invalid says why it cannot be used; what is wrong in a part of it
/// only is told to the listener. `where` names the entry.
struct EntryReading {
    const ExportListener& listener;
    ImportCounts& counts;
    std::string where;
};
Result<void> read_chatgpt(const EntryJson& entry, const OrderedKeys& nodes, EntryReading reading);
Result<void> read_claude_conversation(const EntryJson& entry, EntryReading reading);
Result<void> read_claude_project(const EntryJson& entry, EntryReading reading);

/// All of memory.json.
ExportOutcome read_memory_json(ImportSource& source, const ExportListener& listener);

}  // namespace bm
