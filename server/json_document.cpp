#include "server/json_document.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace bm {
namespace {

using Member = std::pair<std::string, Json>;

/// Keeps the first place and the last value of members that share a name. Sorting finds them
/// without comparing every pair. Whether there were any.
bool settle_repeated_names(std::vector<Member>& members) {
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&members](std::size_t a, std::size_t b) {
        const int names = members[a].first.compare(members[b].first);
        return names != 0 ? names < 0 : a < b;
    });
    std::vector<bool> dropped(members.size(), false);
    bool any = false;
    for (std::size_t first = 0; first < order.size();) {
        std::size_t last = first;
        while (last + 1 < order.size() &&
               members[order[last + 1]].first == members[order[first]].first) {
            dropped[order[++last]] = true;
            any = true;
        }
        if (last != first) {
            members[order[first]].second = std::move(members[order[last]].second);
        }
        first = last + 1;
    }
    if (!any) return false;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (dropped[i]) continue;
        if (kept != i) members[kept] = std::move(members[i]);
        ++kept;
    }
    members.resize(kept);
    return true;
}

/// Receives the parser's events and builds the document. Members are collected in a list of ours
/// and moved into their object once, because growing the library's ordered object copies everything
/// in it. After a limit was passed it only follows the structure, to learn whether the rest is JSON
/// and which id the message has.
class DocumentBuilder {
public:
    /// With a reason, a document that is too much from the start.
    explicit DocumentBuilder(const DocumentLimits& limits, std::string reason = {})
        : limits_(limits), reason_(std::move(reason)) {}

    bool null() { return value(nullptr); }
    bool boolean(bool v) { return value(v); }
    bool number_integer(std::int64_t v) { return value(v); }
    bool number_unsigned(std::uint64_t v) { return value(v); }
    bool number_float(double v, const std::string&) { return value(v); }
    bool string(std::string& v) { return value(std::move(v)); }
    bool binary(Json::binary_t&) { return false; }
    bool start_object(std::size_t) { return open(true); }
    bool start_array(std::size_t) { return open(false); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool key(std::string& name) {
        if (!reason_.empty()) {
            at_id_ = depth_ == 1 && name == "id";
            return true;
        }
        if (frames_.back().members.size() >= limits_.members) {
            pass_limit("more than " + std::to_string(limits_.members) + " members in one object");
            at_id_ = depth_ == 1 && name == "id";
            return true;
        }
        frames_.back().name = std::move(name);
        return true;
    }

    template <class Exception>
    bool parse_error(std::size_t, const std::string&, const Exception&) {
        return false;
    }

    [[nodiscard]] Document finish(bool is_json) && {
        if (!is_json) return NotJson{};
        if (!reason_.empty()) return TooMuch{std::move(reason_), std::move(id_)};
        return std::move(root_);
    }

private:
    struct Frame {
        bool is_object = false;
        std::string name;
        std::vector<Member> members;
        std::vector<Json> elements;
    };

    bool value(Json v) {
        if (!count_value()) {
            if (at_id_ && depth_ == 1) keep_id(v);
            at_id_ = false;
            return true;
        }
        attach(std::move(v));
        return true;
    }

    bool open(bool is_object) {
        ++depth_;
        outermost_is_object_ = depth_ == 1 ? is_object : outermost_is_object_;
        at_id_ = false;
        if (reason_.empty() && depth_ > limits_.depth) {
            pass_limit("nested deeper than " + std::to_string(limits_.depth) + " levels");
        }
        if (count_value()) {
            frames_.emplace_back();
            frames_.back().is_object = is_object;
        }
        return true;
    }

    bool close() {
        --depth_;
        if (!reason_.empty()) return true;
        Frame frame = std::move(frames_.back());
        frames_.pop_back();
        if (!frame.is_object) {
            attach(Json(std::move(frame.elements)));
            return true;
        }
        if (settle_repeated_names(frame.members) && is_metadata()) {
            pass_limit("a member of _meta is named twice");
            return true;
        }
        Json::object_t object;
        object.reserve(frame.members.size());
        for (Member& member : frame.members) {
            object.emplace_back(std::move(member.first), std::move(member.second));
        }
        attach(Json(std::move(object)));
        return true;
    }

    /// Whether the object that has just ended is the `_meta` of a message's `params`.
    [[nodiscard]] bool is_metadata() const {
        return frames_.size() >= 2 && frames_.back().name == "_meta" && frames_.back().is_object &&
               frames_[frames_.size() - 2].name == "params";
    }

    void attach(Json v) {
        if (frames_.empty()) {
            root_ = std::move(v);
        } else if (frames_.back().is_object) {
            frames_.back().members.emplace_back(std::move(frames_.back().name), std::move(v));
        } else {
            frames_.back().elements.push_back(std::move(v));
        }
    }

    /// False once a limit has been passed.
    bool count_value() {
        if (!reason_.empty()) return false;
        if (++values_ <= limits_.values) return true;
        pass_limit("more than " + std::to_string(limits_.values) + " values");
        return false;
    }

    void pass_limit(std::string reason) {
        reason_ = std::move(reason);
        if (!frames_.empty() && frames_.front().is_object) {
            for (const Member& member : frames_.front().members) {
                if (member.first == "id") keep_id(member.second);
            }
            at_id_ = frames_.size() == 1 && frames_.front().name == "id";
        }
        frames_.clear();
        frames_.shrink_to_fit();
    }

    void keep_id(const Json& v) {
        if (outermost_is_object_ && (v.is_string() || v.is_number())) id_ = v;
    }

    const DocumentLimits& limits_;
    std::vector<Frame> frames_;
    Json root_;
    Json id_;
    std::string reason_;
    std::size_t depth_ = 0;
    std::size_t values_ = 0;
    bool outermost_is_object_ = false;
    bool at_id_ = false;
};

constexpr std::size_t kEscapeLength = 6;  // \uXXXX

/// The code unit of the escape `\uXXXX` at `at`; none when there is no such escape.
std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) {
    if (text.substr(at, 2) != "\\u" || text.size() - at < kEscapeLength) return std::nullopt;
    unsigned unit = 0;
    const char* const end = text.data() + at + kEscapeLength;
    const auto read = std::from_chars(text.data() + at + 2, end, unit, 16);
    return read.ptr == end ? std::optional(unit) : std::nullopt;
}

/// What is JSON by its grammar and refused by the parser all the same, replaced in place.
class Mending {
public:
    explicit Mending(std::string_view bytes) : text_(bytes) {
        for (std::size_t at = 0; at < text_.size();) {
            if (text_[at] == '"') {
                at = mend_string(at + 1);
            } else if (text_[at] == '-' || is_digit(text_[at])) {
                at = mend_number(at);
            } else {
                ++at;
            }
        }
    }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool changed_anything() const noexcept { return is_changed_; }
    [[nodiscard]] bool has_huge_number() const noexcept { return has_huge_number_; }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    /// Half of a surrogate pair becomes U+FFFD. Returns where the string ends.
    std::size_t mend_string(std::size_t at) {
        while (at < text_.size() && text_[at] != '"') {
            const auto unit = escaped_unit(text_, at);
            if (!unit) {
                at += text_[at] == '\\' ? 2 : 1;
                continue;
            }
            const auto low = escaped_unit(text_, std::min(at + kEscapeLength, text_.size()));
            const bool is_pair = is_high(*unit) && low && is_low(*low);
            if (!is_pair && (is_high(*unit) || is_low(*unit))) {
                text_.replace(at, kEscapeLength, "\\ufffd");
                is_changed_ = true;
            }
            at += is_pair ? 2 * kEscapeLength : kEscapeLength;
        }
        return at + 1;
    }

    /// A number that no double can hold becomes 0. Returns where it ends.
    std::size_t mend_number(std::size_t at) {
        const std::size_t end =
            std::min(text_.find_first_not_of("+-.0123456789Ee", at), text_.size());
        const std::string number = text_.substr(at, end - at);
        if (std::isfinite(std::strtod(number.c_str(), nullptr))) return end;
        text_.replace(at, number.size(), "0" + std::string(number.size() - 1, ' '));
        is_changed_ = true;
        has_huge_number_ = true;
        return end;
    }

    static bool is_high(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
    static bool is_low(unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; }

    std::string text_;
    bool is_changed_ = false;
    bool has_huge_number_ = false;
};

}  // namespace

Document read_document(std::string_view bytes, const DocumentLimits& limits) {
    // The parser takes a NUL for the end and would not look at the bytes behind it.
    if (bytes.find('\0') != std::string_view::npos) return NotJson{};
    DocumentBuilder builder(limits);
    if (Json::sax_parse(bytes.begin(), bytes.end(), &builder)) {
        return std::move(builder).finish(true);
    }
    const Mending mended(bytes);
    if (!mended.changed_anything()) return NotJson{};
    DocumentBuilder again(limits,
                          mended.has_huge_number() ? "a number beyond the range of a double" : "");
    const bool is_json = Json::sax_parse(mended.text(), &again);
    return std::move(again).finish(is_json);
}

std::string compact_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bm
