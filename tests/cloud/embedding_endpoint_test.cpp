#include "cloud/embedding_endpoint.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "server/http_response.hpp"
#include "server/http_server.hpp"

namespace bm {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* kKey = "sk-very-secret-key";

struct Answered {
    int status = 200;
    std::string body = {};
    std::string retry_after = {};
};

/// Speaks as such servers do, or in any other way.
class FakeEmbeddings final : public HttpService {
public:
    using Answerer = std::function<Answered(const json& request)>;

    void serve(HttpExchange& exchange) override {
        if (!exchange.read_body(std::size_t{4} << 20U)) return;
        const json request = json::parse(exchange.request().body, nullptr, false);
        Answered answered;
        {
            const std::scoped_lock lock(mutex_);
            requests_.push_back(request);
            path_ = exchange.request().path;
            authorization_ =
                std::string(exchange.request().fields.find("authorization").value_or("none"));
            answered = answerer_(request);
        }
        HttpResponse response = plain_response(answered.status, answered.body);
        if (!answered.retry_after.empty()) {
            response.fields.add("Retry-After", answered.retry_after);
        }
        exchange.answer(response);
    }

    void answer_by(Answerer answerer) {
        const std::scoped_lock lock(mutex_);
        answerer_ = std::move(answerer);
    }
    /// Embeddings of three dimensions, in the opposite order.
    static Answered proper(const json& request) {
        json data = json::array();
        const auto& input = request["input"];
        for (std::size_t i = input.size(); i-- > 0;) {
            const auto length = static_cast<double>(input[i].get<std::string>().size());
            data.push_back({{"index", i}, {"embedding", {length, 1.0, 0.5}}});
        }
        return {200, json{{"data", data}}.dump()};
    }

    std::size_t calls() {
        const std::scoped_lock lock(mutex_);
        return requests_.size();
    }
    json last() {
        const std::scoped_lock lock(mutex_);
        return requests_.back();
    }
    std::string path() {
        const std::scoped_lock lock(mutex_);
        return path_;
    }
    std::string authorization() {
        const std::scoped_lock lock(mutex_);
        return authorization_;
    }

private:
    std::mutex mutex_;
    Answerer answerer_ = &FakeEmbeddings::proper;
    std::vector<json> requests_;
    std::string path_;
    std::string authorization_;
};

struct EndpointRig {
    FakeEmbeddings fake;
    std::unique_ptr<HttpServer> server = std::move(*HttpServer::open(fake, {}));
    std::string url = "http://127.0.0.1:" + std::to_string(server->port());
    EmbeddingSettings settings{.url = url + "/v1/embeddings", .model = "small", .key = kKey};
    EmbeddingPatience patience{.query = milliseconds(20'000),
                               .documents = milliseconds(20'000),
                               .before_retry = milliseconds(1),
                               .rest = milliseconds(0)};

    EmbeddingEndpoint endpoint() { return {settings, make_http_client(), patience}; }
    void always(Answered answered) {
        fake.answer_by([answered](const json&) { return answered; });
    }
};

bool says(const Error& error, std::string_view part) {
    return error.message.find(part) != std::string::npos;
}

Config config_of(std::map<std::string, std::string> extra) {
    Config config;
    config.extra = std::move(extra);
    return config;
}

TEST_CASE("an endpoint is asked as OpenAI is, and its answers are put in order") {
    EndpointRig rig;
    auto endpoint = rig.endpoint();
    const auto got = endpoint.embed_documents({{"T", "x"}, {"", "long text"}, {"title", ""}}, {});
    REQUIRE(got);
    REQUIRE(got->size() == 3);
    CHECK((*got)[0].value()[0] == 4);
    CHECK((*got)[1].value()[0] == 9);
    CHECK((*got)[2].value()[0] == 5);
    CHECK(rig.fake.path() == "/v1/embeddings");
    CHECK(rig.fake.authorization() == std::string("Bearer ") + kKey);
    CHECK(rig.fake.last() == json{{"model", "small"}, {"input", {"T\n\nx", "long text", "title"}}});
    CHECK(*endpoint.identity({}) == "EmbeddingEndpoint:small:3");
    CHECK(rig.fake.calls() == 1);
}

TEST_CASE("texts are sent in batches, with the prefixes and dimensions that are configured") {
    EndpointRig rig;
    rig.settings.batch = 2;
    rig.settings.dimensions = 3;
    rig.settings.key.clear();
    rig.settings.document_prefix = "passage: ";
    rig.settings.query_prefix = "query: ";
    auto endpoint = rig.endpoint();
    const std::string identity = *endpoint.identity({});
    CHECK(identity.starts_with("EmbeddingEndpoint:small:3:"));
    CHECK(rig.fake.calls() == 0);
    REQUIRE(endpoint.embed_documents({{"", "a"}, {"", "b"}, {"", "c"}}, {}));
    CHECK(rig.fake.calls() == 2);
    CHECK(rig.fake.last()["input"] == json::array({"passage: c"}));
    CHECK(rig.fake.last()["dimensions"] == 3);
    CHECK(rig.fake.authorization() == "none");
    REQUIRE(endpoint.embed_query("tea", {}));
    CHECK(rig.fake.last()["input"] == json::array({"query: tea"}));
    REQUIRE(endpoint.embed_query("tea", {}));
    CHECK(rig.fake.calls() == 3);
}

TEST_CASE("answers that are none become one clear sentence") {
    const char* bodies[] = {"",
                            "<html>",
                            "[]",
                            "{}",
                            R"({"data": 5})",
                            R"({"data": []})",
                            R"({"data": [{"index": 0}]})",
                            R"({"data": [{"index": 0, "embedding": []}]})",
                            R"({"data": [{"index": 0, "embedding": ["x"]}]})",
                            R"({"data": [{"index": 0, "embedding": [1e999]}]})",
                            R"({"data": [{"index": 7, "embedding": [1]}]})",
                            R"({"data": [{"index": 0, "embedding": "AAAA"}]})",
                            R"({"data": [{"embedding": [1]}, {"embedding": [2]}]})"};
    EndpointRig rig;
    for (const char* body : bodies) {
        CAPTURE(body);
        rig.always({200, body});
        auto endpoint = rig.endpoint();
        const auto got = endpoint.embed_query("tea", {});
        REQUIRE_FALSE(got);
        CHECK(got.error().fault == Fault::unavailable);
        CHECK(says(got.error(), "The embeddings endpoint at " + rig.url + ' '));
        CHECK(says(got.error(), "semantic_embedding_model"));
    }
}

TEST_CASE("embeddings of other dimensions are refused, and another model is taken up after that") {
    EndpointRig rig;
    auto endpoint = rig.endpoint();
    REQUIRE(endpoint.embed_query("tea", {}));
    rig.always({200, R"({"data": [{"index": 0, "embedding": [1, 2]}]})"});
    const auto other = endpoint.embed_query("coffee", {});
    REQUIRE_FALSE(other);
    CHECK(says(other.error(), "an embedding of 2 dimensions instead of 3"));
    CHECK(*endpoint.identity({}) == "EmbeddingEndpoint:small:2");
    rig.settings.dimensions = 4;
    auto configured = rig.endpoint();
    for (int i = 0; i < 2; ++i) CHECK_FALSE(configured.embed_query("tea", {}));
    CHECK(*configured.identity({}) == "EmbeddingEndpoint:small:4");
}

TEST_CASE("a server that is busy or broken is asked again, a query is not") {
    for (const int status : {429, 500, 503}) {
        CAPTURE(status);
        EndpointRig rig;
        int failures = 2;
        rig.fake.answer_by([&](const json& request) -> Answered {
            if (failures-- > 0) return {status, R"({"error": {"message": "wait"}})", "0"};
            return FakeEmbeddings::proper(request);
        });
        auto endpoint = rig.endpoint();
        CHECK(endpoint.embed_documents({{"", "a"}}, {}));
        CHECK(rig.fake.calls() == 3);
        rig.always({status, R"({"error": {"message": "wait"}})"});
        const auto lost = endpoint.embed_documents({{"", "a"}}, {});
        REQUIRE_FALSE(lost);
        CHECK(says(lost.error(), "answered " + std::to_string(status) + ": wait."));
        // Whether it takes another text is asked once more where the text may be to blame.
        const std::size_t asked = status == 500 ? 7 : 6;
        CHECK(rig.fake.calls() == asked);
        CHECK_FALSE(endpoint.embed_query("q", {}));
        CHECK(rig.fake.calls() == asked + 1);
    }
}

TEST_CASE("after a failure an endpoint is left alone for a while") {
    EndpointRig rig;
    rig.patience.rest = std::chrono::hours(1);
    rig.always({500, "no"});
    auto endpoint = rig.endpoint();
    const auto first = endpoint.embed_query("tea", {});
    const auto second = endpoint.embed_query("coffee", {});
    REQUIRE_FALSE(first);
    REQUIRE_FALSE(second);
    CHECK(second.error().message == first.error().message);
    CHECK(rig.fake.calls() == 1);
}

/// Refuses every call with the text "too long".
FakeEmbeddings::Answerer refusing(const Answered& refusal) {
    return [refusal](const json& request) -> Answered {
        for (const auto& text : request["input"]) {
            if (text == "too long") return refusal;
        }
        return FakeEmbeddings::proper(request);
    };
}

TEST_CASE("a passage that is refused alone goes without a direction") {
    for (const int status : {400, 413, 422, 500, 502}) {
        CAPTURE(status);
        EndpointRig rig;
        rig.fake.answer_by(refusing({status, R"({"error": "input is too long"})"}));
        auto endpoint = rig.endpoint();
        const auto got =
            endpoint.embed_documents({{"", "a"}, {"", "b"}, {"", "too long"}, {"", "c"}}, {});
        REQUIRE(got);
        CHECK((*got)[2].value().empty());
        CHECK((*got)[3].value().size() == 3);
        // However few are asked for at once.
        const auto alone = endpoint.embed_documents({{"", "too long"}}, {});
        REQUIRE(alone);
        CHECK(alone->front().value().empty());
        const auto query = endpoint.embed_query("too long", {});
        REQUIRE_FALSE(query);
        CHECK(says(query.error(), "answered " + std::to_string(status) + ": input is too long."));
    }
}

TEST_CASE("a passage of which a server makes no numbers goes without a direction") {
    EndpointRig rig;
    rig.fake.answer_by([](const json& request) -> Answered {
        json answer = json::parse(FakeEmbeddings::proper(request).body);
        for (auto& each : answer["data"]) {
            if (request["input"][each["index"].get<std::size_t>()] == "odd") {
                each["embedding"][0] = nullptr;
            }
        }
        return {200, answer.dump()};
    });
    auto endpoint = rig.endpoint();
    const auto got = endpoint.embed_documents({{"", "a"}, {"", "odd"}, {"", "c"}}, {});
    REQUIRE(got);
    CHECK((*got)[0].value().size() == 3);
    CHECK((*got)[1].value().empty());
    CHECK((*got)[2].value().size() == 3);
}

/// Breaks off in the middle of its answer at the text "hang", and as often as is said after that.
class FallingEmbeddings final : public HttpService {
public:
    explicit FallingEmbeddings(int more) : more_(more) {}

    void serve(HttpExchange& exchange) override {
        if (!exchange.read_body(std::size_t{4} << 20U)) return;
        const json request = json::parse(exchange.request().body, nullptr, false);
        const bool hangs = request["input"].dump().find("hang") != std::string::npos;
        const bool falls = hangs || left_ > 0;
        left_ = hangs ? more_ : std::max(left_ - 1, 0);
        if (!falls)
            return exchange.answer(plain_response(200, FakeEmbeddings::proper(request).body));
        exchange.begin_stream(plain_response(200, ""));
        exchange.send("{");
    }

private:
    const int more_;
    std::atomic<int> left_ = 0;  ///< answers that break off before it is up again
};

TEST_CASE("a passage at which a server falls silent keeps nothing from the others") {
    for (const int more : {0, 1, 2}) {
        CAPTURE(more);
        FallingEmbeddings fake(more);
        const auto server = std::move(*HttpServer::open(fake, {}));
        EmbeddingSettings settings{.url = "http://127.0.0.1:" + std::to_string(server->port()),
                                   .model = "small",
                                   .key = ""};
        EmbeddingPatience patience{.query = milliseconds(20'000),
                                   .documents = milliseconds(20'000),
                                   .before_retry = milliseconds(1),
                                   .rest = milliseconds(0)};
        EmbeddingEndpoint endpoint(settings, make_http_client(), patience);
        const auto got =
            endpoint.embed_documents({{"", "a"}, {"", "hang"}, {"", "c"}, {"", "d"}}, {});
        REQUIRE(got);
        REQUIRE(got->size() == 4);
        CHECK((*got)[0]);
        // Not even an empty one: it may get an answer some other time.
        CHECK_FALSE((*got)[1]);
        CHECK((*got)[2]);
        CHECK((*got)[3]);
    }
}

TEST_CASE("a server that refuses everything is not taken to refuse one passage") {
    for (const int status : {400, 500}) {
        CAPTURE(status);
        EndpointRig rig;
        rig.always({status, R"({"error": "no such model"})"});
        auto endpoint = rig.endpoint();
        const auto all = endpoint.embed_documents({{"", "a"}, {"", "b"}, {"", "c"}}, {});
        REQUIRE_FALSE(all);
        CHECK(says(all.error(), "no such model"));
        CHECK(rig.fake.calls() <= 4);
        CHECK_FALSE(endpoint.embed_documents({{"", "a"}}, {}));
    }
}

TEST_CASE("more dimensions than any model has are refused, and so is a longer answer than that") {
    EndpointRig rig;
    const auto answer_of = [](std::size_t numbers) {
        return json{{"data", {{{"index", 0}, {"embedding", std::vector<int>(numbers, 1)}}}}}.dump();
    };
    rig.always({200, answer_of(65'536)});
    auto large = rig.endpoint();
    CHECK(large.embed_query("tea", {}));
    rig.always({200, answer_of(65'537)});
    auto larger = rig.endpoint();
    CHECK(says(larger.embed_query("tea", {}).error(), "something that is no embedding"));
    rig.always({200, answer_of(65'536) + std::string(std::size_t{3} << 20U, ' ')});
    auto endless = rig.endpoint();
    CHECK_FALSE(endless.embed_query("tea", {}));
    // Who has said how many there are is not given as much.
    rig.settings.dimensions = 3;
    rig.always({200, answer_of(3) + std::string(std::size_t{512} << 10U, ' ')});
    auto small = rig.endpoint();
    CHECK_FALSE(small.embed_query("tea", {}));
}

TEST_CASE("a failure with passages keeps no question from being asked") {
    EndpointRig rig;
    rig.patience.rest = std::chrono::hours(1);
    auto endpoint = rig.endpoint();
    rig.always({429, "no"});
    CHECK_FALSE(endpoint.embed_documents({{"", "a"}}, {}));
    rig.fake.answer_by(&FakeEmbeddings::proper);
    CHECK(endpoint.embed_query("tea", {}));
    const auto rested = rig.fake.calls();
    CHECK_FALSE(endpoint.embed_documents({{"", "a"}}, {}));
    CHECK(rig.fake.calls() == rested);
}

TEST_CASE("the key is in no error, whatever the server says") {
    EndpointRig rig;
    for (const int status : {400, 401, 403, 404, 429, 500}) {
        CAPTURE(status);
        rig.always({status, json{{"error", {{"message", std::string("bad key ") + kKey}}}}.dump()});
        auto endpoint = rig.endpoint();
        const auto got = endpoint.embed_query("tea", {});
        REQUIRE_FALSE(got);
        CHECK_FALSE(says(got.error(), kKey));
        CHECK(says(got.error(), std::to_string(status)));
    }
}

TEST_CASE("who does not answer is not waited for, and a redirect is not followed") {
    EndpointRig rig;
    rig.always({302, "elsewhere"});
    auto endpoint = rig.endpoint();
    CHECK(says(endpoint.embed_query("tea", {}).error(), "answered 302"));
    rig.patience.query = milliseconds(50);
    rig.fake.answer_by([](const json& request) {
        std::this_thread::sleep_for(milliseconds(500));
        return FakeEmbeddings::proper(request);
    });
    auto hasty = rig.endpoint();
    const auto late = hasty.embed_query("tea", {});
    REQUIRE_FALSE(late);
    CHECK(says(late.error(), "does not answer"));
    rig.server.reset();
    auto gone = rig.endpoint();
    CHECK(says(gone.embed_query("tea", {}).error(), "Cannot reach " + rig.url));
}

TEST_CASE("a call that was stopped is no failure of the server") {
    EndpointRig rig;
    rig.patience.rest = std::chrono::hours(1);
    std::stop_source stop;
    stop.request_stop();
    auto endpoint = rig.endpoint();
    CHECK_FALSE(endpoint.embed_query("tea", stop.get_token()));
    CHECK(endpoint.embed_query("tea", {}));
}

TEST_CASE("the settings name an endpoint, or none") {
    CHECK_FALSE(*embedding_settings(config_of({})));
    CHECK_FALSE(*embedding_settings(config_of({{"semantic_embedding_model", "\"m\""}})));
    const auto url_of = [](const std::string& base) {
        const auto settings =
            embedding_settings(config_of({{"semantic_embedding_api_base", json(base).dump()}}));
        return settings ? (*settings)->url : settings.error().message;
    };
    CHECK(url_of("http://localhost:11434") == "http://localhost:11434/v1/embeddings");
    CHECK(url_of("http://localhost:11434/v1/") == "http://localhost:11434/v1/embeddings");
    CHECK(url_of("https://h/api/embeddings") == "https://h/api/embeddings");
    for (const char* base : {"localhost", "ftp://h", "http://", "http:///x", "http://h?key=1"}) {
        CAPTURE(base);
        CHECK(url_of(base).find("is no address") != std::string::npos);
    }
    const auto leaky = url_of(std::string("https://user:") + kKey + "@h/v1");
    CHECK(leaky.find("semantic_embedding_api_key") != std::string::npos);
    CHECK(leaky.find(kKey) == std::string::npos);
    const auto full = embedding_settings(config_of({{"semantic_embedding_api_base", "\"http://h\""},
                                                    {"semantic_embedding_model", "\"m\""},
                                                    {"semantic_embedding_api_key", "\"k\""},
                                                    {"semantic_embedding_batch_size", "8"},
                                                    {"semantic_embedding_dimensions", "256"},
                                                    {"semantic_min_similarity", "0.4"}}));
    REQUIRE(full);
    CHECK((*full)->model == "m");
    CHECK((*full)->key == "k");
    CHECK((*full)->batch == 8);
    CHECK((*full)->dimensions == 256);
    CHECK((*full)->lowest_similarity == doctest::Approx(0.4));
    CHECK_FALSE(embedding_settings(config_of({{"semantic_embedding_api_base", "\"http://h\""},
                                              {"semantic_embedding_api_key", "\"a\\nb: c\""}})));
    CHECK_FALSE(embedding_settings(config_of({{"semantic_embedding_api_base", "\"http://h\""},
                                              {"semantic_embedding_dimensions", "0"}})));
}

TEST_CASE("the same settings give the same endpoint") {
    EmbeddingEndpoints endpoints;
    CHECK(*endpoints.current(config_of({})) == nullptr);
    auto config = config_of({{"semantic_embedding_api_base", "\"http://h\""}});
    const auto first = *endpoints.current(config);
    REQUIRE(first);
    CHECK(*endpoints.current(config) == first);
    config.extra["semantic_embedding_model"] = "\"other\"";
    CHECK(*endpoints.current(config) != first);
}

}  // namespace
}  // namespace bm
