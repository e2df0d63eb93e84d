#include "tests/support/http_fixture.hpp"

#include <future>
#include <stdexcept>
#include <utility>

#include <unistd.h>

namespace bm::test {
namespace {

using Json = JsonSchema::Json;

constexpr const char* version_key = "io.modelcontextprotocol/protocolVersion";
constexpr const char* capabilities_key = "io.modelcontextprotocol/clientCapabilities";

}  // namespace

HttpFixture::HttpFixture(const std::function<void(HttpTransportOptions&)>& adjust,
                         std::vector<Tool> more)
    : fixture_(std::move(more)), stop_(make_wake_pipe()) {
    HttpTransportOptions options;
    options.port = 0;
    options.stop_fd = stop_.read_end.number();
    options.hard_limit = std::chrono::seconds(20);
    options.give_up = [this] { gate().open(); };
    if (adjust) adjust(options);
    std::promise<int> listening;
    options.on_listening = [&listening](std::string_view url) {
        const std::size_t colon = url.find(':', url.find("//"));
        listening.set_value(std::stoi(std::string(url.substr(colon + 1))));
    };
    options.on_failure = [&listening](std::string_view reason) {
        listening.set_exception(std::make_exception_ptr(std::runtime_error(std::string(reason))));
    };
    auto port = listening.get_future();
    thread_ = std::jthread([this, options = std::move(options)]() mutable {
        code_ = serve_http(fixture_.catalog(), changes_, std::move(options));
    });
    port_ = port.get();
}

HttpFixture::~HttpFixture() {
    stop();
    gate().open();
}

void HttpFixture::stop() {
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(stop_.write_end.number(), &byte, 1);
}

int HttpFixture::wait() {
    thread_.join();
    return code_;
}

Json rpc_request(Json id, const std::string& method, Json params) {
    Json out = {{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"method", method}};
    if (!params.is_null()) out["params"] = std::move(params);
    return out;
}

Json tool_call(Json id, const std::string& tool) {
    return rpc_request(std::move(id), "tools/call", {{"name", tool}});
}

Json modern_request(Json id, const std::string& method, Json params) {
    params["_meta"][version_key] = "2026-07-28";
    params["_meta"][capabilities_key] = Json::object();
    return rpc_request(std::move(id), method, std::move(params));
}

Json modern_call(Json id, const std::string& tool) {
    return modern_request(std::move(id), "tools/call", {{"name", tool}});
}

FieldList modern_fields(const Json& message) {
    FieldList out = {{"MCP-Protocol-Version", "2026-07-28"},
                     {"Mcp-Method", message.at("method").get<std::string>()}};
    const Json& params = message.at("params");
    for (const char* source : {"name", "uri", "taskId"}) {
        if (params.contains(source))
            out.emplace_back("Mcp-Name", params[source].get<std::string>());
    }
    return out;
}

FieldList McpHttpClient::all_fields(const FieldList& extra) const {
    FieldList out = {{"Content-Type", "application/json"},
                     {"Accept", "application/json, text/event-stream"}};
    if (!session_.empty()) out.emplace_back("Mcp-Session-Id", session_);
    out.insert(out.end(), fields.begin(), fields.end());
    out.insert(out.end(), extra.begin(), extra.end());
    return out;
}

void McpHttpClient::initialize(const std::string& version, const Json& capabilities) {
    session_.clear();
    const HttpReply reply =
        post(rpc_request("open " + version, "initialize",
                         {{"protocolVersion", version},
                          {"capabilities", capabilities},
                          {"clientInfo", {{"name", "test"}, {"version", "1"}}}}));
    if (reply.status != 200) throw std::runtime_error("initialize failed: " + reply.body);
    messages(reply);
    session_ = reply.field("MCP-Session-Id");
    post({{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}});
}

HttpReply McpHttpClient::post_text(const std::string& body, const FieldList& extra) {
    HttpClient connection(server_.port(), from);
    check_.sent(body);
    connection.write(http_request("POST", path_, all_fields(extra), body));
    return connection.read();
}

HttpReply McpHttpClient::post(const Json& message, const FieldList& extra) {
    return post_text(message.dump(), extra);
}

void McpHttpClient::post_on(HttpClient& connection, const Json& message, const FieldList& extra) {
    check_.sent(message.dump());
    connection.write(http_request("POST", path_, all_fields(extra), message.dump()));
}

HttpReply McpHttpClient::modern(Json message, const FieldList& extra) {
    HttpClient connection(server_.port(), from);
    modern_on(connection, std::move(message), extra);
    return connection.read();
}

void McpHttpClient::modern_on(HttpClient& connection, Json message, const FieldList& extra) {
    FieldList own = modern_fields(message);
    own.insert(own.end(), extra.begin(), extra.end());
    post_on(connection, message, own);
}

void McpHttpClient::listen_on(HttpClient& connection, const FieldList& extra) {
    FieldList own = {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session_}};
    own.insert(own.end(), extra.begin(), extra.end());
    connection.write(http_request("GET", path_, own));
}

HttpReply McpHttpClient::end_session() {
    HttpClient connection(server_.port(), from);
    connection.write(http_request("DELETE", path_, {{"Mcp-Session-Id", session_}}));
    return connection.read();
}

Json McpHttpClient::message(const std::string& event) {
    Json message = Json::parse(event_data(event));
    check_.received(message);
    return message;
}

std::vector<Json> McpHttpClient::messages(const HttpReply& reply) {
    std::vector<Json> out;
    if (reply.field("Content-Type") == "application/json") {
        out.push_back(Json::parse(reply.body));
        check_.received(out.back());
        return out;
    }
    std::string rest = reply.body;
    while (!rest.empty()) {
        const std::size_t end = rest.find("\n\n");
        const std::string event = rest.substr(0, end);
        if (event.front() != ':' && !event_data(event).empty()) out.push_back(message(event));
        rest.erase(0, end == std::string::npos ? end : end + 2);
    }
    return out;
}

}  // namespace bm::test
