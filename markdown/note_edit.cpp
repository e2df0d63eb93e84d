#include "markdown/note_edit.hpp"

#include <algorithm>
#include <cstddef>

#include "markdown/frontmatter.hpp"
#include "markdown/frontmatter_fences.hpp"
#include "markdown/markdown_lines.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

using Edited = tl::expected<std::string, EditFailure>;
using Reason = EditFailure::Reason;
using Operation = NoteEdit::Operation;

constexpr auto none = std::string_view::npos;

tl::unexpected<EditFailure> refuse(Reason reason, std::string message, long long found = 0) {
    return tl::unexpected(EditFailure{reason, std::move(message), found});
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

/// The content ends its last line.
std::string with_line_end(std::string_view content) {
    std::string out(content);
    if (!out.ends_with('\n')) out.push_back('\n');
    return out;
}

// --- append, prepend, find_replace ---

std::string append(std::string_view text, const NoteEdit& edit) {
    std::string out = text.empty() ? std::string{} : with_line_end(text);
    out += edit.content;
    return out;
}

/// Over-careful: a sign in a value counts too.
bool has_comment(std::string_view block) {
    return block.starts_with('#') || block.find("\n#") != none || block.find(" #") != none ||
           block.find("\t#") != none;
}

std::string prepend(std::string_view text, const NoteEdit& edit) {
    const std::string_view whole = text;
    text = without_byte_order_mark(text);
    const auto block = find_block(text);
    std::string out(whole.substr(0, whole.size() - text.size()));
    if (!block) return out + with_line_end(edit.content) + std::string(text);
    const SplitText split = split_frontmatter(text);
    if (split.block == SplitText::Block::mapping &&
        block->notation == FencedBlock::Notation::yaml && !has_comment(block->block)) {
        out += "---\n" + write_yaml(split.values) + "---\n";
    } else {
        // Not ours to write again: it holds comments, or its author has yet to mend it.
        out += with_line_end(text.substr(0, text.size() - block->rest.size()));
    }
    out += "\n" + with_line_end(edit.content);
    out += trim(block->rest);
    out.resize(trim_right(out).size());
    return out;
}

long long count_occurrences(std::string_view text, std::string_view wanted) {
    long long count = 0;
    for (std::size_t at = text.find(wanted); at != none;
         at = text.find(wanted, at + wanted.size())) {
        ++count;
    }
    return count;
}

bool has_readable_block(std::string_view text) {
    return split_frontmatter(text).block == SplitText::Block::mapping;
}

Edited find_replace(std::string_view text, const NoteEdit& edit) {
    const std::string_view wanted = edit.find_text ? std::string_view(*edit.find_text) : "";
    if (wanted.empty()) {
        return refuse(Reason::missing_argument, "find_text is required for find_replace operation");
    }
    if (is_blank(wanted)) {
        return refuse(Reason::missing_argument, "find_text cannot be empty or whitespace only");
    }
    const long long found = count_occurrences(text, wanted);
    if (found != edit.expected_replacements) {
        if (found == 0) {
            return refuse(Reason::text_not_found,
                          "Text to replace not found: " + in_quotes(wanted));
        }
        return refuse(Reason::wrong_count,
                      "Expected " + std::to_string(edit.expected_replacements) +
                          " occurrences of " + in_quotes(wanted) + ", but found " +
                          std::to_string(found),
                      found);
    }
    std::string out = replace_all(text, wanted, edit.content);
    if (has_readable_block(text) && !has_readable_block(out)) {
        return refuse(
            Reason::broken_frontmatter,
            "The edit would leave frontmatter that cannot be read. Change the frontmatter so "
            "that it stays valid YAML between its '---' lines.");
    }
    return out;
}

// --- sections ---

/// A heading in a text, and what follows it up to the next heading that ends its section.
struct Section {
    long long count = 0;  ///< how many lines are this heading; the rest describes the first
    std::size_t heading = 0;
    std::size_t content =
        none;                ///< the line after the heading; none when the heading is the last line
    std::size_t end = none;  ///< the heading that follows; none when the section is the last one
};

/// What `section` names, with its signs.
std::string heading_named(std::string_view section) {
    const std::string_view name = trim(section);
    return name.starts_with('#') ? std::string(name) : "## " + std::string(name);
}

/// Where headings can be: not in the front matter, whose comments look alike. A block that is no
/// YAML may as well be text between two rules.
std::size_t body_start(std::string_view text) {
    const std::string_view unmarked = without_byte_order_mark(text);
    const auto block = find_block(unmarked);
    const bool is_text = !block || split_frontmatter(unmarked).block == SplitText::Block::malformed;
    return text.size() - (is_text ? unmarked.size() : block->rest.size());
}

Section find_section(std::string_view text, std::string_view heading, bool with_subsections) {
    constexpr int deepest = 6;
    const auto level = static_cast<int>(std::min(heading.find_first_not_of('#'), heading.size()));
    const int ends_at = with_subsections ? level : deepest;
    Section section;
    FencedCode code;
    for (std::size_t at = body_start(text); at != none;) {
        const MarkdownLine line = markdown_line_at(text, at);
        if (!code.takes(line.text)) {
            const int other = atx_level(line.text);
            const bool ends = other != 0 && other <= ends_at;
            if (section.count > 0 && section.end == none && ends) section.end = at;
            if (trim(line.text) == heading && ++section.count == 1) {
                section.heading = at;
                section.content = line.next;
            }
        }
        at = line.next;
    }
    return section;
}

std::string_view without_leading_blank_lines(std::string_view text) noexcept {
    while (!text.empty()) {
        const MarkdownLine line = markdown_line_at(text, 0);
        if (!is_blank(line.text)) break;
        text = line.next == none ? std::string_view{} : text.substr(line.next);
    }
    return text;
}

/// Callers often repeat the heading in front of what goes under it.
std::string_view without_repeated_heading(std::string_view content, std::string_view heading) {
    const std::string_view start = without_leading_blank_lines(content);
    const MarkdownLine first = markdown_line_at(start, 0);
    if (trim(first.text) != heading) return content;
    return first.next == none ? std::string_view{}
                              : without_leading_blank_lines(start.substr(first.next));
}

std::string append_section(std::string_view text, std::string_view heading,
                           std::string_view content) {
    std::string out(text);
    if (!text.empty() && !text.ends_with("\n\n")) out += "\n\n";
    out += heading;
    out += "\n";
    out += content;
    return out;
}

Edited replace_section(std::string_view text, const NoteEdit& edit, const std::string& heading) {
    const std::string_view content = without_repeated_heading(edit.content, heading);
    const Section section = find_section(text, heading, edit.replace_subsections);
    if (section.count == 0) return append_section(text, heading, content);
    if (section.count > 1) {
        return refuse(Reason::duplicate_section,
                      "Multiple sections found with header " + in_quotes(heading) +
                          ". Section replacement requires unique headers.",
                      section.count);
    }
    std::string out = with_line_end(text.substr(0, std::min(section.content, text.size())));
    out += content;
    if (section.end != none) {
        out += "\n";
        const bool separated = content.empty() || content.ends_with('\n');
        if (edit.separate_next_heading && !separated) out += "\n";
        out += text.substr(section.end);
    }
    return out;
}

std::string_view without_trailing_newlines(std::string_view content) noexcept {
    while (content.ends_with('\n') || content.ends_with('\r')) content.remove_suffix(1);
    return content;
}

/// Whether the line in front of `at`, where a line begins, has text. There is none at the start.
bool follows_text(std::string_view text, std::size_t at) {
    if (at == 0 || text[at - 1] != '\n') return false;
    const std::string_view before = text.substr(0, at - 1);
    const std::size_t newline = before.rfind('\n');
    return !is_blank(newline == none ? before : before.substr(newline + 1));
}

std::string insert_before(std::string_view text, std::string_view content, const Section& section) {
    std::string out(text.substr(0, section.heading));
    if (follows_text(text, section.heading)) out += "\n";
    out += without_trailing_newlines(content);
    out += "\n\n";
    out += text.substr(section.heading);
    return out;
}

std::string insert_after(std::string_view text, std::string_view content, const Section& section) {
    std::string out = with_line_end(text.substr(0, std::min(section.content, text.size())));
    out += without_trailing_newlines(content);
    if (section.content != none) {
        const std::string_view rest = text.substr(section.content);
        out += is_blank(markdown_line_at(rest, 0).text) ? "\n" : "\n\n";
        out += rest;
    }
    return out;
}

Edited insert_section(std::string_view text, const NoteEdit& edit, const std::string& heading) {
    const Section section = find_section(text, heading, true);
    if (section.count == 0) {
        return refuse(Reason::section_not_found,
                      "Section " + in_quotes(heading) +
                          " not found in document. Use replace_section to create a new section.");
    }
    if (section.count > 1) {
        return refuse(Reason::duplicate_section,
                      "Multiple sections found with header " + in_quotes(heading) +
                          ". Section insertion requires unique headers.",
                      section.count);
    }
    return edit.operation == Operation::insert_before_section
               ? insert_before(text, edit.content, section)
               : insert_after(text, edit.content, section);
}

Edited edit_section(std::string_view text, const NoteEdit& edit) {
    const bool replaces = edit.operation == Operation::replace_section;
    if (!edit.section || edit.section->empty()) {
        return refuse(Reason::missing_argument,
                      replaces ? "section is required for replace_section operation"
                               : "section is required for insert section operations");
    }
    if (is_blank(*edit.section)) {
        return refuse(Reason::missing_argument, "section cannot be empty or whitespace only");
    }
    const std::string heading = heading_named(*edit.section);
    return replaces ? replace_section(text, edit, heading) : insert_section(text, edit, heading);
}

Edited apply_to_lines(std::string_view text, const NoteEdit& edit) {
    switch (edit.operation) {
        case Operation::append:
            return append(text, edit);
        case Operation::prepend:
            return prepend(text, edit);
        case Operation::find_replace:
            return find_replace(text, edit);
        case Operation::replace_section:
        case Operation::insert_before_section:
        case Operation::insert_after_section:
            return edit_section(text, edit);
    }
    return std::string(text);
}

bool has_dos_line_ends(std::string_view text) {
    std::size_t at = text.find('\n');
    if (at == none) return false;
    for (; at != none; at = text.find('\n', at + 1)) {
        if (at == 0 || text[at - 1] != '\r') return false;
    }
    return true;
}

std::string with_plain_line_ends(std::string_view text) { return replace_all(text, "\r\n", "\n"); }

}  // namespace

Edited apply_edit(std::string_view text, const NoteEdit& edit) {
    if (!has_dos_line_ends(text)) return apply_to_lines(text, edit);
    NoteEdit plain = edit;
    plain.content = with_plain_line_ends(edit.content);
    if (edit.find_text) plain.find_text = with_plain_line_ends(*edit.find_text);
    return apply_to_lines(with_plain_line_ends(text), plain).map([](const std::string& edited) {
        return replace_all(edited, "\n", "\r\n");
    });
}

}  // namespace bm
