#include "host/xml_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostNamespaces = 100;

bool is_blank(char byte) noexcept {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

bool is_name_byte(char byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.' ||
           byte == ':' || static_cast<std::uint8_t>(byte) >= 0x80;
}

/// Without a colon.
bool is_plain_name(std::string_view name) noexcept {
    if (name.empty() || name.find(':') != std::string_view::npos) return false;
    const char first = name.front();
    return first != '-' && first != '.' && !(first >= '0' && first <= '9');
}

/// What XML may hold at all (1.0, 2.2).
bool is_xml_text(std::string_view bytes) noexcept {
    const bool has_controls = std::any_of(bytes.begin(), bytes.end(), [](char byte) {
        return static_cast<std::uint8_t>(byte) < 0x20 && !is_blank(byte);
    });
    return !has_controls && is_valid_utf8(bytes) &&
           bytes.find("\xEF\xBF\xBE") == std::string_view::npos &&
           bytes.find("\xEF\xBF\xBF") == std::string_view::npos;
}

bool append_code_point(std::string& out, std::uint32_t point) {
    std::string bytes;
    if (point < 0x80) {
        bytes += static_cast<char>(point);
    } else if (point < 0x800) {
        bytes += static_cast<char>(0xC0U | point >> 6U);
        bytes += static_cast<char>(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        bytes += static_cast<char>(0xE0U | point >> 12U);
        bytes += static_cast<char>(0x80U | (point >> 6U & 0x3FU));
        bytes += static_cast<char>(0x80U | (point & 0x3FU));
    } else if (point < 0x110000) {
        bytes += static_cast<char>(0xF0U | point >> 18U);
        bytes += static_cast<char>(0x80U | (point >> 12U & 0x3FU));
        bytes += static_cast<char>(0x80U | (point >> 6U & 0x3FU));
        bytes += static_cast<char>(0x80U | (point & 0x3FU));
    }
    if (bytes.empty() || !is_xml_text(bytes)) return false;
    out += bytes;
    return true;
}

/// The character that `&name;` stands for.
bool append_entity(std::string& out, std::string_view name) {
    constexpr std::array<std::pair<std::string_view, char>, 5> known{
        {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto& [word, character] : known) {
        if (name != word) continue;
        out += character;
        return true;
    }
    if (!name.starts_with('#')) return false;
    name.remove_prefix(1);
    const bool is_hex = name.starts_with('x');
    if (is_hex) name.remove_prefix(1);
    std::uint32_t point = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), end, point, is_hex ? 16 : 10);
    return error == std::errc{} && stop == end && append_code_point(out, point);
}

}  // namespace

XmlReader::XmlReader(std::string_view xml) : rest_(xml), is_bad_(!is_xml_text(xml)) {
    namespaces_.push_back({"xml", "http://www.w3.org/XML/1998/namespace"});
}

XmlReader::Token XmlReader::fail() {
    is_bad_ = true;
    return Token::bad;
}

XmlReader::Token XmlReader::next() {
    if (is_bad_) return Token::bad;
    if (std::exchange(closes_now_, false)) {
        namespaces_.resize(open_.back().namespaces);
        open_.pop_back();
        return Token::close;
    }
    while (!rest_.empty()) {
        if (rest_.starts_with("<?")) {
            if (!skip_past("?>")) return fail();
        } else if (rest_.starts_with("<!--")) {
            if (!skip_past("-->")) return fail();
        } else if (rest_.starts_with("</")) {
            return close_element();
        } else if (rest_.front() == '<' && !rest_.starts_with("<!")) {
            return open_element();
        } else if (!open_.empty()) {
            return read_text();
        } else if (is_blank(rest_.front())) {
            skip_blanks();
        } else {
            return fail();
        }
    }
    return open_.empty() && had_root_ ? Token::end : fail();
}

XmlReader::Token XmlReader::read_text() {
    text_.clear();
    constexpr std::string_view begin = "<![CDATA[";
    if (rest_.starts_with(begin)) {
        const std::size_t end = rest_.find("]]>");
        if (end == std::string_view::npos) return fail();
        text_ = rest_.substr(begin.size(), end - begin.size());
        rest_.remove_prefix(end + 3);
        return Token::text;
    }
    if (rest_.front() == '<') return fail();
    const std::size_t end = std::min(rest_.find('<'), rest_.size());
    if (!decode(rest_.substr(0, end), text_)) return fail();
    rest_.remove_prefix(end);
    return Token::text;
}

XmlReader::Token XmlReader::open_element() {
    if (open_.empty() && had_root_) return fail();
    if (open_.size() == kDeepest) return fail();
    rest_.remove_prefix(1);
    const std::string tag(take_name());
    open_.push_back({tag, namespaces_.size()});
    had_root_ = true;
    bool is_empty = false;
    if (!read_attributes(is_empty)) return fail();
    auto name = resolved(tag);
    if (!name) return fail();
    name_ = *std::move(name);
    closes_now_ = is_empty;
    return Token::open;
}

XmlReader::Token XmlReader::close_element() {
    rest_.remove_prefix(2);
    const std::string_view tag = take_name();
    skip_blanks();
    if (open_.empty() || tag != open_.back().tag || !rest_.starts_with('>')) return fail();
    rest_.remove_prefix(1);
    namespaces_.resize(open_.back().namespaces);
    open_.pop_back();
    return Token::close;
}

bool XmlReader::read_attributes(bool& is_empty) {
    while (true) {
        const bool has_blank = !rest_.empty() && is_blank(rest_.front());
        skip_blanks();
        if (rest_.starts_with('>')) {
            rest_.remove_prefix(1);
            return true;
        }
        if (rest_.starts_with("/>")) {
            rest_.remove_prefix(2);
            is_empty = true;
            return true;
        }
        const std::string_view name = take_name();
        skip_blanks();
        if (!has_blank || name.empty() || !rest_.starts_with('=')) return false;
        rest_.remove_prefix(1);
        skip_blanks();
        if (!rest_.starts_with('"') && !rest_.starts_with('\'')) return false;
        const std::size_t end = rest_.find(rest_.front(), 1);
        if (end == std::string_view::npos) return false;
        std::string value;
        const std::string_view raw = rest_.substr(1, end - 1);
        if (raw.find('<') != std::string_view::npos || !decode(raw, value)) return false;
        rest_.remove_prefix(end + 1);
        const bool is_default = name == "xmlns";
        if (!is_default && !name.starts_with("xmlns:")) continue;
        if (namespaces_.size() == kMostNamespaces) return false;
        namespaces_.push_back({is_default ? "" : std::string(name.substr(6)), std::move(value)});
    }
}

bool XmlReader::skip_past(std::string_view mark) {
    const std::size_t at = rest_.find(mark);
    if (at == std::string_view::npos) return false;
    rest_.remove_prefix(at + mark.size());
    return true;
}

std::string_view XmlReader::take_name() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_name_byte);
    const std::string_view name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(name.size());
    return name;
}

void XmlReader::skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

std::optional<XmlName> XmlReader::resolved(std::string_view tag) const {
    const std::size_t colon = tag.find(':');
    const bool has_prefix = colon != std::string_view::npos;
    const std::string_view prefix = has_prefix ? tag.substr(0, colon) : std::string_view();
    const std::string_view local = has_prefix ? tag.substr(colon + 1) : tag;
    if (!is_plain_name(local) || (has_prefix && !is_plain_name(prefix))) return std::nullopt;
    const auto found = std::find_if(namespaces_.rbegin(), namespaces_.rend(),
                                    [&](const Namespace& one) { return one.prefix == prefix; });
    if (found != namespaces_.rend()) return XmlName{found->space, std::string(local)};
    if (has_prefix) return std::nullopt;
    return XmlName{"", std::string(local)};
}

bool XmlReader::decode(std::string_view raw, std::string& out) {
    while (!raw.empty()) {
        const std::size_t at = raw.find('&');
        out += raw.substr(0, at);
        if (at == std::string_view::npos) return true;
        raw.remove_prefix(at + 1);
        const std::size_t end = raw.find(';');
        if (end == std::string_view::npos || !append_entity(out, raw.substr(0, end))) return false;
        raw.remove_prefix(end + 1);
    }
    return true;
}

}  // namespace bm
