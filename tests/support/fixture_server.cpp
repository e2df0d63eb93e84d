#include "tests/support/fixture_server.hpp"

#include <memory>
#include <utility>

#include <unistd.h>

#include "tests/conformance/fixtures.hpp"

namespace bm::test {

FixtureServer::FixtureServer(const Options& options)
    : asking_(conformance::all_fixtures(changes_)), stop_(make_wake_pipe()) {
    PipePair to_server = make_pipe();
    PipePair from_server = make_pipe();
    auto connection = std::make_unique<StdioConnection>(
        std::move(to_server.read_end), std::move(from_server.write_end),
        StdioConnection::Options{stop_.read_end.number(), options.longest_line});
    client_.emplace(std::move(to_server.write_end), std::move(from_server.read_end));
    thread_ = std::jthread([this, options, wire = std::move(connection)]() mutable {
        const Dispatcher dispatcher(options.asking ? asking_ : fixture_.catalog(), {},
                                    options.page_size, nullptr, {.changes = &changes_});
        {
            Conversation conversation(dispatcher, changes_, *wire,
                                      {.workers = options.workers,
                                       .grace = options.grace,
                                       .hard_limit = options.hard_limit,
                                       .clock = options.clock});
            if (!conversation.run()) fixture_.gate().open();
        }
        wire.reset();  // the client sees the end
    });
}

FixtureServer::~FixtureServer() {
    client_->close();
    gate().open();
}

void FixtureServer::stop() {
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(stop_.write_end.number(), &byte, 1);
}

}  // namespace bm::test
