#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "server/http_transport.hpp"
#include "server/stdio_server.hpp"
#include "server/stop_signals.hpp"
#include "tests/conformance/fixtures.hpp"

namespace {

constexpr const char* usage =
    "usage: conformance_server [--http PORT [--legacy-stateless]]\n"
    "Serves the fixtures of the conformance suites on standard input and output, or over HTTP on\n"
    "127.0.0.1; port 0 is one that the system picks. The URL is the first line of output.\n";

struct Wishes {
    std::optional<int> port;  ///< none: standard input and output
    bool legacy_stateless = false;
};

std::optional<Wishes> read_wishes(int count, char** words) {
    Wishes wishes;
    for (int at = 1; at < count; ++at) {
        const std::string_view word = words[at];
        if (word == "--legacy-stateless") {
            wishes.legacy_stateless = true;
        } else if (word == "--http" && at + 1 < count) {
            const std::string_view digits = words[++at];
            int port = 0;
            const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
            if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) {
                return std::nullopt;
            }
            wishes.port = port;
        } else {
            return std::nullopt;
        }
    }
    return wishes;
}

void complain(bm::Severity /*severity*/, std::string_view text) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

void tell(std::string_view url) {
    std::printf("%.*s\n", static_cast<int>(url.size()), url.data());
    std::fflush(stdout);
}

}  // namespace

/// A server of the fixtures that the conformance suites call.
int main(int count, char** words) {
    const auto wishes = read_wishes(count, words);
    if (!wishes) {
        std::fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    const bm::StopSignals signals;
    bm::ChangeBus changes;
    const bm::Catalog catalog(bm::conformance::all_fixtures(changes));
    if (!wishes->port) {
        bm::StdioOptions options;
        options.stop_fd = signals.fd();
        options.log = complain;
        return bm::serve_stdio(catalog, changes, std::move(options));
    }
    bm::HttpTransportOptions options;
    options.port = *wishes->port;
    options.stop_fd = signals.fd();
    options.log = complain;
    options.legacy_stateless = wishes->legacy_stateless;
    options.on_listening = tell;
    return bm::serve_http(catalog, changes, std::move(options));
}
