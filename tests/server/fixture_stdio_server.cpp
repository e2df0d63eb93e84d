// The fixture catalog on standard input and output. With the argument "banner" it prints something
// first, as programs do.
#include <cstdio>
#include <cstring>

#include "server/standard_streams.hpp"
#include "server/stdio_server.hpp"
#include "server/stop_signals.hpp"
#include "tests/support/fixture_catalog.hpp"

int main(int argc, char** argv) {
    bm::occupy_closed_standard_streams();
    if (argc > 1 && std::strcmp(argv[1], "banner") == 0) std::fputs("Welcome\n", stdout);
    const bm::StopSignals signals;
    bm::test::FixtureCatalog fixture;
    bm::ChangeBus changes;
    bm::StdioOptions options;
    options.stop_fd = signals.fd();
    options.log = [](bm::Severity severity, std::string_view what) {
        std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(bm::severity_name(severity).size()),
                     bm::severity_name(severity).data(), static_cast<int>(what.size()),
                     what.data());
    };
    return bm::serve_stdio(fixture.catalog(), changes, options);
}
