#include "server/http_head.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/chunked_body.hpp"

namespace {

std::string with_fields(const std::string& fields, const std::string& method = "POST") {
    return method + " /mcp HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

int refusal_of(const std::string& head) {
    const auto parsed = bm::parse_http_head(head);
    const auto* refusal = std::get_if<bm::HttpRefusal>(&parsed);
    return refusal == nullptr ? 0 : refusal->status;
}

bm::HttpHead parsed(const std::string& head) {
    auto result = bm::parse_http_head(head);
    if (const auto* refusal = std::get_if<bm::HttpRefusal>(&result)) FAIL(refusal->reason);
    return std::get<bm::HttpHead>(std::move(result));
}

}  // namespace

TEST_CASE("a head gives its parts as they came") {
    const auto head = parsed(
        "POST /a%20b?x=%00&y HTTP/1.1\r\nhost: LocalHost:80\r\nMcp-Name:\t file:///a%20b.md \t\r\n"
        "X-Empty:\r\nREMOTE_ADDR: 1.2.3.4\r\nContent-Length: 12\r\n\r\n");
    CHECK(head.request.method == "POST");
    CHECK(head.request.path == "/a%20b");
    CHECK(head.request.query == "x=%00&y");
    CHECK(head.request.fields.find("HOST") == "LocalHost:80");
    CHECK(head.request.fields.find("mcp-name") == "file:///a%20b.md");
    CHECK(head.request.fields.find("x-empty") == "");
    CHECK(head.length == 12);
    CHECK(head.keeps_alive);
    CHECK_FALSE(head.is_chunked);
}

TEST_CASE("what two readers could take in two ways is refused") {
    struct Row {
        const char* what;
        std::string head;
        int status;
    };
    const std::vector<Row> rows = {
        {"plain", with_fields(""), 0},
        {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"bare CR in a value", with_fields("X: a\rb\r\n"), 400},
        {"folded line", with_fields("X: a\r\n b\r\n"), 400},
        {"blank before the colon", with_fields("X : a\r\n"), 400},
        {"no colon", with_fields("X\r\n"), 400},
        {"empty name", with_fields(": a\r\n"), 400},
        {"NUL", with_fields(std::string("X: a\0b\r\n", 8)), 400},
        {"DEL", with_fields("X: a\x7f\r\n"), 400},
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", with_fields("Host: other\r\n"), 400},
        {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
        {"other version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"not HTTP", "GET / FTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"target without a slash", "GET mcp HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"star for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"star for OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"absolute target", "GET http://a/mcp HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"absolute target of another", "GET http://b/mcp HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"method with a slash", "GE/T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"two lengths", with_fields("Content-Length: 1\r\nContent-Length: 1\r\n"), 400},
        {"list of lengths", with_fields("Content-Length: 1, 1\r\n"), 400},
        {"length in words", with_fields("Content-Length: abc\r\n"), 400},
        {"length with a sign", with_fields("Content-Length: +1\r\n"), 400},
        {"empty length", with_fields("Content-Length:\r\n"), 400},
        {"endless length", with_fields("Content-Length: 99999999999999999999\r\n"), 413},
        {"length and coding", with_fields("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
         400},
        {"unknown coding", with_fields("Transfer-Encoding: gzip\r\n"), 501},
        {"two codings", with_fields("Transfer-Encoding: gzip, chunked\r\n"), 501},
        {"coding twice",
         with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 501},
        {"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"compressed body", with_fields("Content-Encoding: gzip\r\n"), 415},
        {"identity", with_fields("Content-Encoding: identity\r\n"), 0},
        {"body of a GET", with_fields("Content-Length: 1\r\n", "GET"), 400},
        {"chunks of a GET", with_fields("Transfer-Encoding: chunked\r\n", "GET"), 400},
        {"no body of a GET", with_fields("Content-Length: 0\r\n", "GET"), 0},
        {"strange expectation", with_fields("Expect: miracles\r\n"), 417},
        {"something behind", with_fields("") + "x", 400},
        {"nothing", "", 400},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(refusal_of(row.head) == row.status);
    }
}

TEST_CASE("a head has limits") {
    std::string fields;
    for (int i = 0; i < 99; ++i) fields += "X-" + std::to_string(i) + ": a\r\n";
    CHECK(refusal_of(with_fields(fields)) == 0);
    CHECK(refusal_of(with_fields(fields + "X-99: a\r\n")) == 431);
    CHECK(refusal_of(with_fields("X: " + std::string(16'000, 'a') + "\r\n")) == 0);
    CHECK(refusal_of(with_fields("X: " + std::string(17'000, 'a') + "\r\n")) == 431);
    CHECK(refusal_of("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 414);
}

TEST_CASE("the connection goes on unless either side says otherwise") {
    CHECK(parsed(with_fields("Connection: keep-alive\r\n")).keeps_alive);
    CHECK_FALSE(parsed(with_fields("Connection: x, Close\r\n")).keeps_alive);
    CHECK_FALSE(parsed(with_fields("Connection: x\r\nConnection: close\r\n")).keeps_alive);
    CHECK_FALSE(parsed("GET / HTTP/1.0\r\n\r\n").keeps_alive);
    CHECK(parsed(with_fields("Expect: 100-continue\r\nContent-Length: 1\r\n")).awaits_continue);
    CHECK_FALSE(parsed(with_fields("Expect: 100-continue\r\n")).awaits_continue);
}

TEST_CASE("the end of a head is found where it is") {
    CHECK(bm::end_of_head("") == std::nullopt);
    CHECK(bm::end_of_head("GET / HTTP/1.1\r\nHost: a\r\n") == std::nullopt);
    CHECK(bm::end_of_head("a\r\n\r\nrest") == 5);
    CHECK(bm::end_of_head("a\n\nrest") == 3);
    CHECK(bm::end_of_head("a\r\n\r") == std::nullopt);
}

TEST_CASE("chunks are put together, however they come") {
    const std::string wire = "5;ext=1\r\nhello\r\nA\r\n, chunks..\r\n0\r\nTrailer: x\r\n\r\nnext";
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, wire.size()}) {
        CAPTURE(step);
        bm::ChunkedBody body(100);
        auto state = bm::ChunkedBody::State::incomplete;
        std::size_t at = 0;
        std::string_view piece;
        while (state == bm::ChunkedBody::State::incomplete && at < wire.size()) {
            piece = std::string_view(wire).substr(at, step);
            at += piece.size();
            state = body.feed(piece);
        }
        CHECK(state == bm::ChunkedBody::State::complete);
        CHECK(body.body() == "hello, chunks..");
        CHECK(std::string(piece) + wire.substr(at) == "next");
    }
}

TEST_CASE("chunks that are wrong or too many are told apart") {
    using State = bm::ChunkedBody::State;
    struct Row {
        const char* what;
        std::string wire;
        State state;
    };
    const std::vector<Row> rows = {
        {"empty size", "\r\n", State::malformed},
        {"sign", "+5\r\n", State::malformed},
        {"words", "xyz\r\n", State::malformed},
        {"bare LF", "5\nhello", State::malformed},
        {"blank behind", "5 \r\n", State::malformed},
        {"other text behind", "5x\r\n", State::malformed},
        {"no line end behind the data", "2\r\nabc\r\n", State::malformed},
        {"control character", "5;a\x01\r\n", State::malformed},
        {"endless line", std::string(300, 'a'), State::malformed},
        {"endless digits", "000000000000005\r\n", State::too_large},
        {"more than the limit", "B\r\n", State::too_large},
        {"more in sum", "6\r\nabcdef\r\n5\r\n", State::too_large},
        {"just the limit", "A\r\n0123456789\r\n0\r\n\r\n", State::complete},
        {"endless trailers",
         "0\r\n" +
             [] {
                 std::string lines;
                 for (int i = 0; i < 50; ++i) lines += "T: " + std::string(100, 'a') + "\r\n";
                 return lines;
             }(),
         State::malformed},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        bm::ChunkedBody body(10);
        std::string_view rest = row.wire;
        CHECK(body.feed(rest) == row.state);
    }
}
