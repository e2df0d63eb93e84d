#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "server/change_bus.hpp"
#include "server/file_descriptor.hpp"
#include "server/http_transport.hpp"
#include "tests/support/fixture_catalog.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wire_check.hpp"

namespace bm::test {

/// The fixture catalog served over HTTP within the test's process, on a port that the system picks.
class HttpFixture {
public:
    /// `adjust` may change the options before the start; `more` tools join those of the catalog.
    explicit HttpFixture(const std::function<void(HttpTransportOptions&)>& adjust = {},
                         std::vector<Tool> more = {});
    HttpFixture(const HttpFixture&) = delete;
    HttpFixture& operator=(const HttpFixture&) = delete;
    /// Stops the server, opens the gate and waits.
    ~HttpFixture();

    [[nodiscard]] int port() const noexcept { return port_; }
    [[nodiscard]] ChangeBus& changes() noexcept { return changes_; }
    [[nodiscard]] Gate& gate() noexcept { return fixture_.gate(); }
    /// As a signal would.
    void stop();
    /// Waits for the end of the server, and returns its exit code.
    int wait();

private:
    FixtureCatalog fixture_;
    ChangeBus changes_{std::chrono::milliseconds(1)};
    WakePipe stop_;
    int port_ = 0;
    int code_ = -1;
    std::jthread thread_;
};

/// A client of MCP over HTTP. Each request has a connection of its own unless it is given one.
/// Every message is checked against the schema of its revision.
class McpHttpClient {
public:
    using Json = JsonSchema::Json;

    explicit McpHttpClient(HttpFixture& server, std::string path = "/mcp")
        : server_(server), path_(std::move(path)) {}

    /// Fields that are sent with each message from now on, beside those that every client sends.
    FieldList fields;
    /// The address that it calls from where it makes the connection; see HttpClient.
    std::string from;

    /// Opens a session: initialize, and the notice that follows. Its id is sent from now on.
    void initialize(const std::string& version = "2025-11-25",
                    const Json& capabilities = Json::object());
    [[nodiscard]] const std::string& session() const noexcept { return session_; }

    /// Posts a message; `extra` fields come last.
    HttpReply post(const Json& message, const FieldList& extra = {});
    HttpReply post_text(const std::string& body, const FieldList& extra = {});
    /// Posts it on this connection and leaves the answer to be read.
    void post_on(HttpClient& connection, const Json& message, const FieldList& extra = {});
    /// A modern request with the headers that belong to it.
    HttpReply modern(Json message, const FieldList& extra = {});
    void modern_on(HttpClient& connection, Json message, const FieldList& extra = {});
    /// GET on this connection.
    void listen_on(HttpClient& connection, const FieldList& extra = {});
    HttpReply end_session();

    /// The messages in an answer: of its events, or its body. They count as received.
    std::vector<Json> messages(const HttpReply& reply);
    /// Counts as received.
    Json message(const std::string& event);
    [[nodiscard]] std::vector<std::string> violations() const { return check_.violations(); }

    [[nodiscard]] FieldList all_fields(const FieldList& extra) const;

private:
    HttpFixture& server_;
    std::string path_;
    std::string session_;
    WireCheck check_;
};

[[nodiscard]] JsonSchema::Json rpc_request(JsonSchema::Json id, const std::string& method,
                                           JsonSchema::Json params = nullptr);
[[nodiscard]] JsonSchema::Json tool_call(JsonSchema::Json id, const std::string& tool);
/// With the metadata that a modern request must have.
[[nodiscard]] JsonSchema::Json modern_request(JsonSchema::Json id, const std::string& method,
                                              JsonSchema::Json params = JsonSchema::Json::object());
[[nodiscard]] JsonSchema::Json modern_call(JsonSchema::Json id, const std::string& tool);
/// The headers that repeat it.
[[nodiscard]] FieldList modern_fields(const JsonSchema::Json& message);

}  // namespace bm::test
