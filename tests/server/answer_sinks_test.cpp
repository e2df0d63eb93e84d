#include "server/answer_sinks.hpp"

#include <memory>

#include <doctest/doctest.h>

#include "tests/support/recording_sinks.hpp"

using bm::BatchAnswers;
using bm::Json;
using bm::test::RecordingSink;

TEST_CASE("the answers to a batch go out together when the last has come") {
    RecordingSink sink;
    BatchAnswers answers(std::make_shared<bm::DirectAnswers>(sink), 3);
    answers.answer({{"id", 2}});
    answers.answer({{"id", 1}});
    CHECK(sink.messages().empty());
    answers.answer({{"id", 3}});
    REQUIRE(sink.messages().size() == 1);
    CHECK(sink.messages()[0].dump() == R"([{"id":2},{"id":1},{"id":3}])");
}

TEST_CASE("parts without an answer are left out of the batch") {
    RecordingSink sink;
    BatchAnswers answers(std::make_shared<bm::DirectAnswers>(sink), 2);
    answers.answer({{"id", 1}});
    answers.skip();
    REQUIRE(sink.messages().size() == 1);
    CHECK(sink.messages()[0].dump() == R"([{"id":1}])");
}

TEST_CASE("a batch without any answer is not answered, and whoever waits for it hears so") {
    const auto whole = std::make_shared<bm::test::RecordingAnswers>();
    BatchAnswers answers(whole, 2);
    answers.skip();
    CHECK(whole->skipped == 0);
    answers.skip();
    CHECK(whole->answers.empty());
    CHECK(whole->skipped == 1);
}

TEST_CASE("direct answers go out as they come") {
    RecordingSink sink;
    bm::DirectAnswers answers(sink);
    answers.answer({{"id", 1}});
    answers.skip();
    CHECK(sink.messages().size() == 1);
}

TEST_CASE("an answer that cannot be put into bytes becomes an internal error of its id") {
    bm::test::FailingSink sink(1);
    bm::DirectAnswers answers(sink);
    answers.answer({{"jsonrpc", "2.0"}, {"id", "a"}, {"result", {{"x", 1}}}});
    REQUIRE(sink.messages.size() == 1);
    CHECK(sink.messages[0]["id"] == "a");
    CHECK(sink.messages[0]["error"]["code"] == -32603);
    CHECK_FALSE(sink.messages[0].contains("result"));
}

TEST_CASE("a batch that cannot be put into bytes becomes internal errors of its ids") {
    bm::test::FailingSink sink(1);
    BatchAnswers answers(std::make_shared<bm::DirectAnswers>(sink), 2);
    answers.answer({{"jsonrpc", "2.0"}, {"id", 1}, {"result", Json::object()}});
    answers.answer({{"jsonrpc", "2.0"}, {"id", "b"}, {"result", Json::object()}});
    REQUIRE(sink.messages.size() == 1);
    REQUIRE(sink.messages[0].size() == 2);
    CHECK(sink.messages[0][0]["id"] == 1);
    CHECK(sink.messages[0][1]["id"] == "b");
    CHECK(sink.messages[0][1]["error"]["code"] == -32603);
}
