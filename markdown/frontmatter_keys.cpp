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

/// The new text of a YAML block that is a map or empty.
std::string changed_block(std::string_view block, const YamlBlock& old, const ValueMap& keys) {
    const std::string_view line_end = block.find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
    ValueMap wanted = old.values;
    merge(wanted, keys);
    if (auto patch = patched(block, old.values, keys, line_end)) {
        const YamlBlock again = read_yaml_block(*patch);
        if (again.kind == SplitText::Block::mapping && again.values == wanted) {
            return *std::move(patch);
        }
    }
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
    if (!found) return mark + compose_note(keys, marked);

    const auto block_start = static_cast<std::size_t>(found->block.data() - marked.data());
    const std::string before(marked.substr(0, block_start));
    if (found->notation == FencedBlock::Notation::json) {
        SplitText split = split_frontmatter(marked);
        if (split.block == SplitText::Block::malformed) {
            return fail(Fault::conflict,
                        "The frontmatter is not valid JSON; the note is unchanged.");
        }
        merge(split.values, keys);
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
