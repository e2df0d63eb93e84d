#include "cloud/bisync_listing.hpp"

#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::string_view kHeader = "# bisync listing v1 from ";

template <class Number>
bool take_number(std::string_view& text, std::size_t digits, Number& number) {
    if (text.size() < digits) return false;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + digits, number);
    if (problem != std::errc{} || end != text.data() + digits) return false;
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

/// Digits behind a dot as nanoseconds.
bool take_fraction(std::string_view& text, std::int64_t& nanoseconds) {
    if (!take(text, ".")) return true;
    std::int64_t scale = 100'000'000;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        nanoseconds += (text.front() - '0') * scale;
        scale /= 10;
        text.remove_prefix(1);
        any = true;
    }
    return any;
}

/// `Z`, `+0000` or `+00:00` as seconds.
std::optional<std::int64_t> zone_of(std::string_view text) {
    if (text == "Z") return 0;
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!take_number(text, 2, hours)) return std::nullopt;
    take(text, ":");
    if (!take_number(text, 2, minutes) || !text.empty()) return std::nullopt;
    return sign * (hours * 3600 + minutes * 60);
}

std::optional<std::string> unescaped(std::string_view& text) {
    const char kind = text.front();
    text.remove_prefix(1);
    const auto code = [&](std::size_t digits) -> std::optional<std::uint32_t> {
        std::uint32_t value = 0;
        if (text.size() < digits) return std::nullopt;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + digits, value, 16);
        if (problem != std::errc{} || end != text.data() + digits) return std::nullopt;
        text.remove_prefix(digits);
        return value;
    };
    const auto code_point = [&](std::size_t digits) -> std::optional<std::string> {
        const auto value = code(digits);
        if (!value) return std::nullopt;
        std::string bytes;
        append_utf8(bytes, *value);
        return bytes;
    };
    switch (kind) {
        case 'a':
            return "\a";
        case 'b':
            return "\b";
        case 'f':
            return "\f";
        case 'n':
            return "\n";
        case 'r':
            return "\r";
        case 't':
            return "\t";
        case 'v':
            return "\v";
        case '\\':
            return "\\";
        case '"':
            return "\"";
        case '\'':
            return "'";
        case 'x': {
            const auto value = code(2);
            if (!value) return std::nullopt;
            return std::string(1, static_cast<char>(*value));
        }
        case 'u':
            return code_point(4);
        case 'U':
            return code_point(8);
        default:
            return std::nullopt;
    }
}

/// One entry: flags, size, hash, id, time, name.
bool add_entry(std::string_view line, FileSet& set) {
    const auto word = [&line]() {
        const auto first = line.find_first_not_of(' ');
        if (first == std::string_view::npos) return std::string_view();
        line.remove_prefix(first);
        const auto end = std::min(line.find(' '), line.size());
        const auto found = line.substr(0, end);
        line.remove_prefix(end);
        return found;
    };
    const std::string_view flags = word();
    const std::string_view size = word();
    word();  // hash
    word();  // id
    const auto time = parse_rclone_time(word());
    ListedFile file;
    file.is_folder = flags == "d";
    const auto [end, problem] = std::from_chars(size.data(), size.data() + size.size(), file.size);
    if ((flags != "-" && flags != "d") || problem != std::errc{} ||
        end != size.data() + size.size() || !time || !take(line, " ")) {
        return false;
    }
    file.modified_ns = *time;
    auto name = unquote_go(line);
    if (!name || name->empty()) return false;
    set.insert_or_assign(*std::move(name), file);
    return true;
}

}  // namespace

std::optional<std::int64_t> parse_rclone_time(std::string_view text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::int64_t nanoseconds = 0;
    if (!take_number(text, 4, year) || !take(text, "-") || !take_number(text, 2, month) ||
        !take(text, "-") || !take_number(text, 2, day) || !take(text, "T") ||
        !take_number(text, 2, hour) || !take(text, ":") || !take_number(text, 2, minute) ||
        !take(text, ":") || !take_number(text, 2, second) || !take_fraction(text, nanoseconds)) {
        return std::nullopt;
    }
    const auto zone = zone_of(text);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!zone || !date.ok()) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - *zone;
    constexpr std::int64_t most = 9'200'000'000;  // nanoseconds of more do not fit
    if (seconds > most || seconds < -most) return seconds > 0 ? INT64_MAX : INT64_MIN;
    return seconds * 1'000'000'000 + nanoseconds;
}

std::optional<std::string> unquote_go(std::string_view quoted) {
    if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return std::nullopt;
    std::string_view text = quoted.substr(1, quoted.size() - 2);
    std::string plain;
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == '"') return std::nullopt;
        if (c != '\\') {
            plain += c;
            continue;
        }
        if (text.empty()) return std::nullopt;
        const auto piece = unescaped(text);
        if (!piece) return std::nullopt;
        plain += *piece;
    }
    return plain;
}

std::optional<FileSet> parse_bisync_listing(std::string_view text) {
    if (!text.starts_with(kHeader) || !text.ends_with('\n')) return std::nullopt;
    FileSet set;
    for (const std::string_view line : split(text, '\n')) {
        if (line.empty() || line.starts_with('#')) continue;
        if (!add_entry(line, set)) return std::nullopt;
    }
    return set;
}

std::optional<FileSet> read_bisync_listing(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return parse_bisync_listing(text);
}

std::string listing_without_folder(std::string_view text, std::string_view folder) {
    const std::string wanted = to_nfc(folder);
    std::string kept;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end == std::string_view::npos ? text.size() : end + 1);
        text.remove_prefix(line.size());
        FileSet entry;
        const bool is_entry = !line.starts_with('#') && line.ends_with('\n') &&
                              add_entry(line.substr(0, line.size() - 1), entry);
        const std::string name = is_entry ? to_nfc(entry.begin()->first) : std::string();
        if (is_entry && (name == wanted || name.starts_with(wanted + "/"))) continue;
        kept += line;
    }
    return kept;
}

std::string empty_bisync_listing() {
    return std::string(kHeader) + "2000-01-01T00:00:00.000000000+0000\n";
}

}  // namespace bm
