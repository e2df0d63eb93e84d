#include "server/emitter.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/recording_sinks.hpp"

using namespace std::chrono_literals;
using bm::Emitter;
using bm::Json;
using bm::RequestMeta;
using bm::Severity;

namespace {

/// An emitter with a clock that the test winds.
struct Emitting {
    explicit Emitting(const char* version = "2025-11-25", RequestMeta meta = with_token(),
                      const bm::LegacySession* session = nullptr)
        : emitter(sink, *bm::find_revision(version), session, meta, stop.get_token(),
                  [this] { return now; }) {}

    static RequestMeta with_token() {
        RequestMeta meta;
        meta.progress_token = bm::RequestId::from("t");
        return meta;
    }

    std::vector<double> progress_values() {
        std::vector<double> out;
        for (const Json& message : sink.messages()) {
            out.push_back(message["params"]["progress"].get<double>());
        }
        return out;
    }

    bm::Moment now{};
    std::stop_source stop;
    bm::test::RecordingSink sink;
    Emitter emitter;
};

bm::OrError<RequestMeta> meta_of(Json meta, const char* version = "2026-07-28") {
    return bm::read_request_meta({{"_meta", std::move(meta)}}, *bm::find_revision(version));
}

}  // namespace

TEST_CASE("progress carries the token as it came") {
    for (const Json& token : {Json(0), Json(""), Json("t"), Json(-7), Json(9007199254740993)}) {
        CAPTURE(token.dump());
        auto meta = meta_of({{"progressToken", token}});
        REQUIRE(meta);
        Emitting emitting("2026-07-28", *meta);
        emitting.emitter.progress(1, std::nullopt, "");
        REQUIRE(emitting.sink.messages().size() == 1);
        CHECK(emitting.sink.messages()[0].dump() ==
              R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
                  token.dump() + R"(,"progress":1}})");
    }
}

TEST_CASE("without a token there is no progress") {
    Emitting emitting("2026-07-28", RequestMeta());
    emitting.emitter.progress(1, 2, "half");
    CHECK(emitting.sink.messages().empty());
}

TEST_CASE("the message of progress is dropped before 2025-03-26") {
    for (const auto& policy : bm::revisions()) {
        CAPTURE(policy.version);
        Emitting emitting(policy.version.data());
        emitting.emitter.progress(1, 2.5, "half");
        const Json params = emitting.sink.messages().at(0)["params"];
        CHECK(params["total"] == 2.5);
        CHECK(params.contains("message") == (policy.version != "2024-11-05"));
    }
}

TEST_CASE("progress grows strictly and is a number") {
    Emitting emitting;
    for (const double value :
         {0.0, 0.0, -1.0, 0.5, 0.5, std::nan(""), 0.4, static_cast<double>(INFINITY), 1.0}) {
        emitting.emitter.progress(value, NAN, "");
    }
    CHECK(emitting.progress_values() == std::vector<double>{0, 0.5, 1});
    CHECK_FALSE(emitting.sink.messages()[0]["params"].contains("total"));
}

TEST_CASE("progress comes at most ten times in a second") {
    Emitting emitting;
    for (int i = 0; i < 40; ++i) {
        emitting.emitter.progress(i, 40, "");
        emitting.now += 50ms;
    }
    CHECK(emitting.progress_values() == std::vector<double>{0,  1,  2,  3,  4,  5,  6,
                                                            7,  8,  9,  20, 21, 22, 23,
                                                            24, 25, 26, 27, 28, 29});
}

TEST_CASE("the last step is told whatever the limit says and only once") {
    Emitting emitting;
    for (int i = 0; i <= 40; ++i) emitting.emitter.progress(i, 40, "");
    emitting.emitter.progress(41, 41, "");
    CHECK(emitting.progress_values() == std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 40});
}

TEST_CASE("nothing is sent after cancellation or after the answer") {
    Emitting cancelled;
    cancelled.stop.request_stop();
    cancelled.emitter.progress(1, 2, "");
    CHECK_FALSE(cancelled.emitter.wants(Severity::emergency));
    CHECK(cancelled.sink.messages().empty());
    Emitting answered;
    answered.emitter.close();
    answered.emitter.progress(1, 2, "");
    CHECK(answered.sink.messages().empty());
}

TEST_CASE("a session's log messages follow its threshold") {
    bm::LegacySession session(*bm::find_revision("2025-06-18"));
    Emitting emitting("2025-06-18", RequestMeta(), &session);
    emitting.emitter.log(Severity::notice, "server", "unheard");
    emitting.emitter.log(Severity::warning, "server", {{"any", "json"}});
    session.set_log_threshold(Severity::debug);
    emitting.emitter.log(Severity::debug, "", "heard");
    const auto messages = emitting.sink.messages();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0]["params"].dump() ==
          R"({"level":"warning","logger":"server","data":{"any":"json"}})");
    CHECK(messages[1]["params"].dump() == R"({"level":"debug","data":"heard"})");
}

TEST_CASE("a modern request hears nothing unless it asks and then from its level on") {
    bm::LegacySession session(*bm::find_revision("2025-06-18"));
    session.set_log_threshold(Severity::debug);
    Emitting silent("2026-07-28", RequestMeta(), &session);
    CHECK_FALSE(silent.emitter.wants(Severity::emergency));
    auto meta = meta_of({{bm::meta_key::log_level, "error"}});
    REQUIRE(meta);
    Emitting asked("2026-07-28", *meta);
    CHECK(asked.emitter.wants(Severity::error));
    CHECK_FALSE(asked.emitter.wants(Severity::warning));
}

TEST_CASE("metadata of wrong types is refused") {
    CHECK(meta_of(nullptr));
    CHECK(meta_of({{"progressToken", nullptr}}));
    CHECK(meta_of({{"traceparent", 5}, {"com.example/x", Json::array()}}));
    for (const Json& meta :
         {Json(1), Json::array(), Json{{"progressToken", 1.5}}, Json{{"progressToken", true}},
          Json{{bm::meta_key::log_level, "loud"}}, Json{{bm::meta_key::log_level, 3}}}) {
        CAPTURE(meta.dump());
        const auto read = meta_of(meta);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == -32602);
    }
    // A legacy request cannot set a level this way.
    CHECK(meta_of({{bm::meta_key::log_level, "loud"}}, "2025-11-25"));
}
