#include "server/accepted_media.hpp"

#include <algorithm>

#include "server/http_head.hpp"

namespace bm {
namespace {

/// How closely a range of media types names a type; 0: not at all.
int closeness(std::string_view range, std::string_view type, std::string_view subtype) {
    if (range == "*/*") return 1;
    const std::size_t slash = range.find('/');
    if (slash == std::string_view::npos || !same_text(range.substr(0, slash), type)) return 0;
    if (range.substr(slash + 1) == "*") return 2;
    return same_text(range.substr(slash + 1), subtype) ? 3 : 0;
}

/// A weight of zero: "not this".
bool is_excluded(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::size_t end = std::min(parameters.find(';'), parameters.size());
        const std::string_view one = without_blanks(parameters.substr(0, end));
        if (same_text(one.substr(0, 2), "q=")) {
            return one.find_first_not_of("0.", 2) == std::string_view::npos;
        }
        parameters.remove_prefix(std::min(end + 1, parameters.size()));
    }
    return false;
}

/// The closest range so far, and what it says.
struct Verdict {
    int closeness = 0;
    bool accepted = false;

    std::size_t place = 0;  ///< of that range among all

    void consider(int other, bool excluded, std::size_t at) {
        if (other == 0 || other < closeness) return;
        closeness = other;
        accepted = !excluded;
        place = at;
    }
};

}  // namespace

AcceptedMedia accepted_media(const HttpFields& fields) {
    Verdict json;
    Verdict events;
    bool is_given = false;
    std::size_t at = 0;
    for (const HttpField& field : fields.all()) {
        if (!same_text(field.name, "Accept")) continue;
        std::string_view rest = field.value;
        is_given = is_given || !rest.empty();
        while (!rest.empty()) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            const std::string_view entry = rest.substr(0, comma);
            const std::size_t semicolon = std::min(entry.find(';'), entry.size());
            const std::string_view range = without_blanks(entry.substr(0, semicolon));
            const bool excluded = is_excluded(entry.substr(semicolon));
            json.consider(closeness(range, "application", "json"), excluded, ++at);
            events.consider(closeness(range, "text", "event-stream"), excluded, at);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    if (!is_given) return {true, true};
    return {json.accepted, events.accepted,
            json.accepted && events.accepted && events.place < json.place};
}

bool has_json_body(const HttpFields& fields) {
    const auto type = fields.find("Content-Type");
    if (!type || fields.count("Content-Type") != 1) return false;
    return same_text(without_blanks(type->substr(0, type->find(';'))), "application/json");
}

}  // namespace bm
