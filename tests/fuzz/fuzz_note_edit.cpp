#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_promise.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/note_edit.hpp"
#include "markdown/text.hpp"

namespace {

using Operation = bm::NoteEdit::Operation;

bool has_readable_block(std::string_view text) {
    return bm::split_frontmatter(text).block == bm::SplitText::Block::mapping;
}

std::string plain(std::string_view text) { return bm::replace_all(text, "\r\n", "\n"); }

void check_sizes(std::string_view text, const bm::NoteEdit& edit, const std::string& after) {
    // Newlines, each with its carriage return in a text that has them, also those of the content.
    const auto newlines = std::count(edit.content.begin(), edit.content.end(), '\n');
    const std::size_t most_added = 6 + static_cast<std::size_t>(newlines);
    const std::size_t together = text.size() + edit.content.size();
    if (edit.operation == Operation::append) {
        promise(after.starts_with(text) && plain(after).ends_with(plain(edit.content)),
                "appending keeps both texts");
    }
    if (edit.operation == Operation::insert_after_section ||
        edit.operation == Operation::insert_before_section) {
        promise(after.size() <= together + most_added,
                "inserting adds the content and blank lines");
    }
}

}  // namespace

/// One byte of choices, then the text, the content, the section and the text to find, each ended by
/// 0xFF.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array operations{Operation::append,
                                    Operation::prepend,
                                    Operation::find_replace,
                                    Operation::replace_section,
                                    Operation::insert_before_section,
                                    Operation::insert_after_section};
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto fields = bm::split(bytes, '\xFF');
    const auto field = [&fields](std::size_t i) {
        return i < fields.size() ? std::string(fields[i]) : std::string();
    };
    bm::NoteEdit edit{operations[data[0] % operations.size()], field(1), std::nullopt,
                      std::nullopt};
    if (fields.size() > 2) edit.section = field(2);
    if (fields.size() > 3) edit.find_text = field(3);
    edit.replace_subsections = (data[0] & 0x80U) != 0;
    edit.separate_next_heading = (data[0] & 0x40U) != 0;
    const std::string text = field(0);

    auto result = bm::apply_edit(text, edit);
    if (!result && result.error().reason == bm::EditFailure::Reason::wrong_count) {
        edit.expected_replacements = result.error().found;
        result = bm::apply_edit(text, edit);
        promise(result || result.error().reason == bm::EditFailure::Reason::broken_frontmatter,
                "the right count is accepted");
    }
    if (!result) {
        promise(!result.error().message.empty(), "a refusal says why");
        return 0;
    }
    check_sizes(text, edit, *result);
    promise(!has_readable_block(text) || has_readable_block(*result),
            "front matter stays readable");
    return 0;
}
