#include "server/trusted_proxies.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/http_fixture.hpp"

using namespace std::chrono_literals;
using bm::IpAddress;
using bm::TrustedProxies;
using bm::test::FieldList;
using bm::test::HttpClient;
using bm::test::HttpFixture;
using bm::test::McpHttpClient;

namespace {

TrustedProxies proxies(const std::vector<std::string>& ranges) {
    std::string complaint;
    auto out = TrustedProxies::from(ranges, complaint);
    REQUIRE_MESSAGE(out, complaint);
    return *out;
}

std::string client_of(const TrustedProxies& proxies, const std::string& peer,
                      const std::vector<std::string>& values) {
    bm::HttpFields fields;
    for (const std::string& value : values) fields.add("x-forwarded-For", value);
    return proxies.client_of(peer, fields);
}

}  // namespace

TEST_CASE("proxies are named by address or network, and by nothing else") {
    struct Row {
        const char* range;
        const char* complaint;  ///< a part of it; empty: it is a range
    };
    const std::vector<Row> rows = {
        {"127.0.0.1", ""},
        {"10.0.0.0/8", ""},
        {"::1", ""},
        {"2001:db8::/32", ""},
        {"fd00::/8", ""},
        {"::ffff:192.0.2.7", ""},
        {"192.0.2.7/32", ""},
        {"", "not the address"},
        {"localhost", "not the address"},
        {"10.0.0", "not the address"},
        {"010.0.0.1", "not the address"},
        {"127.0.0.1 ", "not the address"},
        {"[::1]", "not the address"},
        {"127.0.0.1:80", "not the address"},
        {"fe80::1%eth0", "not the address"},
        {"10.0.0.0/", "from 1 to 32"},
        {"10.0.0.0/33", "from 1 to 32"},
        {"10.0.0.0/08", "from 1 to 32"},
        {"10.0.0.0/+8", "from 1 to 32"},
        {"10.0.0.0/8/8", "from 1 to 32"},
        {"0.0.0.0/0", "from 1 to 32"},
        {"::/0", "from 1 to 128"},
        {"::1/129", "from 1 to 128"},
        {"10.1.2.3/8", "the network is 10.0.0.0/8"},
        {"2001:db8::1/33", "the network is 2001:db8::/33"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.range);
        std::string complaint;
        const auto made = TrustedProxies::from({row.range}, complaint);
        CHECK(made.has_value() == (std::string(row.complaint).empty()));
        CHECK(complaint.find(row.complaint) != std::string::npos);
        if (!made) CHECK(complaint.find(row.range) != std::string::npos);
    }
}

TEST_CASE("a network has the addresses with its first bits") {
    const TrustedProxies ours = proxies({"10.128.0.0/9", "2001:db8:8000::/33", "192.0.2.7"});
    for (const char* inside : {"10.128.0.0", "10.255.255.255", "2001:db8:8000::1",
                               "2001:db8:ffff::", "192.0.2.7", "::ffff:192.0.2.7"}) {
        CAPTURE(inside);
        CHECK(ours.contain(inside));
    }
    for (const char* outside : {"10.127.255.255", "11.128.0.0", "2001:db8:7fff::", "192.0.2.8",
                                "::", "::a80:0", "", "unknown"}) {
        CAPTURE(outside);
        CHECK_FALSE(ours.contain(outside));
    }
    CHECK_FALSE(TrustedProxies().contain("127.0.0.1"));
}

TEST_CASE("one address has one text") {
    CHECK(IpAddress::from("2001:DB8:0:0::7")->text() == "2001:db8::7");
    CHECK(IpAddress::from("::FFFF:192.0.2.7")->text() == "192.0.2.7");
    CHECK(IpAddress::from("::ffff:c000:0207") == IpAddress::from("192.0.2.7"));
    CHECK_FALSE(IpAddress::from(std::string_view("192.0.2.7\0x", 11)));
}

TEST_CASE("a hop is an address, with a port or without, or nothing") {
    struct Row {
        const char* hop;
        const char* address;
    };
    const std::vector<Row> rows = {{"192.0.2.7", "192.0.2.7"},
                                   {"192.0.2.7:8080", "192.0.2.7"},
                                   {"2001:db8::7", "2001:db8::7"},
                                   {"[2001:db8::7]", "2001:db8::7"},
                                   {"[2001:db8::7]:443", "2001:db8::7"},
                                   {"::ffff:192.0.2.7", "192.0.2.7"},
                                   {"unknown", ""},
                                   {"_hidden", ""},
                                   {"", ""},
                                   {"192.0.2", ""},
                                   {"192.0.2.7:", ""},
                                   {"192.0.2.7:99999", ""},
                                   {"192.0.2.7:8x", ""},
                                   {"192.0.2.7 192.0.2.8", ""},
                                   {"\"192.0.2.7\"", ""},
                                   {"[192.0.2.7]", ""},
                                   {"[::1", ""},
                                   {"[::1]x", ""},
                                   {"[::1]:", ""},
                                   {"for=192.0.2.7", ""}};
    for (const Row& row : rows) {
        CAPTURE(row.hop);
        const auto address = bm::forwarded_address(row.hop);
        CHECK((address ? address->text() : "") == row.address);
    }
}

TEST_CASE("a request comes from the last hop that is no proxy of ours") {
    const TrustedProxies ours = proxies({"127.0.0.1", "10.0.0.0/8"});
    struct Row {
        const char* peer;
        std::vector<std::string> values;
        const char* client;
    };
    const std::vector<Row> rows = {
        {"127.0.0.1", {}, "127.0.0.1"},
        {"127.0.0.1", {"203.0.113.9"}, "203.0.113.9"},
        // What the client itself has sent stands in front.
        {"127.0.0.1", {"192.0.2.1, 203.0.113.9"}, "203.0.113.9"},
        {"127.0.0.1", {"10.0.0.1, 203.0.113.9"}, "203.0.113.9"},
        {"127.0.0.1", {"192.0.2.1", "203.0.113.9"}, "203.0.113.9"},
        // Over two proxies.
        {"127.0.0.1", {"192.0.2.1, 203.0.113.9, 10.1.1.1"}, "203.0.113.9"},
        {"127.0.0.1", {"192.0.2.1, 203.0.113.9", "10.1.1.1"}, "203.0.113.9"},
        // From a machine of ours.
        {"127.0.0.1", {"10.2.2.2,10.1.1.1"}, "10.2.2.2"},
        // A proxy that does not know whom it calls for counts itself.
        {"127.0.0.1", {"203.0.113.9, unknown"}, "127.0.0.1"},
        {"127.0.0.1", {"203.0.113.9, unknown, 10.1.1.1"}, "10.1.1.1"},
        {"127.0.0.1", {""}, "127.0.0.1"},
        {"127.0.0.1", {" , 203.0.113.9 ,, "}, "203.0.113.9"},
        {"127.0.0.1", {"2001:DB8::7"}, "2001:db8::7"},
        // Strangers are not asked.
        {"203.0.113.1", {"203.0.113.9"}, "203.0.113.1"},
        {"127.0.0.2", {"203.0.113.9"}, "127.0.0.2"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.peer);
        CAPTURE(row.client);
        CHECK(client_of(ours, row.peer, row.values) == row.client);
    }
    CHECK(client_of({}, "127.0.0.1", {"203.0.113.9"}) == "127.0.0.1");
}

TEST_CASE("the elements of Forwarded name their hops") {
    struct Row {
        const char* field;
        std::vector<std::string> hops;
    };
    const std::vector<Row> rows = {
        {"for=192.0.2.7", {"192.0.2.7"}},
        {"For=\"[2001:db8:cafe::17]:4711\"", {"[2001:db8:cafe::17]:4711"}},
        {"for=192.0.2.7;proto=http;by=203.0.113.43 , proto=https; FOR=\"198.51.100.1\"",
         {"192.0.2.7", "198.51.100.1"}},
        {"for=unknown, , for=_hidden", {"unknown", "_hidden"}},
        {"by=10.0.0.1", {""}},
        {"for=192.0.2.7;for=192.0.2.8", {""}},
        {"host=\"a, for=1.2.3.4\";for=192.0.2.7", {"192.0.2.7"}},
        {"host=\"a\\\", for=1.2.3.4\";for=192.0.2.7", {"192.0.2.7"}},
        {"for=\"192.0.2\\.7\"", {"192.0.2.7"}},
        {"for=\"192.0.2.7, for=1.2.3.4", {""}},
        {"for=192.0.2.7, host=\"a\\\"", {""}},
        {"for", {""}},
        {"", {}}};
    for (const Row& row : rows) {
        CAPTURE(row.field);
        CHECK(bm::forwarded_hops(row.field) == row.hops);
    }
}

TEST_CASE("a proxy may name its client by the standard, and is not contradicted by the client") {
    const TrustedProxies ours = proxies({"127.0.0.1", "10.0.0.0/8"});
    struct Row {
        FieldList fields;
        const char* client;
    };
    const std::vector<Row> rows = {
        {{{"Forwarded", "for=192.0.2.7"}}, "192.0.2.7"},
        {{{"forwarded", "for=1.2.3.4, for=192.0.2.7;proto=https, for=10.1.1.1"}}, "192.0.2.7"},
        {{{"Forwarded", "for=1.2.3.4"}, {"Forwarded", "for=\"[2001:db8::7]:80\""}}, "2001:db8::7"},
        {{{"Forwarded", "for=192.0.2.7, for=_secret"}}, "127.0.0.1"},
        {{{"Forwarded", "for=192.0.2.7, for=_secret, for=10.1.1.1"}}, "10.1.1.1"},
        {{{"Forwarded", "for=\"192.0.2.7"}}, "127.0.0.1"},
        {{{"Forwarded", "for=192.0.2.7"}, {"X-Forwarded-For", "192.0.2.7"}}, "192.0.2.7"},
        // One of them is the client's own.
        {{{"Forwarded", "for=192.0.2.7"}, {"X-Forwarded-For", "192.0.2.8"}}, "127.0.0.1"}};
    for (const Row& row : rows) {
        CAPTURE(row.client);
        bm::HttpFields fields;
        for (const auto& [name, value] : row.fields) fields.add(name, value);
        CHECK(ours.client_of("127.0.0.1", fields) == row.client);
        CHECK(ours.client_of("192.0.2.99", fields) == "192.0.2.99");
    }
}

TEST_CASE("behind a proxy each of its visitors has streams of its own") {
    const auto status_of_listener = [](HttpFixture& server, HttpClient& connection,
                                       const FieldList& more) {
        McpHttpClient client(server);
        client.fields = more;
        client.initialize();
        client.listen_on(connection, more);
        return connection.read_head().status;
    };
    const FieldList ann = {{"X-Forwarded-For", "203.0.113.9"}};
    const FieldList bob = {{"X-Forwarded-For", "203.0.113.9, 198.51.100.1"}};
    for (const bool is_trusted : {true, false}) {
        CAPTURE(is_trusted);
        HttpFixture server([&](bm::HttpTransportOptions& options) {
            options.streams.per_client = 1;
            if (is_trusted) options.trusted_proxies = {"127.0.0.2"};
        });
        // From an address that is limited like any other.
        HttpClient first(server.port(), "127.0.0.2");
        HttpClient second(server.port(), "127.0.0.2");
        HttpClient third(server.port(), "127.0.0.2");
        CHECK(status_of_listener(server, first, ann) == 200);
        CHECK(status_of_listener(server, second, ann) == 429);
        CHECK(status_of_listener(server, third, bob) == (is_trusted ? 200 : 429));
    }
}

TEST_CASE("programs of this machine have the streams of all, but a proxy's visitors do not") {
    for (const bool is_proxy : {false, true}) {
        CAPTURE(is_proxy);
        HttpFixture server([&](bm::HttpTransportOptions& options) {
            options.streams = {.total = 3, .per_client = 1};
            options.sessions.sessions_per_client = 1;
            if (is_proxy) options.trusted_proxies = {"127.0.0.1"};
        });
        McpHttpClient client(server);
        // Nobody can say for whom the proxy calls.
        if (is_proxy) client.fields = {{"X-Forwarded-For", "unknown"}};
        HttpClient first(server.port());
        HttpClient second(server.port());
        client.initialize();
        client.listen_on(first, client.fields);
        CHECK(first.read_head().status == 200);
        client.listen_on(second, client.fields);
        CHECK(second.read_head().status == (is_proxy ? 429 : 200));
        // The first session listens, so it makes no room.
        const bm::test::HttpReply another = client.post(
            bm::test::rpc_request(1, "initialize",
                                  {{"protocolVersion", "2025-11-25"},
                                   {"capabilities", McpHttpClient::Json::object()},
                                   {"clientInfo", {{"name", "test"}, {"version", "1"}}}}));
        CHECK(another.status == (is_proxy ? 429 : 200));
    }
}

TEST_CASE("a server does not start with a proxy that is none") {
    std::string told;
    try {
        HttpFixture server([](bm::HttpTransportOptions& options) {
            options.trusted_proxies = {"proxy.example.com"};
        });
    } catch (const std::runtime_error& error) {
        told = error.what();
    }
    CHECK(told.find("'proxy.example.com' is not the address of a proxy") != std::string::npos);
}
