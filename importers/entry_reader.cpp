#include "importers/entry_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kPieceBytes = 64U << 10;
constexpr std::size_t kBeginningBytes = 4096;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_json_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

void refuse(ExportEntry& entry, std::string problem) {
    if (entry.problem.empty()) {
        entry.problem = std::move(problem);
        entry.beginning = entry.text.substr(0, kBeginningBytes);
    }
    // Its memory goes as well.
    std::string().swap(entry.text);
}

std::string too_long(std::size_t bytes) {
    return "it is larger than " + std::to_string(bytes >> 20U) + " MB";
}

void append(ExportEntry& entry, std::string_view bytes, std::size_t limit) {
    if (!entry.problem.empty()) return;
    if (entry.text.size() + bytes.size() > limit) return refuse(entry, too_long(limit));
    entry.text.append(bytes);
}

}  // namespace

SourceBuffer::SourceBuffer(ImportSource& source) : source_(source), piece_(kPieceBytes) {}

bool SourceBuffer::has_more() {
    if (at_ < end_) return true;
    before_ += end_;
    at_ = 0;
    end_ = source_.next(piece_.data(), piece_.size());
    return end_ > 0;
}

std::string_view SourceBuffer::here() const noexcept { return {piece_.data() + at_, end_ - at_}; }

ListReader::ListReader(ImportSource& source, EntryLimits limits)
    : buffer_(source), limits_(limits) {}

bool ListReader::skip_blanks() {
    while (buffer_.has_more()) {
        if (!is_json_blank(buffer_.front())) return true;
        buffer_.skip(1);
    }
    return false;
}

EntryStep ListReader::open_list() {
    for (const char expected : kByteOrderMark) {
        if (!buffer_.has_more() || buffer_.front() != expected) break;
        buffer_.skip(1);
    }
    if (!skip_blanks()) return EntryStep::cut_off;
    if (buffer_.front() != '[') return EntryStep::not_a_list;
    buffer_.skip(1);
    is_open_ = true;
    return EntryStep::entry;
}

EntryStep ListReader::next(ExportEntry& entry) {
    if (!is_open_) {
        if (const auto opened = open_list(); opened != EntryStep::entry) return opened;
    }
    while (skip_blanks() && buffer_.front() == ',') buffer_.skip(1);
    if (!skip_blanks()) return EntryStep::cut_off;
    if (buffer_.front() == ']') {
        buffer_.skip(1);
        return skip_blanks() ? EntryStep::more : EntryStep::end;
    }
    entry.text.clear();
    entry.problem.clear();
    entry.beginning.clear();
    entry.number = ++number_;
    entry.offset = buffer_.offset();
    values_ = 0;
    return read_entry(entry) ? EntryStep::entry : EntryStep::cut_off;
}

void ListReader::take(ExportEntry& entry, std::size_t count) {
    append(entry, buffer_.here().substr(0, count), limits_.bytes);
    buffer_.skip(count);
}

void ListReader::note_value(ExportEntry& entry) {
    if (++values_ > limits_.values) {
        refuse(entry, "it has more than " + std::to_string(limits_.values) + " values");
    }
}

bool ListReader::closes_entry(char bracket) {
    if (too_deep_ > 0) {
        --too_deep_;
        return false;
    }
    // What was opened since and is still open was never closed.
    const std::size_t match = open_.rfind(bracket == '}' ? '{' : '[');
    if (match == std::string::npos) return open_.empty();  // a stray one
    open_.resize(match);
    return open_.empty();
}

/// Until the brackets are closed; a value without brackets ends where the list goes on.
bool ListReader::read_entry(ExportEntry& entry) {
    open_.clear();
    too_deep_ = 0;
    while (buffer_.has_more()) {
        const char c = buffer_.front();
        if (c == '"') {
            if (!read_text(entry)) return false;
            continue;
        }
        if (c == '{' || c == '[') {
            note_value(entry);
            if (open_.size() < limits_.depth) {
                open_ += c;
            } else {
                ++too_deep_;
                refuse(entry, "it is nested deeper than " + std::to_string(limits_.depth));
            }
        } else if (c == '}' || c == ']') {
            if (c == ']' && open_.empty()) return true;  // the list's own
            if (closes_entry(c)) {
                take(entry, 1);
                return true;
            }
        } else if (c == ',') {
            if (open_.empty()) return true;
            note_value(entry);
        }
        take(entry, 1);
    }
    return false;
}

/// A text ends with its line at the latest: JSON has no line breaks in texts.
bool ListReader::read_text(ExportEntry& entry) {
    take(entry, 1);
    bool is_escaped = false;
    while (buffer_.has_more()) {
        const std::string_view here = buffer_.here();
        if (is_escaped) {
            take(entry, 1);
            is_escaped = false;
            continue;
        }
        const std::size_t stop = here.find_first_of("\"\\\n");
        if (stop == std::string_view::npos) {
            take(entry, here.size());
            continue;
        }
        if (here[stop] == '\n') {
            take(entry, stop);
            return true;
        }
        is_escaped = here[stop] == '\\';
        take(entry, stop + 1);
        if (!is_escaped) return true;
    }
    return false;
}

LineReader::LineReader(ImportSource& source, EntryLimits limits)
    : buffer_(source), limits_(limits) {}

EntryStep LineReader::next(ExportEntry& entry) {
    entry.text.clear();
    entry.problem.clear();
    entry.beginning.clear();
    entry.offset = buffer_.offset();
    bool is_begun = false;
    while (buffer_.has_more()) {
        if (!is_begun) {
            is_begun = true;
            entry.number = ++number_;
        }
        const std::string_view here = buffer_.here();
        const std::size_t stop = here.find('\n');
        append(entry, here.substr(0, stop), limits_.bytes);
        buffer_.skip(stop == std::string_view::npos ? here.size() : stop + 1);
        if (stop == std::string_view::npos) continue;
        if (!entry.problem.empty() || !is_blank(entry.text)) return EntryStep::entry;
        entry.text.clear();
        entry.offset = buffer_.offset();
        is_begun = false;
    }
    const bool is_something = !entry.problem.empty() || !is_blank(entry.text);
    return is_something ? EntryStep::cut_off : EntryStep::end;
}

}  // namespace bm
