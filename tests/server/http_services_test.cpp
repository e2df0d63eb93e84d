// One server, a service for each account: what belongs to one is unknown to the other.
#include <future>
#include <map>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <unistd.h>

#include "server/http_transport.hpp"
#include "tests/support/http_fixture.hpp"

using bm::test::FieldList;
using bm::test::http_request;
using bm::test::HttpClient;
using bm::test::HttpReply;
using bm::test::rpc_request;
using Json = bm::test::McpHttpClient::Json;

namespace {

/// Two accounts whose principals have one name, so that nothing but the account keeps them apart.
class AccountAuthorizer final : public bm::Authorizer {
public:
    std::variant<bm::Principal, bm::HttpResponse> authorize(
        const bm::HttpRequest& request) override {
        const auto token = request.fields.find("Authorization").value_or("");
        if (token == "Bearer one") return bm::Principal{"same", bm::Scope::write, {}, 1};
        if (token == "Bearer two") return bm::Principal{"same", bm::Scope::write, {}, 2};
        if (token == "Bearer none") return bm::Principal{"none", bm::Scope::write, {}, {}};
        bm::HttpResponse response;
        response.status = 401;
        return response;
    }
    bm::HttpResponse refuse_scope(bm::Scope /*needed*/) override {
        bm::HttpResponse response;
        response.status = 403;
        return response;
    }
};

class AccountServices final : public bm::McpServices {
public:
    std::variant<std::shared_ptr<bm::McpService>, bm::HttpResponse> open(
        const bm::Principal& caller, const bm::SharedEndpointParts& shared) override {
        if (!caller.user) {
            bm::HttpResponse response;
            response.status = 403;
            return response;
        }
        const std::scoped_lock lock(mutex_);
        auto& service = services_[*caller.user];
        if (!service) {
            service = std::make_shared<bm::McpService>(fixture_.catalog(), changes_, shared);
        }
        return service;
    }
    std::vector<std::shared_ptr<bm::McpService>> all_open() override {
        const std::scoped_lock lock(mutex_);
        std::vector<std::shared_ptr<bm::McpService>> all;
        for (const auto& [account, service] : services_) all.push_back(service);
        return all;
    }
    void end() override {
        const std::scoped_lock lock(mutex_);
        services_.clear();
    }

private:
    bm::test::FixtureCatalog fixture_;
    bm::ChangeBus changes_{std::chrono::milliseconds(1)};
    std::mutex mutex_;
    std::map<std::int64_t, std::shared_ptr<bm::McpService>> services_;
};

/// Tells how long the bodies are that come below `/files/`, far beyond what handlers are given.
class LengthBranch final : public bm::HttpBranch {
public:
    bool owns(std::string_view path) const noexcept override { return path.starts_with("/files/"); }
    void serve(bm::HttpExchange& exchange) override {
        if (!exchange.read_body(1 << 20)) return;
        bm::HttpResponse response;
        response.body = std::to_string(exchange.request().body.size());
        exchange.answer(response);
    }
};

class ServicesFixture {
public:
    ServicesFixture() {
        bm::HttpTransportOptions options;
        options.port = 0;
        options.stop_fd = stop_.read_end.number();
        options.authorizer = &authorizer_;
        options.branches = {&branch_};
        std::promise<int> listening;
        options.on_listening = [&listening](std::string_view url) {
            listening.set_value(
                std::stoi(std::string(url.substr(url.find(':', url.find("//")) + 1))));
        };
        auto port = listening.get_future();
        thread_ = std::jthread([this, options = std::move(options)]() mutable {
            code_ = bm::serve_http(services_, std::move(options));
        });
        port_ = port.get();
    }
    ServicesFixture(const ServicesFixture&) = delete;
    ServicesFixture& operator=(const ServicesFixture&) = delete;
    ~ServicesFixture() { stop(); }

    int stop() {
        const char byte = 1;
        [[maybe_unused]] const auto written = ::write(stop_.write_end.number(), &byte, 1);
        if (thread_.joinable()) thread_.join();
        return code_;
    }

    HttpReply send(const std::string& method, const std::string& token, const Json& message,
                   const std::string& session = {}) {
        FieldList fields = {{"Content-Type", "application/json"},
                            {"Accept", "application/json, text/event-stream"},
                            {"Authorization", "Bearer " + token}};
        if (!session.empty()) fields.emplace_back("Mcp-Session-Id", session);
        HttpClient connection(port_);
        connection.write(
            http_request(method, "/mcp", fields, message.is_null() ? "" : message.dump()));
        return connection.read();
    }
    HttpReply put(const std::string& path, const std::string& body, const FieldList& fields = {}) {
        HttpClient connection(port_);
        connection.write(http_request("PUT", path, fields, body));
        return connection.read();
    }
    HttpReply put_to_host(const std::string& host) {
        HttpClient connection(port_);
        connection.write(http_request("PUT", "/files/a", {}, "x", host));
        return connection.read();
    }
    std::string open_session(const std::string& token) {
        const HttpReply reply =
            send("POST", token,
                 rpc_request(1, "initialize",
                             {{"protocolVersion", "2025-11-25"},
                              {"capabilities", Json::object()},
                              {"clientInfo", {{"name", "test"}, {"version", "1"}}}}));
        REQUIRE(reply.status == 200);
        return reply.field("MCP-Session-Id");
    }

private:
    AccountAuthorizer authorizer_;
    AccountServices services_;
    LengthBranch branch_;
    bm::WakePipe stop_ = bm::make_wake_pipe();
    int code_ = -1;
    int port_ = 0;
    std::jthread thread_;
};

}  // namespace

TEST_CASE(
    "a session of one account does not exist for another, whatever the principals are called") {
    ServicesFixture server;
    const std::string session = server.open_session("one");
    const Json listing = rpc_request(2, "tools/list");
    CHECK(server.send("POST", "one", listing, session).status == 200);
    CHECK(server.send("POST", "two", listing, session).status == 404);
    CHECK(server.send("GET", "two", nullptr, session).status == 404);
    CHECK(server.send("DELETE", "two", nullptr, session).status == 404);
    CHECK(server.send("POST", "one", listing, session).status == 200);
}

TEST_CASE("who calls is asked before a service is looked for") {
    ServicesFixture server;
    CHECK(server.send("POST", "nobody", rpc_request(1, "tools/list")).status == 401);
    CHECK(server.send("POST", "none", rpc_request(1, "tools/list")).status == 403);
    CHECK(server.send("PUT", "one", rpc_request(1, "tools/list")).status == 405);
}

TEST_CASE("a branch of paths reads its bodies itself") {
    ServicesFixture server;
    const std::string body(200'000, 'x');
    for (const auto& [path, status] : {std::pair("/files/a", 200), std::pair("/other", 404)}) {
        CAPTURE(path);
        CHECK(server.put(path, body).status == status);
    }
    CHECK(server.put("/files/a", body).body == "200000");
}

TEST_CASE("a branch of paths is reached under no foreign name and from no foreign page") {
    ServicesFixture server;
    CHECK(server.put_to_host("localhost").status == 200);
    CHECK(server.put_to_host("rebound.example.com").status == 403);
    CHECK(server.put("/files/a", "x", {{"Origin", "http://localhost:3000"}}).status == 200);
    for (const char* origin : {"https://evil.example.com", "null"}) {
        CAPTURE(origin);
        CHECK(server.put("/files/a", "x", {{"Origin", origin}}).status == 403);
    }
}

TEST_CASE("a server of many services ends at once and ends them") {
    ServicesFixture server;
    server.open_session("one");
    server.open_session("two");
    CHECK(server.stop() == EXIT_SUCCESS);
}
