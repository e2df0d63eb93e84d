#include "repository/history_record.hpp"

#include <array>
#include <charconv>
#include <vector>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::string_view kRecordVersion = "2";
constexpr std::string_view kNoBytes = "-";
constexpr std::size_t kRecordFields = 13;
// A record is written by one call: short ones are whole or absent even where writes are not atomic.
constexpr std::size_t kMaxWords = 1000;

constexpr std::array<std::string_view, 4> kActionNames{"overwritten", "deleted", "moved",
                                                       "external"};

std::optional<HistoryAction> action_named(std::string_view name) {
    for (std::size_t i = 0; i < kActionNames.size(); ++i) {
        if (kActionNames[i] == name) return static_cast<HistoryAction>(i);
    }
    return std::nullopt;
}

std::string field_of(std::string_view text) {
    std::string field;
    field.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '\\':
                field += "\\\\";
                break;
            case '\t':
                field += "\\t";
                break;
            case '\n':
                field += "\\n";
                break;
            default:
                field += c;
        }
    }
    return field;
}

std::string text_of_field(std::string_view field) {
    std::string text;
    text.reserve(field.size());
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '\\' || i + 1 == field.size()) {
            text += field[i];
            continue;
        }
        const char escaped = field[++i];
        text += escaped == 't' ? '\t' : escaped == 'n' ? '\n' : escaped;
    }
    return text;
}

std::optional<std::int64_t> whole_number_of(std::string_view digits) {
    std::int64_t number = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

}  // namespace

std::string_view name_of(HistoryAction action) noexcept {
    return kActionNames[static_cast<std::size_t>(action)];
}

std::string history_line(const HistoryRecord& record) {
    std::string line(kRecordVersion);
    const auto add = [&line](std::string_view field) {
        line += '\t';
        line += field;
    };
    add(std::to_string(record.at.time_since_epoch().count()));
    add(name_of(record.action));
    add(record.checksum ? record.checksum->hex() : std::string(kNoBytes));
    add(std::to_string(record.size));
    add(std::to_string(record.frame ? record.frame->offset : 0));
    add(std::to_string(record.frame ? record.frame->length : 0));
    add(record.since ? std::to_string(record.since->time_since_epoch().count()) : "");
    add(field_of(record.path.str()));
    add(record.from ? field_of(record.from->str()) : "");
    add(field_of(first_code_points(record.permalink, kMaxWords)));
    add(field_of(first_code_points(record.title, kMaxWords)));
    add(checksum_of(line).short_hex());
    return line;
}

std::optional<HistoryRecord> parse_history_line(std::string_view line) {
    const std::size_t last = line.rfind('\t');
    if (last == std::string_view::npos) return std::nullopt;
    if (checksum_of(line.substr(0, last)).short_hex() != line.substr(last + 1)) return std::nullopt;
    const auto fields = split(line, '\t');
    if (fields.size() != kRecordFields || fields[0] != kRecordVersion) return std::nullopt;
    const auto at = whole_number_of(fields[1]);
    const auto action = action_named(fields[2]);
    const auto checksum = Checksum::from_hex(fields[3]);
    const auto size = whole_number_of(fields[4]);
    const auto offset = whole_number_of(fields[5]);
    const auto length = whole_number_of(fields[6]);
    const auto since = whole_number_of(fields[7]);
    auto path = RelativePath::parse(text_of_field(fields[8]));
    if (!at || !action || !size || !offset || !length || !path) return std::nullopt;
    if (*offset < 0 || *length < 0) return std::nullopt;
    if (!checksum && fields[3] != kNoBytes) return std::nullopt;
    HistoryRecord record{.at = Timestamp(std::chrono::microseconds(*at)),
                         .action = *action,
                         .path = *std::move(path),
                         .from = std::nullopt,
                         .permalink = text_of_field(fields[10]),
                         .title = text_of_field(fields[11]),
                         .checksum = checksum,
                         .size = *size};
    if (checksum) {
        record.frame = HistoryFrame{"", static_cast<std::uint64_t>(*offset),
                                    static_cast<std::uint64_t>(*length)};
    }
    if (since) record.since = Timestamp(std::chrono::microseconds(*since));
    if (!fields[9].empty()) {
        auto from = RelativePath::parse(text_of_field(fields[9]));
        if (!from) return std::nullopt;
        record.from = *std::move(from);
    }
    return record;
}

}  // namespace bm
