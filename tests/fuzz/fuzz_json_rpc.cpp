#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz_promise.hpp"
#include "server/conversation.hpp"
#include "server/json_document.hpp"
#include "server/line_splitter.hpp"
#include "tests/support/fixture_catalog.hpp"

namespace {

using bm::Json;

/// What one id was said in, and how often it was answered.
struct Count {
    int must = 0;  ///< requests that stand alone on their line
    int may = 0;   ///< everything else with this id that an answer could name
    int answers = 0;
    bool cancelled = false;
};
using Counts = std::map<bm::RequestId, Count>;

/// A connection whose input is fixed and whose output is checked.
class ScriptedConnection final : public bm::Connection {
public:
    ScriptedConnection(std::string_view bytes, Counts& counts) : counts_(counts) {
        lines_.feed(bytes);
    }

    void send(const Json& message) override {
        const std::string text = bm::compact_text(message);
        promise(text.find('\n') == std::string::npos, "a message is one line");
        const Json back = Json::parse(text, nullptr, false);
        promise(!back.is_discarded(), "a message is JSON");
        if (!back.is_array()) return count(back);
        promise(!back.empty(), "a batch is not empty");
        for (const Json& one : back) count(one);
    }

    bm::Received receive() override {
        auto line = lines_.next();
        if (!line) line = lines_.rest();
        if (!line) return bm::Ending::end_of_input;
        if (line->too_long) return bm::ReceivedTooMuch{};
        return bm::ReceivedMessage{std::move(line->text)};
    }
    bool is_ending() override { return false; }
    std::size_t longest_message() const override { return longest; }

    static constexpr std::size_t longest = 1 << 20U;

private:
    void count(const Json& message) {
        promise(message.value("jsonrpc", "") == "2.0", "a message says its version");
        if (message.contains("method")) {
            promise(!message.contains("id"), "the server asks nothing");
            return;
        }
        promise(message.contains("result") != message.contains("error"),
                "an answer has either a result or an error");
        if (!message.contains("id") || message["id"].is_null()) {
            promise(message.contains("error"), "a result names its request");
            return;
        }
        ++counts_[*bm::RequestId::from(message["id"])].answers;
    }

    bm::LineSplitter lines_{longest};
    Counts& counts_;
};

bool is_request(const Json& message) {
    const auto text = [&](const char* name) {
        return message.contains(name) && message[name].is_string();
    };
    return text("method") && text("jsonrpc") && message["jsonrpc"] == "2.0" &&
           (!message.contains("params") || message["params"].is_object() ||
            message["params"].is_null());
}

void note(const Json& message, bool alone, Counts& counts) {
    if (!message.is_object()) return;
    if (message.contains("params") && message["params"].is_object() &&
        message["params"].contains("requestId")) {
        if (const auto id = bm::RequestId::from(message["params"]["requestId"]))
            counts[*id].cancelled = true;
    }
    const auto id = message.contains("id") ? bm::RequestId::from(message["id"]) : std::nullopt;
    if (!id) return;
    ++(alone && is_request(message) ? counts[*id].must : counts[*id].may);
}

/// What only we can read: a character that was cut in half, a number that no double holds. Its
/// request may be answered, once.
void note_unread(std::string_view line, Counts& counts) {
    const bm::Document document = bm::read_document(line);
    if (const auto* message = std::get_if<Json>(&document)) {
        const Json all = message->is_array() ? *message : Json::array({*message});
        for (const Json& one : all) note(one, false, counts);
    } else if (const auto* refused = std::get_if<bm::TooMuch>(&document)) {
        if (const auto id = bm::RequestId::from(refused->id)) ++counts[*id].may;
    }
}

/// Reads the input with the library's own parser, independently of ours.
Counts expected_of(std::string_view bytes) {
    Counts counts;
    bm::LineSplitter lines(ScriptedConnection::longest);
    lines.feed(bytes);
    for (auto line = lines.next(); line || (line = lines.rest()); line = lines.next()) {
        // The library would take a NUL for the end.
        if (line->text.find('\0') != std::string::npos) continue;
        const Json message = Json::parse(line->text, nullptr, false);
        if (message.is_discarded()) {
            note_unread(line->text, counts);
        } else if (message.is_array()) {
            for (const Json& one : message) note(one, false, counts);
        } else {
            note(message, true, counts);
        }
    }
    return counts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static bm::test::FixtureCatalog fixture;
    fixture.gate().open();
    static const bm::Dispatcher dispatcher(fixture.catalog(), {}, 2, nullptr);

    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    Counts counts = expected_of(text);
    ScriptedConnection connection(text, counts);
    bm::ChangeBus changes;
    bm::Conversation::Options options;
    options.workers.threads = 0;  // one thread: what fails once fails again
    options.grace = std::chrono::milliseconds(0);
    {
        bm::Conversation conversation(dispatcher, changes, connection, options);
        promise(conversation.run(), "nothing is left running");
    }
    for (const auto& [id, count] : counts) {
        promise(count.answers <= count.must + count.may, "no request is answered twice");
        promise(count.cancelled || count.answers >= count.must, "every request is answered");
    }
    return 0;
}
