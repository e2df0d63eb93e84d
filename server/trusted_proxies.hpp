#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http_message.hpp"

namespace bm {

/// An address of IPv4 or IPv6. One of IPv4 that is written within IPv6 (::ffff:192.0.2.7) is the
/// one of IPv4.
class IpAddress {
public:
    /// Reads an address as inet_pton() does, without brackets, zone or port. Nothing for what is
    /// none.
    [[nodiscard]] static std::optional<IpAddress> from(std::string_view text);

    /// 32 or 128.
    [[nodiscard]] unsigned bits() const noexcept { return is_four_ ? 32 : 128; }
    /// The one way to write it.
    [[nodiscard]] std::string text() const;
    /// With nothing behind its first `bits`.
    [[nodiscard]] IpAddress network(unsigned bits) const noexcept;

    friend bool operator==(const IpAddress&, const IpAddress&) = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
    bool is_four_ = false;
};

/// Which peers may tell for whom they call. Immutable, so any thread may use it.
class TrustedProxies {
public:
    /// None: what a request says about its sender is passed over.
    TrustedProxies() = default;

    /// Each `ADDRESS` or `ADDRESS/BITS`. The sentence names an entry that is none.
    [[nodiscard]] static std::optional<TrustedProxies> from(const std::vector<std::string>& ranges,
                                                            std::string& complaint);

    /// Whether this address, as text, is one of theirs.
    [[nodiscard]] bool contain(std::string_view address) const;

    /// Whom a request comes from: the peer; but where that is a proxy of ours, whom it names in
    /// X-Forwarded-For or in Forwarded (RFC 7239), from the last hop on until one that is no proxy
    /// of ours. What clients wrote there themselves stands in front of that hop and is never
    /// reached. A hop that is no address ends the search: the proxy that vouched for it counts.
    /// Most proxies write one of the fields and pass the other on as clients wrote it, so where
    /// both name somebody, and not the same, neither is believed. Linear.
    [[nodiscard]] std::string client_of(const std::string& peer, const HttpFields& fields) const;

private:
    [[nodiscard]] std::string client_behind(const std::string& peer,
                                            const std::vector<std::string>& hops) const;

    struct Range {
        IpAddress network;
        unsigned bits = 0;
    };

    [[nodiscard]] bool contain(const IpAddress& address) const noexcept;
    [[nodiscard]] static std::optional<Range> range_from(const std::string& text,
                                                         std::string& complaint);

    std::vector<Range> ranges_;
};

/// Whom each element of a Forwarded field names with `for`, in their order; empty for one that
/// names nobody. One empty element for a field that is not well-formed. Linear.
[[nodiscard]] std::vector<std::string> forwarded_hops(std::string_view field);

/// The address in one hop of X-Forwarded-For: `192.0.2.7`, `2001:db8::7`, `[2001:db8::7]`, and with
/// a port behind it what has brackets or is of IPv4. Nothing for anything else, such as `unknown`.
[[nodiscard]] std::optional<IpAddress> forwarded_address(std::string_view hop);

}  // namespace bm
