#include "cloud/http_client.hpp"

#include <atomic>
#include <chrono>

#include <doctest/doctest.h>
#include <sys/eventfd.h>

#include "server/file_descriptor.hpp"
#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

using std::chrono::milliseconds;

/// Tells what it was sent, and streams or hangs where it is asked to.
class Mirror final : public HttpService {
public:
    void serve(HttpExchange& exchange) override {
        if (!exchange.read_body(std::size_t{64} * 1024 * 1024)) return;
        const HttpRequest& request = exchange.request();
        if (request.path == "/redirect") {
            HttpResponse response = plain_response(302, "elsewhere");
            response.fields.add("Location", "/mirror");
            return exchange.answer(response);
        }
        if (request.path == "/stream") {
            HttpResponse head;
            head.fields.add("Content-Type", "text/event-stream");
            exchange.begin_stream(head);
            // What was said goes out when the exchange waits.
            while (exchange.send("data: x\n\n")) {
                const auto soon = std::chrono::steady_clock::now() + milliseconds(5);
                if (exchange.wait(never_.number(), soon) == HttpExchange::Waited::peer_gone) return;
            }
            return;
        }
        if (request.path == "/large")
            return exchange.answer(plain_response(200, std::string(5000, 'x')));
        HttpResponse response = plain_response(
            200, request.method + ' ' + std::to_string(request.body.size()) + ' ' +
                     std::string(request.fields.find("x-own").value_or("")) + ' ' +
                     std::string(request.fields.find("expect").value_or("no-expect")));
        response.fields.add("X-Told", "yes");
        exchange.answer(response);
    }

private:
    FileDescriptor never_{::eventfd(0, EFD_CLOEXEC)};
};

struct Fixture {
    Mirror mirror;
    std::unique_ptr<HttpServer> server = std::move(*HttpServer::open(mirror, {}));
    std::string url = "http://127.0.0.1:" + std::to_string(server->port());
    std::unique_ptr<HttpClient> client = make_http_client();
};

TEST_CASE("every method arrives with its headers and its body") {
    Fixture f;
    const auto got = f.client->send({.url = f.url + "/mirror", .headers = {{"X-Own", "mine"}}});
    REQUIRE(got);
    CHECK(got->status == 200);
    CHECK(got->body.starts_with("GET 0 mine no-expect"));
    CHECK(got->header("x-told") == "yes");
    CHECK_FALSE(got->header("x-untold"));
    const auto post =
        f.client->send({.method = "POST", .url = f.url + "/m", .body = std::string(300'000, 'b')});
    REQUIRE(post);
    CHECK(post->body.starts_with("POST 300000"));
    CHECK(f.client->send({.method = "DELETE", .url = f.url + "/m"})->body.starts_with("DELETE 0"));
    const test::TemporaryFolder folder;
    folder.write("file", std::string(200'000, 'f'));
    const auto put =
        f.client->send({.method = "PUT", .url = f.url + "/m", .file = folder.path() / "file"});
    REQUIRE(put);
    CHECK(put->body.starts_with("PUT 200000"));
    CHECK(f.client->send({.method = "PUT", .url = f.url, .file = folder.path() / "none"})
              .error()
              .fault == CloudFault::local_io);
}

TEST_CASE("4.1.4: no redirect is followed") {
    Fixture f;
    const auto answer = f.client->send({.url = f.url + "/redirect"});
    REQUIRE(answer);
    CHECK(answer->status == 302);
    CHECK(answer->header("location") == "/mirror");
}

TEST_CASE("an answer has a limit, a call an end, and a closed port a sentence") {
    Fixture f;
    CHECK_FALSE(f.client->send({.url = f.url + "/large", .most_bytes = 100}));
    const auto late = f.client->send({.url = f.url + "/stream", .timeout = milliseconds(100)});
    REQUIRE_FALSE(late);
    CHECK(late.error().fault == CloudFault::network);
    f.server.reset();
    const auto gone = f.client->send({.url = f.url + "/x?secret=1"});
    REQUIRE_FALSE(gone);
    CHECK(gone.error().fault == CloudFault::network);
    CHECK(gone.error().message.starts_with("Cannot reach " + f.url + ": "));
    CHECK(gone.error().message.find("secret") == std::string::npos);
    for (const char* url : {"ftp://x", "file:///etc/passwd", "x", ""})
        CHECK(f.client->send({.url = url}).error().fault == CloudFault::usage);
}

TEST_CASE("a stream comes piece by piece and is cut off at once, from either side") {
    Fixture f;
    std::stop_source stop;
    std::atomic<int> pieces{0};
    HttpCall call{.url = f.url + "/stream", .timeout = milliseconds(0), .stop = stop.get_token()};
    int status = 0;
    call.on_head = [&](const HttpAnswer& head) {
        status = head.status;
        return true;
    };
    call.on_piece = [&](std::string_view) {
        if (++pieces == 3) stop.request_stop();
        return true;
    };
    const auto cut = f.client->send(call);
    REQUIRE_FALSE(cut);
    CHECK(cut.error().fault == CloudFault::interrupted);
    CHECK(status == 200);
    CHECK(pieces >= 3);
    call.stop = {};
    call.on_piece = [](std::string_view) { return false; };
    CHECK(f.client->send(call).error().fault == CloudFault::interrupted);
    CHECK(f.client->send({.url = f.url + "/mirror"})->status == 200);
}

TEST_CASE("names and paths are encoded as they have to be") {
    CHECK(form_text({{"a", "1 2"}, {"b&", "="}}) == "a=1%202&b%26=%3D");
    CHECK(url_origin("https://h:8443/x?y") == "https://h:8443");
}

}  // namespace
}  // namespace bm
