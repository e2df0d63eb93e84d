#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "importers/import_source.hpp"

namespace bm {

/// One entry of an export, as its bytes.
struct ExportEntry {
    std::string text;          ///< empty when there is a problem
    std::size_t number = 0;    ///< of the entry in the list or of the line, from 1
    std::uint64_t offset = 0;  ///< of its first byte
    std::string problem;       ///< why it was passed over: too large, too deep
    std::string beginning;     ///< of its text when there is a problem, to tell which one it was
};

/// How reading goes on.
enum class EntryStep {
    entry,       ///< here is one
    end,         ///< the list was closed, or the last line ended
    cut_off,     ///< the file ends in the middle
    not_a_list,  ///< the first character is no bracket
    more,        ///< something stands behind the list
};

/// What one entry may hold, so that reading takes a bounded amount of memory whatever comes.
struct EntryLimits {
    std::size_t bytes = 12U << 20;
    std::size_t values = 200'000;
    std::size_t depth = 200;
};

/// Takes bytes in pieces of 64 KiB.
class SourceBuffer {
public:
    explicit SourceBuffer(ImportSource& source);

    /// False at the end.
    [[nodiscard]] bool has_more();
    [[nodiscard]] char front() const noexcept { return piece_[at_]; }
    /// What is here of the rest; not empty after has_more().
    [[nodiscard]] std::string_view here() const noexcept;
    void skip(std::size_t count) noexcept { at_ += count; }
    /// Bytes that were passed.
    [[nodiscard]] std::uint64_t offset() const noexcept { return before_ + at_; }

private:
    ImportSource& source_;
    std::vector<char> piece_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    std::uint64_t before_ = 0;
};

/// Cuts a JSON list into its entries without understanding them: brackets are matched outside
/// texts. So an entry that is no JSON costs itself, and one at a time is in memory. Brackets that
/// are never closed, and a text that is not closed on its line, end with what stands around them.
class ListReader {
public:
    explicit ListReader(ImportSource& source, EntryLimits limits = {});

    EntryStep next(ExportEntry& entry);
    [[nodiscard]] std::uint64_t offset() const noexcept { return buffer_.offset(); }
    /// Whether these are the next bytes, of which enough are in memory.
    [[nodiscard]] bool begins_with(std::string_view bytes) const noexcept {
        return buffer_.here().starts_with(bytes);
    }

private:
    bool skip_blanks();
    EntryStep open_list();
    bool read_entry(ExportEntry& entry);
    bool read_text(ExportEntry& entry);
    /// Whether this closing bracket ends the entry; false also where it belongs to the list.
    bool closes_entry(char bracket);
    void take(ExportEntry& entry, std::size_t count);
    void note_value(ExportEntry& entry);

    SourceBuffer buffer_;
    EntryLimits limits_;
    std::size_t number_ = 0;
    std::size_t values_ = 0;
    std::string open_;          ///< the brackets of the entry that are open
    std::size_t too_deep_ = 0;  ///< and how many there are beyond those
    bool is_open_ = false;
};

/// Cuts a text into its lines; blank ones are left out.
class LineReader {
public:
    explicit LineReader(ImportSource& source, EntryLimits limits = {});

    /// `cut_off` stands for a last line without its end: `entry` holds it, and nothing follows.
    EntryStep next(ExportEntry& entry);
    [[nodiscard]] std::uint64_t offset() const noexcept { return buffer_.offset(); }

private:
    SourceBuffer buffer_;
    EntryLimits limits_;
    std::size_t number_ = 0;
};

}  // namespace bm
