#include <algorithm>
#include <cstddef>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/frontmatter_fences.hpp"
#include "markdown/text.hpp"
#include "markdown/yaml_block.hpp"

namespace bm {
namespace {

/// The lines of a block, each with its line ending.
std::vector<std::string_view> lines_of(std::string_view block) {
    std::vector<std::string_view> lines;
    while (!block.empty()) {
        const std::size_t end = std::min(block.find('\n'), block.size() - 1) + 1;
        lines.push_back(block.substr(0, end));
        block.remove_prefix(end);
    }
    return lines;
}

bool starts_member(std::string_view line, std::string_view key) noexcept {
    return line.size() > key.size() && line.substr(0, key.size()) == key && line[key.size()] == ':';
}

/// True when the line cannot belong to the value of the line before it.
bool starts_afresh(std::string_view line) noexcept {
    const char first = line.front();
    return first != ' ' && first != '\t' && first != '-' && first != '\r' && first != '\n';
}

std::string with_line_end(std::string text, std::string_view line_end) {
    return line_end == "\n" ? std::move(text) : replace_all(text, "\n", line_end);
}

/// How the first line of a text ends.
std::string_view first_line_end(std::string_view text) {
    const std::size_t end = text.find('\n');
    const bool has_return = end != std::string_view::npos && end > 0 && text[end - 1] == '\r';
    return has_return ? "\r\n" : "\n";
}

/// The block with only the lines of `keys` changed, none when it is laid out in a way that we do
/// not take apart. The caller proves the outcome by reading it.
std::optional<std::string> patched(std::string_view block, const ValueMap& values,
                                   const ValueMap& keys, std::string_view line_end) {
    std::vector<std::string> patched_lines;
    const auto lines = lines_of(block);
    patched_lines.assign(lines.begin(), lines.end());
    for (const Member& key : keys) {
        const Value* const old = find(values, key.key);
        if (old != nullptr && *old == key.value) continue;
        std::string written = with_line_end(write_yaml({key}), line_end);
        if (old == nullptr) {
            patched_lines.push_back(std::move(written));
            continue;
        }
        const auto found = std::find_if(lines.begin(), lines.end(), [&](std::string_view line) {
            return starts_member(line, key.key);
        });
        if (found == lines.end()) return std::nullopt;
        if (found + 1 != lines.end() && !starts_afresh(*(found + 1))) return std::nullopt;
        patched_lines[static_cast<std::size_t>(found - lines.begin())] = std::move(written);
    }
    return join(patched_lines, "");
}

/// A block in braces with `keys` as further members, none when it has another value for one of them
/// or does not end in a brace. The caller proves the outcome by reading it.
std::optional<std::string> with_members(std::string_view block, const ValueMap& values,
                                        const ValueMap& keys) {
    const std::size_t brace = block.find_last_not_of(" \t\r\n");
    if (brace == std::string_view::npos || brace == 0 || block[brace] != '}') return std::nullopt;
    const std::size_t last = block.find_last_not_of(" \t\r\n", brace - 1);
    if (last == std::string_view::npos) return std::nullopt;
    // Laid out like the member before it: on a line of its own, or behind it.
    const std::size_t line = block.rfind('\n', last);
    const bool has_lines = block.substr(last, brace - last).find('\n') != std::string_view::npos;
    const std::size_t text = line == std::string_view::npos
                                 ? std::string_view::npos
                                 : block.find_first_not_of(" \t", line + 1);
    const std::string indent(
        text == std::string_view::npos ? "" : block.substr(line + 1, text - line - 1));
    const std::string_view line_end = block.find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
    std::string members;
    bool is_first = values.empty();
    for (const Member& key : keys) {
        const Value* const old = find(values, key.key);
        if (old != nullptr && *old == key.value) continue;
        if (old != nullptr) return std::nullopt;
        if (!is_first && block[last] != ',') members += ',';
        is_first = false;
        members += has_lines ? std::string(line_end) + indent : std::string(" ");
        members += to_json(Value::string(key.key)) + ": " + to_json(key.value);
    }
    return std::string(block.substr(0, last + 1)) + members + std::string(block.substr(last + 1));
}

/// The new text of a YAML block that is a map or empty.
std::string changed_block(std::string_view block, const YamlBlock& old, const ValueMap& keys) {
    const std::string_view line_end = block.find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
    ValueMap wanted = old.values;
    merge(wanted, keys);
    const auto is_wanted = [&](const std::optional<std::string>& text) {
        if (!text) return false;
        const YamlBlock again = read_yaml_block(*text);
        return again.kind == SplitText::Block::mapping && again.values == wanted;
    };
    if (auto patch = patched(block, old.values, keys, line_end); is_wanted(patch)) return *patch;
    if (auto braced = with_members(block, old.values, keys); is_wanted(braced)) return *braced;
    return with_line_end(write_yaml(wanted), line_end);
}

std::string fenced(const ValueMap& map) { return "---\n" + write_yaml(map) + "---\n"; }

}  // namespace

std::string compose_note(const ValueMap& map, std::string_view body) {
    if (map.empty()) return std::string(body);
    std::string text = fenced(map);
    if (!body.empty()) {
        text += '\n';
        text += body;
    }
    return text;
}

Result<std::string> with_frontmatter_keys(std::string_view text, const ValueMap& keys) {
    if (keys.empty()) return std::string(text);
    const std::string_view marked = without_byte_order_mark(text);
    const std::string mark(text.substr(0, text.size() - marked.size()));
    const auto found = find_block(marked);
    if (!found) {
        std::string block = fenced(keys);
        if (!marked.empty()) block += '\n';
        return mark + with_line_end(std::move(block), first_line_end(marked)) + std::string(marked);
    }

    const auto block_start = static_cast<std::size_t>(found->block.data() - marked.data());
    const std::string before(marked.substr(0, block_start));
    if (found->notation == FencedBlock::Notation::json) {
        SplitText split = split_frontmatter(marked);
        if (split.block == SplitText::Block::malformed) {
            return fail(Fault::conflict,
                        "The frontmatter is not valid JSON; the note is unchanged.");
        }
        const ValueMap values = split.values;
        merge(split.values, keys);
        const std::string behind(marked.substr(block_start + found->block.size()));
        if (const auto block = with_members(found->block, values, keys)) {
            std::string whole = before + *block + behind;
            if (split_frontmatter(whole).values == split.values) return mark + whole;
        }
        return mark + before + fenced(split.values) + std::string(found->rest);
    }
    const YamlBlock old = read_yaml_block(found->block);
    if (old.kind == SplitText::Block::malformed) {
        return fail(Fault::conflict, "The frontmatter is not valid YAML (" + old.problem +
                                         "); the note is unchanged.");
    }
    if (old.kind == SplitText::Block::no_mapping && !old.is_empty) {
        return fail(Fault::conflict,
                    "The frontmatter is not a map of keys and values; the note is unchanged.");
    }
    const std::string_view behind = marked.substr(block_start + found->block.size());
    return mark + before + changed_block(found->block, old, keys) + std::string(behind);
}

}  // namespace bm
