// The fixture catalog over HTTP on a port that the system picks; prints the URL of its endpoint.
// Arguments: sse, stateless, or a port.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "server/http_transport.hpp"
#include "server/stop_signals.hpp"
#include "tests/support/fixture_catalog.hpp"

int main(int argc, char** argv) {
    const bm::StopSignals signals;
    bm::test::FixtureCatalog fixture;
    bm::ChangeBus changes;
    bm::HttpTransportOptions options;
    options.port = 0;
    for (int at = 1; at < argc; ++at) {
        const std::string word = argv[at];
        if (word == "sse") {
            options.kind = bm::HttpTransportKind::sse;
        } else if (word == "stateless") {
            options.legacy_stateless = true;
        } else {
            options.port = std::atoi(argv[at]);
        }
    }
    options.stop_fd = signals.fd();
    options.log = [](bm::Severity severity, std::string_view what) {
        std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(bm::severity_name(severity).size()),
                     bm::severity_name(severity).data(), static_cast<int>(what.size()),
                     what.data());
    };
    options.on_listening = [](std::string_view url) {
        std::printf("%.*s\n", static_cast<int>(url.size()), url.data());
        std::fflush(stdout);
    };
    return bm::serve_http(fixture.catalog(), changes, options);
}
