#include "server/stdio_server.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include "server/dispatcher.hpp"
#include "server/standard_streams.hpp"

namespace bm {

int serve_stdio(const Catalog& catalog, ChangeBus& changes, StdioOptions options) {
    if (const auto reason = unusable_standard_streams()) {
        if (options.log) options.log(Severity::error, *reason);
        return EXIT_FAILURE;
    }
    const auto claimed = [](FileDescriptor stream, const char* name) {
        if (stream) return stream;
        throw std::system_error(errno, std::generic_category(),
                                std::string("cannot duplicate standard ") + name);
    };
    FileDescriptor input = claimed(claim_standard_input(), "input");
    FileDescriptor output = claimed(claim_standard_output(), "output");
    const Dispatcher dispatcher(catalog, options.announced, options.page_size, options.log,
                                {.changes = &changes});
    StdioConnection connection(std::move(input), std::move(output),
                               {.stop_fd = options.stop_fd, .log = options.log});
    Conversation conversation(dispatcher, changes, connection,
                              {.workers = options.workers, .log = options.log});
    if (!conversation.run()) {
        if (options.log) options.log(Severity::warning, "a call did not end when told to");
        if (!options.give_up) std::_Exit(EXIT_SUCCESS);
        options.give_up();
    }
    return EXIT_SUCCESS;
}

}  // namespace bm
