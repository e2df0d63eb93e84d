#include "server/trusted_proxies.hpp"

#include <algorithm>
#include <charconv>

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

/// The element behind the last comma of the list, which loses it.
std::string_view take_last(std::string_view& list, bool& is_more) {
    const std::size_t comma = list.rfind(',');
    is_more = comma != std::string_view::npos;
    const std::string_view last = is_more ? list.substr(comma + 1) : list;
    list = is_more ? list.substr(0, comma) : std::string_view();
    return without_blanks(last);
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
    std::string client = peer;
    const auto& all = fields.all();
    for (auto field = all.rbegin(); field != all.rend(); ++field) {
        if (!same_text(field->name, "X-Forwarded-For")) continue;
        std::string_view rest = field->value;
        for (bool is_more = true; is_more;) {
            const std::string_view hop = take_last(rest, is_more);
            if (hop.empty()) continue;  // a list may have empty elements (RFC 9110, 5.6.1)
            const auto address = forwarded_address(hop);
            if (!address) return client;
            client = address->text();
            if (!contain(*address)) return client;
        }
    }
    return client;
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
