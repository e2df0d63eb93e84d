#include "importers/entry_json.hpp"

#include <utility>

#include "importers/import_names.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

std::optional<unsigned> hex_at(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) return std::nullopt;
    unsigned number = 0;
    for (const char c : text.substr(at, 4)) {
        const std::size_t digit = std::string_view("0123456789abcdef")
                                      .find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
        if (digit == std::string_view::npos) return std::nullopt;
        number = number * 16 + static_cast<unsigned>(digit);
    }
    return number;
}

bool is_low_half(std::string_view text, std::size_t at) {
    if (text.substr(at, 2) != "\\u") return false;
    const auto number = hex_at(text, at + 2);
    return number && *number >= 0xDC00 && *number < 0xE000;
}

/// In place: what replaces it has the same length.
void mend_escapes(std::string& text) {
    for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
        const auto number = text.compare(at, 2, "\\u") == 0 ? hex_at(text, at + 2) : std::nullopt;
        if (!number) {
            at += 2;
            continue;
        }
        const bool is_half = *number >= 0xD800 && *number < 0xE000;
        if (is_half && *number < 0xDC00 && is_low_half(text, at + 6)) {
            at += 12;
            continue;
        }
        if (is_half || *number == 0) text.replace(at, 6, "\\ufffd");
        at += 6;
    }
}

std::string plain_reason(const EntryJson::exception& problem) {
    std::string reason = problem.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 5: ..."
    if (const std::size_t end = reason.find("] "); end != std::string::npos) {
        reason.erase(0, end + 2);
    }
    return on_one_line(first_code_points(reason, 200));
}

/// The names of one member's members, in their order. A pass of its own: a parser that is asked
/// about every value while it builds them takes a time that grows with the square of their number.
class KeyCollector final : public nlohmann::json_sax<EntryJson> {
public:
    explicit KeyCollector(OrderedKeys& ordered) : ordered_(ordered) {}

    bool key(string_t& name) override {
        if (depth_ == 1) is_inside_ = name == ordered_.member;
        if (depth_ == 2 && is_inside_) ordered_.keys.push_back(name);
        return true;
    }
    bool start_object(std::size_t /*size*/) override { return opened(); }
    bool end_object() override { return closed(); }
    bool start_array(std::size_t /*size*/) override { return opened(); }
    bool end_array() override { return closed(); }
    bool null() override { return true; }
    bool boolean(bool /*value*/) override { return true; }
    bool number_integer(number_integer_t /*value*/) override { return true; }
    bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
    bool string(string_t& /*value*/) override { return true; }
    bool binary(binary_t& /*value*/) override { return true; }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*problem*/) override {
        return false;  // whoever parses the values tells it
    }

private:
    bool opened() {
        ++depth_;
        return true;
    }
    bool closed() {
        --depth_;
        return true;
    }

    OrderedKeys& ordered_;
    int depth_ = 0;
    bool is_inside_ = false;
};

}  // namespace

Result<EntryJson> parse_entry(std::string text, OrderedKeys* ordered) {
    if (!is_valid_utf8(text)) text = replace_invalid_utf8(text);
    mend_escapes(text);
    try {
        auto value = EntryJson::parse(text);
        if (ordered != nullptr) {
            KeyCollector collector(*ordered);
            EntryJson::sax_parse(text, &collector);
        }
        return value;
    } catch (const EntryJson::exception& problem) {
        return fail(Fault::invalid, "it is no JSON: " + plain_reason(problem));
    }
}

std::optional<std::string> name_in_beginning(std::string_view beginning) {
    for (const std::string_view key : {"\"title\"", "\"name\""}) {
        const std::size_t at = beginning.find(key);
        if (at == std::string_view::npos) continue;
        const std::string_view rest = trim(beginning.substr(at + key.size()));
        if (!rest.starts_with(':')) continue;
        const std::string_view value = trim(rest.substr(1));
        if (!value.starts_with('"')) continue;
        std::size_t stop = 1;
        while (stop < value.size() && value[stop] != '"') stop += value[stop] == '\\' ? 2 : 1;
        const auto name = parse_entry(std::string(value.substr(0, stop + 1)));
        if (name && name->is_string()) return on_one_line(name->get_ref<const std::string&>());
    }
    return std::nullopt;
}

const EntryJson& member_of(const EntryJson& object, const char* name) {
    static const EntryJson nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
}

std::optional<std::string> text_of(const EntryJson& object, const char* name) {
    const EntryJson& member = member_of(object, name);
    if (!member.is_string()) return std::nullopt;
    return member.get<std::string>();
}

std::optional<std::string> words_of(const EntryJson& object, const char* name) {
    auto text = text_of(object, name);
    if (text && is_blank(*text)) text.reset();
    return text;
}

std::optional<std::string> clock_of(const EntryJson& time) {
    if (time.is_string()) return wall_clock(time.get_ref<const std::string&>());
    if (time.is_number()) return wall_clock(time.get<double>());
    return std::nullopt;
}

std::string shown_time(const EntryJson& time) {
    if (auto clock = clock_of(time)) return *std::move(clock);
    return time.is_string() ? on_one_line(time.get_ref<const std::string&>()) : std::string();
}

}  // namespace bm
