#include "importers/export_reader.hpp"

#include <chrono>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/text.hpp"
#include "tests/support/local_zone.hpp"

namespace bm {
namespace {

struct Exported {
    std::vector<ImportedNote> notes;
    std::vector<std::string> skipped;
    ExportOutcome outcome;
};

Exported read(ImportKind kind, const std::string& text) {
    const test::LocalZone zone(test::kBerlin);
    Exported found;
    MemorySource source(text);
    found.outcome = read_export(kind, source,
                                {[&](ImportedNote note) {
                                     found.notes.push_back(std::move(note));
                                     return true;
                                 },
                                 [&](const std::string& where, const std::string& why) {
                                     found.skipped.push_back(where + ": " + why);
                                 },
                                 {}});
    return found;
}

/// A ChatGPT export of one conversation with these members and one message.
Exported read_chat(const std::string& members, const std::string& message) {
    return read(ImportKind::chatgpt,
                "[{" + members + R"("mapping":{"a":{"message":)" + message + "}}}]");
}

std::string key(const ImportedNote& note, std::string_view name) {
    const Value* value = find(note.keys, name);
    return value == nullptr ? "(none)" : value->scalar()->text;
}

TEST_CASE("a conversation without times has those of its messages, or the second day of 1970") {
    struct Case {
        std::string members;
        std::string message;
        std::string path;
        std::string created;
        std::string modified;
    };
    for (const Case& each :
         {Case{"\"create_time\":0,\"update_time\":86400,", "null", "19700101-untitled",
               "1970-01-01 01:00:00", "1970-01-02 01:00:00"},
          {"\"update_time\":86400,", R"({"create_time":0})", "19700101-untitled",
           "1970-01-01 01:00:00", "1970-01-02 01:00:00"},
          {"\"update_time\":172800,", "{}", "19700103-untitled", "1970-01-03 01:00:00",
           "1970-01-03 01:00:00"},
          {"", "{}", "19700102-untitled", "1970-01-02 01:00:00", "1970-01-02 01:00:00"},
          {"\"create_time\":1e300,\"update_time\":[],", "7", "19700102-untitled",
           "1970-01-02 01:00:00", "1970-01-02 01:00:00"},
          {"\"create_time\":\"2024-05-06T07:08:09Z\",", "7", "20240506-untitled",
           "2024-05-06 07:08:09", "2024-05-06 07:08:09"}}) {
        CAPTURE(each.members);
        const auto found = read_chat(each.members, each.message);
        REQUIRE(found.notes.size() == 1);
        CHECK(found.notes[0].path == each.path);
        CHECK(key(found.notes[0], "created") == each.created);
        CHECK(key(found.notes[0], "modified") == each.modified);
    }
}

TEST_CASE("a message of any kind has its head") {
    struct Case {
        std::string message;
        std::string body;
    };
    for (const Case& each :
         {Case{R"({"author":{"role":"user"},"content":{"content_type":"text","parts":["a","b"]}})",
               "### User ()\na\nb\n\n"},
          {R"({"content":{"content_type":"text","parts":"no list"}})", "### Unknown ()\n\n"},
          {R"({"author":7,"create_time":0,"content":{"content_type":"image","parts":["x"]}})",
           "### Unknown (1970-01-01 01:00:00)\n\n"},
          {R"({"author":{"role":"assistant"},"content":{"content_type":"code","text":"x"}})",
           "### Assistant ()\n```\nx\n```\n\n"},
          {R"({"metadata":{"is_visually_hidden_from_conversation":true}})", ""},
          {"null", ""}}) {
        CAPTURE(each.message);
        const auto found = read_chat("\"title\":\"T\",", each.message);
        REQUIRE(found.notes.size() == 1);
        CHECK(found.notes[0].body == "# T\n\n" + each.body);
        CHECK(found.outcome.counts.messages == (each.body.empty() ? 0 : 1));
    }
}

TEST_CASE("messages stand depth first below the first node without a parent, each once") {
    const auto node = [](const std::string& id, const std::string& parent,
                         const std::string& children) {
        return '"' + id + R"(":{"parent":)" + parent + R"(,"children":[)" + children +
               R"(],"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":[")" +
               id + R"("]}}})";
    };
    const auto found =
        read(ImportKind::chatgpt,
             "[{\"title\":\"T\",\"mapping\":{" + node("z", "null", R"("b","y",7,"missing")") + ',' +
                 node("a", "null", "") + ',' + node("b", "\"z\"", R"("c","z")") + ',' +
                 node("c", "\"b\"", "\"c\"") + ',' + node("y", "\"z\"", "") + "}}]");
    REQUIRE(found.notes.size() == 1);
    CHECK(found.notes[0].body ==
          "# T\n\n### User ()\nz\n\n### User ()\nb\n\n### User ()\nc\n\n### User ()\ny\n\n");
}

TEST_CASE("what was written beside a picture stays") {
    const auto found =
        read_chat("", R"({"author":{"role":"user"},"content":{"content_type":"multimodal_text",)"
                      R"("parts":[{"content_type":"image_asset_pointer"},"What is this?"]}})");
    REQUIRE(found.notes.size() == 1);
    CHECK(found.notes[0].body.find("### User ()\nWhat is this?\n") != std::string::npos);
}

TEST_CASE("a memory larger than what is known of it at once has each entity once") {
    constexpr int count = 140;
    const std::string million(1U << 20U, 'x');
    std::string text = "{\"type\":\"entity\"}\nno json\n";
    for (int i = 0; i < count; ++i) {
        const std::string name = "\"E" + std::to_string(i) + '"';
        text += "{\"type\":\"relation\",\"from\":" + name + ",\"to\":\"E1\"}\n";
        text +=
            "{\"type\":\"entity\",\"name\":" + name + ",\"observations\":[\"" + million + "\"]}\n";
    }
    const auto found = read(ImportKind::memory_json, text);
    CHECK_FALSE(found.outcome.trouble);
    CHECK(found.outcome.counts.entities == count);
    CHECK(found.outcome.counts.relations == count);
    CHECK(found.outcome.counts.skipped_entities == 1);
    CHECK(found.skipped.size() == 2);
    std::set<std::string> paths;
    for (const auto& note : found.notes) {
        paths.insert(note.path);
        CHECK(note.body.ends_with("- relates to [[E1]]\n"));
    }
    CHECK(paths.size() == count);
}

TEST_CASE("a conversation of many messages is read in order and at once") {
    std::string mapping = R"("0":{"parent":null,"children":["1"]})";
    constexpr int count = 20'000;
    for (int i = 1; i < count; ++i) {
        mapping += ",\"" + std::to_string(i) + R"(":{"parent":")" + std::to_string(i - 1) +
                   R"(","children":[")" + std::to_string(i + 1) + R"("],"message":{}})";
    }
    const auto found = read(ImportKind::chatgpt, "[{\"mapping\":{" + mapping + "}}]");
    CHECK(found.outcome.counts.messages == count - 1);
}

TEST_CASE("what is no entry is named and the next one is read") {
    struct Case {
        ImportKind kind;
        std::string good;
        std::vector<std::string> bad;
    };
    for (const Case& each : {Case{ImportKind::chatgpt,
                                  R"({"mapping":{}})",
                                  {"7", "null", "[]", "{}", R"({"mapping":[]})", "nope",
                                   R"({"title":"bad","mapping":{"a":[ }})", R"({"mapping":{"a":"open
                }})"}},
                             {ImportKind::claude_conversations,
                              R"({"chat_messages":[]})",
                              {"7", "null", "[]", "{}", R"({"chat_messages":{}})"}},
                             {ImportKind::claude_projects,
                              R"({"docs":[{"content":"x"}]})",
                              {"7", "null", "[]", R"({"docs":{}})", R"({"docs":[7]})",
                               R"({"docs":[{"content":7}]})"}}}) {
        for (const auto& bad : each.bad) {
            CAPTURE(bad);
            const auto found = read(each.kind, '[' + bad + ',' + each.good + ']');
            CHECK(found.notes.size() == 1);
            CHECK(found.skipped.size() == 1);
            CHECK_FALSE(found.outcome.trouble);
        }
        const auto cut = read(each.kind, '[' + each.good + ",{\"mapping\":");
        CHECK(cut.notes.size() == 1);
        REQUIRE(cut.outcome.trouble);
        CHECK(cut.outcome.trouble->find("ends in the middle") != std::string::npos);
        CHECK(read(each.kind, "{}").outcome.trouble->find("is not '['") != std::string::npos);
    }
}

TEST_CASE("text that no note can hold is mended") {
    const auto title = [](const std::string& written) {
        const auto found =
            read(ImportKind::chatgpt, R"([{"title":")" + written + R"(","mapping":{}}])");
        REQUIRE(found.notes.size() == 1);
        return found.notes[0].title;
    };
    CHECK(title(R"(a\ud83db)") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(title(R"(a\udc00\ud83d)") == "a\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(title(R"(\ud83c\udf5e)") == "🍞");
    CHECK(title(R"(a\u0000b)") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(title(R"(\\ud83d)") == "\\ud83d");
    CHECK(title("a\xFF"
                "b") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(title(R"(two\nlines)") == "two lines");
}

TEST_CASE("what Claude says is put together from its parts") {
    const auto body = [](const std::string& message) {
        const auto found = read(ImportKind::claude_conversations,
                                R"([{"name":"N","chat_messages":[)" + message + "]}]");
        REQUIRE(found.notes.size() == 1);
        return found.notes[0].body.substr(5);
    };
    CHECK(body(R"({"sender":"human","text":"t","created_at":"2024-01-02T03:04:05Z"})") ==
          "### Human (2024-01-02 03:04:05)\nt\n\n");
    CHECK(
        body(
            R"({"sender":"assistant","text":"t","content":[{"text":"a"},null,{"text":null},{"text":"b"}]})") ==
        "### Assistant ()\na b\n\n");
    CHECK(body(R"({"sender":7,"text":7,"content":7,"attachments":7})") == "### Unknown ()\n\n");
    CHECK(
        body(
            R"({"sender":"human","text":"t","attachments":[{"file_name":"f","extracted_content":"c"},{"file_name":"g"}]})") ==
        "### Human ()\nt\n\n**Attachment: f**\n```\nc\n```\n\n**Attachment: g**\n\n");
}

TEST_CASE("entities of memory.json have the last of their lines and all of their relations") {
    const auto found = read(ImportKind::memory_json,
                            R"({"type":"relation","from":"A","to":"B","relationType":"r1"}
{"type":"entity","name":"A","entityType":"t","observations":["old"]}
{"type":"entity","name":"B","entityType":"t","observations":[]}

{"type":"entity","name":"A","entityType":"u","observations":["new","x\ny"]}
{"type":"entity"}
{"type":"relation","from_id":"A","to_id":"C","relation_type":"r2"}
{"type":"relation","from":"nobody","to":"C","relationType":"r2"}
{"type":"relation","from":"A"}
[]
)");
    REQUIRE(found.notes.size() == 2);
    CHECK(found.notes[0].path == "t/B");
    CHECK(found.notes[0].body == "# B\n");
    CHECK(found.notes[1].path == "u/A");
    CHECK(found.notes[1].type == "u");
    CHECK(found.notes[1].body == "# A\n- [Note] new\n- [Note] x y\n- r1 [[B]]\n- r2 [[C]]\n");
    CHECK(found.skipped.size() == 3);
    CHECK(found.outcome.counts.entities == 2);
    CHECK(found.outcome.counts.relations == 3);
    CHECK(found.outcome.counts.skipped_entities == 1);
    CHECK_FALSE(found.outcome.trouble);
}

TEST_CASE("the last line of memory.json may lack its end, but not its text") {
    const std::string line = R"({"type":"entity","name":"A"})";
    const auto whole = read(ImportKind::memory_json, line);
    CHECK(whole.notes.size() == 1);
    CHECK_FALSE(whole.outcome.trouble);
    const auto cut = read(ImportKind::memory_json, line + '\n' + line.substr(0, 20));
    CHECK(cut.notes.size() == 1);
    CHECK(cut.outcome.trouble);
}

}  // namespace
}  // namespace bm
