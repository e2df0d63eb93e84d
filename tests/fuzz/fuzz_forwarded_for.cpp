// What proxies and their visitors write into X-Forwarded-For, and what may be said of proxies.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_promise.hpp"
#include "server/trusted_proxies.hpp"

namespace {

const std::vector<std::string> ranges = {"127.0.0.0/8", "10.1.2.3", "::1", "2001:db8::/33"};

void check_address(std::string_view text) {
    const auto address = bm::forwarded_address(text);
    if (!address) return;
    const auto again = bm::IpAddress::from(address->text());
    promise(again && *again == *address, "an address reads back");
    promise(address->network(address->bits()) == *address, "all bits are the address");
    const auto half = address->network(address->bits() / 2);
    promise(half.network(address->bits() / 2) == half, "a network is within itself");
}

void check_range(std::string_view text) {
    std::string complaint;
    const auto proxies = bm::TrustedProxies::from({std::string(text)}, complaint);
    promise(proxies.has_value() == complaint.empty(), "what is refused has a reason");
    if (!proxies) return;
    const std::string_view address = text.substr(0, text.find('/'));
    promise(proxies->contain(address), "a network has its first address");
}

void check_chain(const bm::TrustedProxies& proxies, std::string_view value) {
    bm::HttpFields fields;
    const std::size_t half = value.find('\n');
    fields.add("X-Forwarded-For", std::string(value.substr(0, half)));
    if (half != std::string_view::npos) {
        fields.add("x-forwarded-for", std::string(value.substr(half + 1)));
    }
    promise(proxies.client_of("192.0.2.1", fields) == "192.0.2.1", "strangers are not believed");
    for (const std::string& hop : bm::forwarded_hops(value)) check_address(hop);
    bm::HttpFields standard;
    standard.add("Forwarded", std::string(value));
    promise(bm::IpAddress::from(proxies.client_of("127.0.0.1", standard)).has_value(),
            "a client is an address by the standard, too");
    standard.add("Forwarded", "for=198.51.100.7, for=10.1.2.3");
    promise(proxies.client_of("::1", standard) == "198.51.100.7", "nor what they say there");
    const std::string client = proxies.client_of("127.0.0.1", fields);
    promise(bm::IpAddress::from(client).has_value(), "a client is an address");
    // Whatever stands in front of a hop that is no proxy of ours changes nothing.
    bm::HttpFields more;
    more.add("X-Forwarded-For", std::string(value.substr(0, half)));
    if (half != std::string_view::npos) {
        more.add("X-Forwarded-For", std::string(value.substr(half + 1)));
    }
    more.add("X-Forwarded-For", "198.51.100.7, 10.1.2.3");
    promise(proxies.client_of("::1", more) == "198.51.100.7", "what clients say is not reached");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::string complaint;
    static const auto proxies = bm::TrustedProxies::from(ranges, complaint);
    promise(proxies.has_value(), "the ranges are ranges");
    check_address(bytes);
    check_range(bytes);
    check_chain(*proxies, bytes);
    return 0;
}
