#include "sync/web_client.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

#include "markdown/text.hpp"
#include "sync/curl_library.hpp"

namespace bm {

namespace {

/// What the callbacks of one transfer know.
struct Exchange {
    WebAnswer answer;
    std::size_t most_bytes = 0;
    bool allows_special_addresses = false;
    bool was_forbidden = false;
    bool was_too_long = false;
};

std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::size_t size = one * count;
    if (exchange.answer.body.size() + size > exchange.most_bytes) {
        exchange.was_too_long = true;
        return 0;
    }
    exchange.answer.body.append(bytes, size);
    return size;
}

std::size_t take_header(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::string_view line(bytes, one * count);
    constexpr std::string_view wanted = "cache-control:";
    if (to_lower(line.substr(0, wanted.size())) == wanted)
        exchange.answer.cache_control = std::string(trim(line.substr(wanted.size())));
    return line.size();
}

/// The address that is really called, whatever the name was said to be before.
bool may_be_called(const curl_sockaddr& address) {
    if (address.family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &address.addr, std::min<std::size_t>(sizeof four, address.addrlen));
        return is_public_address({reinterpret_cast<const char*>(&four.sin_addr), 4});
    }
    if (address.family == AF_INET6) {
        sockaddr_in6 six{};
        std::memcpy(&six, &address.addr, std::min<std::size_t>(sizeof six, address.addrlen));
        return is_public_address({reinterpret_cast<const char*>(&six.sin6_addr), 16});
    }
    return false;
}

curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& exchange = *static_cast<Exchange*>(self);
    if (!exchange.allows_special_addresses && !may_be_called(*address)) {
        exchange.was_forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void set_limits(CURL* transfer, const WebRequest& request, Exchange& exchange) {
    const auto set = curl().set;
    const auto patience = static_cast<long>(request.timeout.count());
    set(transfer, CURLOPT_PROTOCOLS_STR, "https");
    set(transfer, CURLOPT_FOLLOWLOCATION, 0L);
    set(transfer, CURLOPT_PROXY, "");
    set(transfer, CURLOPT_NOPROXY, "*");
    set(transfer, CURLOPT_TIMEOUT_MS, patience);
    set(transfer, CURLOPT_CONNECTTIMEOUT_MS, patience);
    set(transfer, CURLOPT_NOSIGNAL, 1L);
    set(transfer, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.most_bytes));
    set(transfer, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(transfer, CURLOPT_OPENSOCKETDATA, &exchange);
    set(transfer, CURLOPT_WRITEFUNCTION, &take_body);
    set(transfer, CURLOPT_WRITEDATA, &exchange);
    set(transfer, CURLOPT_HEADERFUNCTION, &take_header);
    set(transfer, CURLOPT_HEADERDATA, &exchange);
}

class CurlWebClient final : public WebClient {
public:
    explicit CurlWebClient(WebTrust trust) : trust_(std::move(trust)) {}

    [[nodiscard]] Result<WebAnswer> get(const WebRequest& request) override {
        if (!request.url.starts_with("https://"))
            return fail(Fault::invalid, "'" + request.url + "' does not begin with https://.");
        if (!curl().is_ready)
            return fail(Fault::unavailable,
                        "libcurl is not there, which fetches documents. Install libcurl4.");
        const CurlTransfer transfer(curl().init());
        if (!transfer) return fail(Fault::unavailable, "libcurl cannot start.");
        Exchange exchange;
        exchange.most_bytes = request.most_bytes;
        exchange.allows_special_addresses = trust_.allows_special_addresses;
        set_limits(transfer.get(), request, exchange);
        const auto set = curl().set;
        const CurlHeaders headers(curl().append(nullptr, "Accept: application/json"));
        set(transfer.get(), CURLOPT_HTTPHEADER, headers.get());
        set(transfer.get(), CURLOPT_USERAGENT, "basic-memory");
        set(transfer.get(), CURLOPT_URL, request.url.c_str());
        if (trust_.certificate_file)
            set(transfer.get(), CURLOPT_CAINFO, trust_.certificate_file->c_str());
        const CURLcode outcome = curl().perform(transfer.get());
        return finished(transfer.get(), outcome, std::move(exchange));
    }

private:
    static Result<WebAnswer> finished(CURL* transfer, CURLcode outcome, Exchange exchange) {
        if (exchange.was_forbidden)
            return fail(Fault::forbidden, "Its address is not one of the public Internet.");
        if (exchange.was_too_long || outcome == CURLE_FILESIZE_EXCEEDED)
            return fail(Fault::invalid, "Its document is too long.");
        if (outcome != CURLE_OK)
            return fail(Fault::unavailable, std::string("Its document cannot be fetched: ") +
                                                curl().reason(outcome) + ".");
        long status = 0;
        const char* type = nullptr;
        curl().info(transfer, CURLINFO_RESPONSE_CODE, &status);
        curl().info(transfer, CURLINFO_CONTENT_TYPE, &type);
        exchange.answer.status = static_cast<int>(status);
        if (type != nullptr) exchange.answer.content_type = type;
        return std::move(exchange.answer);
    }

    WebTrust trust_;
};

struct AddressRange {
    std::array<std::uint8_t, 4> start;
    int bits;
};

// RFC 6890 and what came after it; none of them is somebody's public server.
constexpr std::array<AddressRange, 15> kSpecialRanges{{
    {{0, 0, 0, 0}, 8},
    {{10, 0, 0, 0}, 8},
    {{100, 64, 0, 0}, 10},
    {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16},
    {{172, 16, 0, 0}, 12},
    {{192, 0, 0, 0}, 24},
    {{192, 0, 2, 0}, 24},
    {{192, 88, 99, 0}, 24},
    {{192, 168, 0, 0}, 16},
    {{198, 18, 0, 0}, 15},
    {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24},
    {{224, 0, 0, 0}, 4},
    {{240, 0, 0, 0}, 4},
}};

std::uint32_t number_of(const std::uint8_t* bytes) noexcept {
    return static_cast<std::uint32_t>(bytes[0]) << 24U |
           static_cast<std::uint32_t>(bytes[1]) << 16U |
           static_cast<std::uint32_t>(bytes[2]) << 8U | bytes[3];
}

bool is_public_four(const std::uint8_t* bytes) noexcept {
    const std::uint32_t address = number_of(bytes);
    return std::none_of(kSpecialRanges.begin(), kSpecialRanges.end(), [&](const auto& range) {
        return (address ^ number_of(range.start.data())) >> (32 - range.bits) == 0;
    });
}

bool is_public_six(const std::array<std::uint8_t, 16>& bytes) noexcept {
    constexpr std::array<std::uint8_t, 12> translated{0x00, 0x64, 0xff, 0x9b};
    if (std::equal(translated.begin(), translated.end(), bytes.begin()))
        return is_public_four(bytes.data() + 12);
    // Global unicast is 2000::/3; inside it some blocks are tunnels, tests and examples.
    if ((bytes[0] & 0xe0U) != 0x20) return false;
    const std::uint32_t start = number_of(bytes.data());
    const bool is_special = start >> 9U == 0x20010000U >> 9U || start == 0x20010db8U ||
                            start >> 16U == 0x2002U || start >> 12U == 0x3fff0U;
    return !is_special;
}

}  // namespace

std::unique_ptr<WebClient> make_web_client(WebTrust trust) {
    return std::make_unique<CurlWebClient>(std::move(trust));
}

bool is_public_address(std::string_view bytes) {
    std::array<std::uint8_t, 16> octets{};
    if (bytes.size() != 4 && bytes.size() != octets.size()) return false;
    std::memcpy(octets.data(), bytes.data(), bytes.size());
    return bytes.size() == 4 ? is_public_four(octets.data()) : is_public_six(octets);
}

}  // namespace bm
