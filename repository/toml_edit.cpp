#include "repository/toml_edit.hpp"

#include <algorithm>
#include <array>

#include "markdown/text.hpp"
#include "repository/toml_reader.hpp"

namespace bm {

namespace {

using TomlKind = TomlStatement::Kind;
using Statements = std::vector<TomlStatement>;

bool starts_with(const TomlPath& path, const TomlPath& start) {
    return path.size() >= start.size() && std::equal(start.begin(), start.end(), path.begin());
}

std::string line_of(std::string_view text, std::size_t byte) {
    return std::to_string(
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n') + 1);
}

std::string dotted(const TomlPath& path) {
    std::vector<std::string> parts;
    for (const auto& part : path) {
        const bool is_bare = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '_' || c == '-';
        });
        parts.push_back(is_bare ? part : toml_text(part));
    }
    return join(parts, ".");
}

/// The statements of a file, and which of them are one table.
struct FoundTable {
    Statements statements;
    std::optional<std::size_t> head;
    std::size_t end = 0;  ///< behind the last value of the table itself
};

/// Where a table lies. What uses its name, or one above it, in another form cannot be edited.
Result<FoundTable> find_table(std::string_view text, const TomlPath& path) {
    auto statements = read_toml(text);
    if (!statements) return tl::unexpected(statements.error());
    FoundTable table{*std::move(statements), std::nullopt};
    TomlPath current;
    for (std::size_t at = 0; at < table.statements.size(); ++at) {
        const TomlStatement& each = table.statements[at];
        if (each.kind != TomlKind::value) current = each.path;
        const bool is_head = each.kind == TomlKind::table && each.path == path;
        const bool is_other_form =
            (is_head && table.head) ||
            (each.kind == TomlKind::table_of_array && starts_with(path, each.path)) ||
            (each.kind == TomlKind::value && starts_with(path, each.path)) ||
            (each.kind == TomlKind::value && starts_with(each.path, path) &&
             !starts_with(current, path));
        if (is_other_form) {
            return fail(Fault::conflict, "line " + line_of(text, each.begin) + " has '" +
                                             dotted(path) +
                                             "' in a form that is not edited here; " +
                                             "write it as [" + dotted(path) + "], or remove it");
        }
        if (is_head) {
            table.head = at;
            table.end = at + 1;
        } else if (table.head && table.end == at && each.kind == TomlKind::value) {
            table.end = at + 1;
        }
    }
    return table;
}

std::string newline_of(std::string_view text) {
    const std::size_t end = text.find('\n');
    return end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

bool ends_in_newline(std::string_view text) { return text.empty() || text.back() == '\n'; }

std::string with_new_table(std::string_view text, const TomlPath& path,
                           const std::vector<TomlValue>& values) {
    const std::string newline = newline_of(text);
    std::string out(text);
    if (!ends_in_newline(out)) out += newline;
    if (!out.empty()) out += newline;
    out += '[' + dotted(path) + ']' + newline;
    for (const auto& value : values) {
        if (value.toml) out += dotted({value.name}) + " = " + *value.toml + newline;
    }
    return out;
}

}  // namespace

Result<std::optional<std::vector<TomlEntry>>> toml_table(std::string_view text,
                                                         const TomlPath& path) {
    const auto table = find_table(text, path);
    if (!table) return tl::unexpected(table.error());
    if (!table->head) return std::nullopt;
    std::vector<TomlEntry> entries;
    for (std::size_t at = *table->head + 1; at < table->end; ++at) {
        const TomlStatement& each = table->statements[at];
        const TomlPath rest(each.path.begin() + static_cast<std::ptrdiff_t>(path.size()),
                            each.path.end());
        entries.push_back({join(rest, "."), each.texts});
    }
    return entries;
}

Result<std::string> with_toml_values(std::string_view text, const TomlPath& path,
                                     const std::vector<TomlValue>& values) {
    const auto table = find_table(text, path);
    if (!table) return tl::unexpected(table.error());
    if (!table->head) return with_new_table(text, path, values);
    std::string out(text);
    const std::string newline = newline_of(text);
    // From the end, so that what is still to come keeps its place.
    const std::size_t behind = table->statements[table->end - 1].end;
    std::string added;
    for (const auto& value : values) {
        const auto is_it = [&](const TomlStatement& each) {
            return each.kind == TomlKind::value && each.path.size() == path.size() + 1 &&
                   each.path.back() == value.name;
        };
        const auto first = table->statements.begin() + static_cast<std::ptrdiff_t>(*table->head);
        const auto last = table->statements.begin() + static_cast<std::ptrdiff_t>(table->end);
        if (value.toml && std::none_of(first, last, is_it)) {
            added += dotted({value.name}) + " = " + *value.toml + newline;
        }
    }
    if (!added.empty())
        out.insert(behind, (ends_in_newline(text.substr(0, behind)) ? "" : newline) + added);
    for (std::size_t at = table->end; at > *table->head + 1; --at) {
        const TomlStatement& each = table->statements[at - 1];
        if (each.path.size() != path.size() + 1) continue;
        const auto value = std::find_if(values.begin(), values.end(), [&](const TomlValue& wanted) {
            return wanted.name == each.path.back();
        });
        if (value == values.end()) continue;
        if (value->toml) {
            out.replace(each.value_begin, each.value_end - each.value_begin, *value->toml);
        } else {
            out.erase(each.begin, each.end - each.begin);
        }
    }
    return out;
}

Result<std::string> without_toml_table(std::string_view text, const TomlPath& path) {
    const auto table = find_table(text, path);
    if (!table) return tl::unexpected(table.error());
    std::string out(text);
    // A table and those below it need not stand together.
    TomlPath current;
    std::vector<std::pair<std::size_t, std::size_t>> spans;
    bool was_part = false;
    for (const TomlStatement& each : table->statements) {
        if (each.kind != TomlKind::value) current = each.path;
        const bool is_part = starts_with(current, path);
        if (is_part && was_part) {
            spans.back().second = each.end;
        } else if (is_part) {
            spans.emplace_back(each.begin, each.end);
        }
        was_part = is_part;
    }
    std::reverse(spans.begin(), spans.end());
    for (auto [begin, end] : spans) {
        // One blank line that stood in front of it goes with it.
        for (const std::string_view blank : {"\n\r\n", "\n\n"}) {
            if (text.substr(0, begin).ends_with(blank)) {
                begin -= blank.size() - 1;
                break;
            }
        }
        out.erase(begin, end - begin);
    }
    return out;
}

std::string toml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        constexpr std::string_view letters = "btnfr\"\\";
        constexpr std::string_view meanings = "\b\t\n\f\r\"\\";
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (const std::size_t known = meanings.find(c); known != std::string_view::npos) {
            out += '\\';
            out += letters[known];
        } else if (byte < 0x20 || byte == 0x7F) {
            out += std::string("\\u00") + digits[byte >> 4] + digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string toml_list(const std::vector<std::string>& texts) {
    std::vector<std::string> parts;
    for (const auto& text : texts) parts.push_back(toml_text(text));
    return '[' + join(parts, ", ") + ']';
}

}  // namespace bm
