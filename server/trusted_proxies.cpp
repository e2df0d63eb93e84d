#include "server/trusted_proxies.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "server/http_head.hpp"

namespace bm {
namespace {

/// What marks an address of IPv4 within one of IPv6.
constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/// A number without sign or leading zeros, at most `most`.
std::optional<unsigned> plain_number(std::string_view text, unsigned most) {
    const bool is_plain = !text.empty() && text.size() <= 5 &&
                          text.find_first_not_of("0123456789") == std::string_view::npos &&
                          (text.size() == 1 || text.front() != '0');
    if (!is_plain) return std::nullopt;
    unsigned number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number <= most ? std::optional(number) : std::nullopt;
}

bool is_port(std::string_view text) { return plain_number(text, 65'535).has_value(); }

/// The elements of a list; it may have empty ones, which are nothing (RFC 9110, 5.6.1).
void append_list(std::vector<std::string>& out, std::string_view list) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        const std::string_view element = without_blanks(list.substr(0, comma));
        if (!element.empty()) out.emplace_back(element);
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
}

/// Without the blanks around them. Nothing when a quote is not closed.
std::optional<std::vector<std::string_view>> split_outside_quotes(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') is_quoted = !is_quoted;
        if (is_quoted && text[i] == '\\') ++i;
        if (is_quoted || i >= text.size() || text[i] != at) continue;
        parts.push_back(without_blanks(text.substr(begin, i - begin)));
        begin = i + 1;
    }
    if (is_quoted) return std::nullopt;
    parts.push_back(without_blanks(text.substr(begin)));
    return parts;
}

/// A value as it is, or what its quotes hold.
std::string unquoted(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
    std::string out;
    value = value.substr(1, value.size() - 2);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        out += value[i];
    }
    return out;
}

}  // namespace

std::optional<IpAddress> IpAddress::from(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string whole(text);
    IpAddress out;
    if (::inet_pton(AF_INET, whole.c_str(), out.bytes_.data()) == 1) {
        out.is_four_ = true;
        return out;
    }
    if (::inet_pton(AF_INET6, whole.c_str(), out.bytes_.data()) != 1) return std::nullopt;
    if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), out.bytes_.begin())) {
        std::copy(out.bytes_.begin() + mapped_prefix.size(), out.bytes_.end(), out.bytes_.begin());
        std::fill(out.bytes_.begin() + 4, out.bytes_.end(), std::uint8_t{0});
        out.is_four_ = true;
    }
    return out;
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    ::inet_ntop(is_four_ ? AF_INET : AF_INET6, bytes_.data(), out.data(), out.size());
    return out.data();
}

IpAddress IpAddress::network(unsigned bits) const noexcept {
    IpAddress out = *this;
    for (unsigned i = 0; i < out.bytes_.size(); ++i) {
        const unsigned kept = std::clamp<unsigned>(bits, i * 8, i * 8 + 8) - i * 8;
        out.bytes_[i] = static_cast<std::uint8_t>(out.bytes_[i] & (0xFF00U >> kept));
    }
    return out;
}

std::optional<TrustedProxies> TrustedProxies::from(const std::vector<std::string>& ranges,
                                                   std::string& complaint) {
    TrustedProxies out;
    for (const std::string& text : ranges) {
        const auto range = range_from(text, complaint);
        if (!range) return std::nullopt;
        out.ranges_.push_back(*range);
    }
    return out;
}

std::optional<TrustedProxies::Range> TrustedProxies::range_from(const std::string& text,
                                                                std::string& complaint) {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::from(std::string_view(text).substr(0, slash));
    if (!address) {
        complaint =
            "'" + text + "' is not the address of a proxy, such as 127.0.0.1, 10.0.0.0/8 or ::1";
        return std::nullopt;
    }
    if (slash == std::string::npos) return Range{*address, address->bits()};
    const auto bits = plain_number(std::string_view(text).substr(slash + 1), address->bits());
    if (!bits || *bits == 0) {
        complaint = "'" + text +
                    "' is not a network of proxies: behind the slash stands a number from 1 to " +
                    std::to_string(address->bits());
        return std::nullopt;
    }
    if (address->network(*bits) != *address) {
        complaint = "'" + text + "' is an address within a network; the network is " +
                    address->network(*bits).text() + "/" + std::to_string(*bits);
        return std::nullopt;
    }
    return Range{*address, *bits};
}

bool TrustedProxies::contain(const IpAddress& address) const noexcept {
    return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
        return range.network.bits() == address.bits() &&
               address.network(range.bits) == range.network;
    });
}

bool TrustedProxies::contain(std::string_view address) const {
    if (ranges_.empty()) return false;
    const auto parsed = IpAddress::from(address);
    return parsed && contain(*parsed);
}

std::string TrustedProxies::client_of(const std::string& peer, const HttpFields& fields) const {
    if (!contain(peer)) return peer;
    std::vector<std::string> hops;
    std::vector<std::string> other_hops;
    for (const HttpField& field : fields.all()) {
        if (same_text(field.name, "X-Forwarded-For")) append_list(hops, field.value);
        if (!same_text(field.name, "Forwarded")) continue;
        for (std::string& hop : forwarded_hops(field.value)) other_hops.push_back(std::move(hop));
    }
    if (other_hops.empty()) return client_behind(peer, hops);
    const std::string other = client_behind(peer, other_hops);
    return hops.empty() || client_behind(peer, hops) == other ? other : peer;
}

std::string TrustedProxies::client_behind(const std::string& peer,
                                          const std::vector<std::string>& hops) const {
    std::string client = peer;
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        const auto address = forwarded_address(*hop);
        if (!address) break;
        client = address->text();
        if (!contain(*address)) break;
    }
    return client;
}

std::vector<std::string> forwarded_hops(std::string_view field) {
    const auto elements = split_outside_quotes(field, ',');
    if (!elements) return {""};
    std::vector<std::string> hops;
    for (const std::string_view element : *elements) {
        if (element.empty()) continue;
        auto& hop = hops.emplace_back();
        bool is_named = false;
        // Its quotes are closed, or the field had not been split.
        const auto pairs = split_outside_quotes(element, ';');
        for (const std::string_view pair : pairs.value_or(std::vector<std::string_view>())) {
            const std::size_t equals = std::min(pair.find('='), pair.size());
            if (!same_text(without_blanks(pair.substr(0, equals)), "for")) continue;
            // Whoever is named twice is nobody.
            hop = is_named
                      ? ""
                      : unquoted(without_blanks(pair.substr(std::min(equals + 1, pair.size()))));
            is_named = true;
        }
    }
    return hops;
}

std::optional<IpAddress> forwarded_address(std::string_view hop) {
    if (hop.starts_with('[')) {
        const std::size_t end = hop.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view behind = hop.substr(end + 1);
        if (!behind.empty() && !(behind.front() == ':' && is_port(behind.substr(1)))) {
            return std::nullopt;
        }
        hop = hop.substr(1, end - 1);
        if (hop.find(':') == std::string_view::npos) return std::nullopt;
        return IpAddress::from(hop);
    }
    const std::size_t colon = hop.find(':');
    if (colon != std::string_view::npos && hop.find('.') < colon) {
        if (!is_port(hop.substr(colon + 1))) return std::nullopt;
        hop = hop.substr(0, colon);
    }
    return IpAddress::from(hop);
}

}  // namespace bm
