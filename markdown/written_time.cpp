#include "markdown/written_time.hpp"

#include <cstddef>

#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The numbers of a moment, not yet checked against calendar and clock.
struct Fields {
    int year = 0;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int microsecond = 0;
    bool has_offset = false;
    int offset = 0;  ///< seconds east of UTC
};

/// Takes a text apart from left to right.
class FieldReader {
public:
    explicit FieldReader(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool done() const noexcept { return rest_.empty(); }
    [[nodiscard]] char next() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }

    bool accept(char wanted) noexcept {
        if (next() != wanted || rest_.empty()) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// A number of `least` to `most` digits, as many as there are.
    bool number(std::size_t least, std::size_t most, int& value) noexcept {
        std::size_t length = 0;
        int result = 0;
        while (length < most && length < rest_.size() && is_digit(rest_[length])) {
            result = result * 10 + (rest_[length++] - '0');
        }
        if (length < least) return false;
        rest_.remove_prefix(length);
        value = result;
        return true;
    }

    /// Any number of digits behind a decimal point, kept to six places.
    void fraction(int& microsecond, bool& any) noexcept {
        int scale = 100'000;
        any = false;
        while (is_digit(next())) {
            any = true;
            microsecond += (rest_.front() - '0') * scale;
            scale /= 10;
            rest_.remove_prefix(1);
        }
    }

    bool skip_blanks() noexcept {
        const std::size_t before = rest_.size();
        while (next() == ' ' || next() == '\t') rest_.remove_prefix(1);
        return rest_.size() < before;
    }

private:
    std::string_view rest_;
};

/// Reads `[-+]h[h][:mm]`, the offset of a YAML timestamp.
bool read_yaml_offset(FieldReader& reader, Fields& fields) noexcept {
    fields.has_offset = true;
    if (reader.accept('Z')) return true;
    const int sign = reader.next() == '-' ? -1 : 1;
    if (!reader.accept('-') && !reader.accept('+')) return false;
    int hours = 0;
    int minutes = 0;
    if (!reader.number(1, 2, hours)) return false;
    if (reader.accept(':') && !reader.number(2, 2, minutes)) return false;
    fields.offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

std::optional<Fields> read_yaml_date(std::string_view text) noexcept {
    FieldReader reader(text);
    Fields fields;
    if (reader.number(4, 4, fields.year) && reader.accept('-') &&
        reader.number(2, 2, fields.month) && reader.accept('-') &&
        reader.number(2, 2, fields.day) && reader.done()) {
        return fields;
    }
    return std::nullopt;
}

std::optional<Fields> read_yaml_timestamp(std::string_view text) noexcept {
    FieldReader reader(text);
    Fields fields;
    if (!reader.number(4, 4, fields.year) || !reader.accept('-') ||
        !reader.number(1, 2, fields.month) || !reader.accept('-') ||
        !reader.number(1, 2, fields.day)) {
        return std::nullopt;
    }
    if (!reader.accept('T') && !reader.accept('t') && !reader.skip_blanks()) return std::nullopt;
    if (!reader.number(1, 2, fields.hour) || !reader.accept(':') ||
        !reader.number(2, 2, fields.minute) || !reader.accept(':') ||
        !reader.number(2, 2, fields.second)) {
        return std::nullopt;
    }
    bool any = false;
    if (reader.accept('.')) reader.fraction(fields.microsecond, any);
    if (reader.done()) return fields;
    reader.skip_blanks();
    if (!read_yaml_offset(reader, fields) || !reader.done()) return std::nullopt;
    return fields;
}

/// The Monday of an ISO week, moved to `weekday`, as a calendar day.
bool week_date(int year, int week, int weekday, Fields& fields) noexcept {
    using namespace std::chrono;
    if (year < 1 || week < 1 || weekday < 1 || weekday > 7) return false;
    const auto first_monday = [](int of) {
        const sys_days fourth = std::chrono::year{of} / January / 4;
        return fourth - (std::chrono::weekday{fourth} - Monday);
    };
    const sys_days start = first_monday(year) + weeks{week - 1};
    if (start >= first_monday(year + 1)) return false;
    const year_month_day date{start + days{weekday - 1}};
    fields.year = static_cast<int>(date.year());
    fields.month = static_cast<int>(static_cast<unsigned>(date.month()));
    fields.day = static_cast<int>(static_cast<unsigned>(date.day()));
    return true;
}

bool read_iso_date(FieldReader& reader, Fields& fields) noexcept {
    if (!reader.number(4, 4, fields.year)) return false;
    const bool extended = reader.accept('-');
    if (reader.accept('W')) {
        int week = 0;
        int weekday = 1;
        if (!reader.number(2, 2, week)) return false;
        if (extended ? reader.accept('-') : is_digit(reader.next())) {
            if (!reader.number(1, 1, weekday)) return false;
        }
        return week_date(fields.year, week, weekday, fields);
    }
    return reader.number(2, 2, fields.month) && (!extended || reader.accept('-')) &&
           reader.number(2, 2, fields.day);
}

/// Reads `hh[:mm[:ss[.f]]]` or the same without colons.
bool read_iso_clock(FieldReader& reader, Fields& fields) noexcept {
    if (!reader.number(2, 2, fields.hour)) return false;
    const bool extended = reader.accept(':');
    if (!extended && !is_digit(reader.next())) return true;
    if (!reader.number(2, 2, fields.minute)) return false;
    if (extended ? !reader.accept(':') : !is_digit(reader.next())) return true;
    if (!reader.number(2, 2, fields.second)) return false;
    if (!reader.accept('.') && !reader.accept(',')) return true;
    bool any = false;
    reader.fraction(fields.microsecond, any);
    return any;
}

bool read_iso_offset(FieldReader& reader, Fields& fields) noexcept {
    fields.has_offset = true;
    if (reader.accept('Z') || reader.accept('z')) return true;
    const int sign = reader.next() == '-' ? -1 : 1;
    if (!reader.accept('-') && !reader.accept('+')) return false;
    Fields clock;
    if (!read_iso_clock(reader, clock) || clock.minute > 59 || clock.second > 59) return false;
    fields.offset = sign * (clock.hour * 3600 + clock.minute * 60 + clock.second);
    return true;
}

std::optional<WrittenTime> checked(const std::optional<Fields>& fields) noexcept {
    using namespace std::chrono;
    constexpr int day_length = 24 * 3600;
    if (!fields || fields->year < 1 || fields->hour > 23 || fields->minute > 59 ||
        fields->second > 59 || fields->offset <= -day_length || fields->offset >= day_length) {
        return std::nullopt;
    }
    const year_month_day date{year{fields->year}, month{static_cast<unsigned>(fields->month)},
                              day{static_cast<unsigned>(fields->day)}};
    if (!date.ok()) return std::nullopt;
    WrittenTime moment;
    moment.time = local_days{date} + hours{fields->hour} + minutes{fields->minute} +
                  seconds{fields->second} + microseconds{fields->microsecond};
    if (fields->has_offset) moment.offset = seconds{fields->offset};
    return moment;
}

void append_padded(std::string& out, long long value, std::size_t width) {
    const std::string digits = std::to_string(value);
    if (digits.size() < width) out.append(width - digits.size(), '0');
    out += digits;
}

void append_clock(std::string& out, long long hours, long long minutes) {
    append_padded(out, hours, 2);
    out += ':';
    append_padded(out, minutes, 2);
}

}  // namespace

bool looks_like_yaml_date(std::string_view text) noexcept {
    return read_yaml_date(text).has_value();
}

bool looks_like_yaml_timestamp(std::string_view text) noexcept {
    return read_yaml_timestamp(text).has_value();
}

std::optional<WrittenTime> parse_yaml_time(std::string_view text) noexcept {
    const auto date = read_yaml_date(text);
    return checked(date ? date : read_yaml_timestamp(text));
}

std::optional<WrittenTime> parse_iso_time(std::string_view text) noexcept {
    FieldReader reader(trim(text));
    Fields fields;
    if (!read_iso_date(reader, fields)) return std::nullopt;
    if (reader.done()) return checked(fields);
    if (!reader.accept('T') && !reader.accept('t') && !reader.accept(' ')) return std::nullopt;
    if (!read_iso_clock(reader, fields)) return std::nullopt;
    if (!reader.done() && (!read_iso_offset(reader, fields) || !reader.done())) return std::nullopt;
    return checked(fields);
}

std::string iso_format(const WrittenTime& moment) {
    using namespace std::chrono;
    const auto midnight = floor<days>(moment.time);
    const year_month_day date{midnight};
    const hh_mm_ss clock{moment.time - midnight};
    std::string out;
    append_padded(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_clock(out, clock.hours().count(), clock.minutes().count());
    out += ':';
    append_padded(out, clock.seconds().count(), 2);
    if (clock.subseconds().count() != 0) {
        out += '.';
        append_padded(out, clock.subseconds().count(), 6);
    }
    if (moment.offset) {
        const long long offset = moment.offset->count();
        const long long size = offset < 0 ? -offset : offset;
        out += offset < 0 ? '-' : '+';
        append_clock(out, size / 3600, size / 60 % 60);
        if (size % 60 != 0) {
            out += ':';
            append_padded(out, size % 60, 2);
        }
    }
    return out;
}

}  // namespace bm
