#include <cstdio>
#include <string_view>

#include "server/stdio_server.hpp"
#include "server/stop_signals.hpp"
#include "tests/conformance/fixtures.hpp"

/// A server of the fixtures that the conformance suites call, on standard input and output.
int main() {
    const bm::StopSignals signals;
    bm::ChangeBus changes;
    const bm::Catalog catalog(bm::conformance::all_fixtures(changes));
    bm::StdioOptions options;
    options.stop_fd = signals.fd();
    options.log = [](bm::Severity, std::string_view text) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
    };
    return bm::serve_stdio(catalog, changes, std::move(options));
}
