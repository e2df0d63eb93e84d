#include "importers/entry_reader.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace bm {
namespace {

/// Gives its text in pieces of one size, as a slow pipe does.
class PieceSource final : public ImportSource {
public:
    PieceSource(std::string_view text, std::size_t piece) : source_(text), piece_(piece) {}
    [[nodiscard]] std::uint64_t size() const override { return 0; }
    std::size_t next(char* into, std::size_t room) override {
        return source_.next(into, std::min(room, piece_));
    }
    std::size_t read_at(std::uint64_t, char*, std::size_t) override { return 0; }
    void rewind() override {}
    [[nodiscard]] bool is_seekable() const override { return false; }

private:
    MemorySource source_;
    std::size_t piece_;
};

struct Read {
    std::vector<std::string> entries;  ///< or `!` and the problem
    EntryStep end = EntryStep::entry;

    friend bool operator==(const Read&, const Read&) = default;
};

template <class Reader>
Read read_all(ImportSource& source, EntryLimits limits) {
    Reader reader(source, limits);
    Read read;
    ExportEntry entry;
    while ((read.end = reader.next(entry)) == EntryStep::entry) {
        CHECK(entry.number > 0);
        read.entries.push_back(entry.problem.empty() ? entry.text : '!' + entry.problem);
    }
    return read;
}

template <class Reader>
Read read_all(std::string_view text, EntryLimits limits = {}) {
    MemorySource whole(text);
    const Read read = read_all<Reader>(whole, limits);
    for (const std::size_t size : {1, 2, 3, 7}) {
        PieceSource pieces(text, size);
        CHECK(read_all<Reader>(pieces, limits) == read);
    }
    return read;
}

TEST_CASE("a list is cut into its entries without understanding them") {
    struct Case {
        std::string text;
        Read read;
    };
    using Step = EntryStep;
    for (const auto& [text, read] :
         {Case{"[]", {{}, Step::end}},
          {" \n[ ] \n", {{}, Step::end}},
          {"\xEF\xBB\xBF[1]", {{"1"}, Step::end}},
          {R"([{"a":"]}\"["} , [1,[2]], "x,]", 7,null])",
           {{R"({"a":"]}\"["})", "[1,[2]]", R"("x,]")", "7", "null"}, Step::end}},
          {R"([{"a":"\\"},{"b":1}])", {{R"({"a":"\\"})", R"({"b":1})"}, Step::end}},
          {"[nonsense, {]}, {}]", {{"nonsense", "{]}", "{}"}, Step::end}},
          {"[1] x", {{"1"}, Step::more}},
          {"[1,", {{"1"}, Step::cut_off}},
          {"[{\"a\":1}, {\"b\":", {{"{\"a\":1}"}, Step::cut_off}},
          {"[\"a", {{}, Step::cut_off}},
          {"", {{}, Step::cut_off}},
          {"{}", {{}, Step::not_a_list}},
          {"\"[\"", {{}, Step::not_a_list}}}) {
        CAPTURE(text);
        CHECK(read_all<ListReader>(text) == read);
    }
}

TEST_CASE("an entry that is too much costs itself only") {
    const EntryLimits limits{8, 4, 3};
    CHECK(read_all<ListReader>("[\"123456789\",1]", limits).entries.size() == 2);
    struct Case {
        std::string text;
        std::string problem;
    };
    for (const auto& [text, problem] : {Case{"\"123456789\"", "larger than 0 MB"},
                                        {"[1,2,3,4,5,6]", "more than 4 values"},
                                        {"[[[[]]]]", "nested deeper than 3"}}) {
        CAPTURE(text);
        const Read read = read_all<ListReader>("[" + text + ", 2]", limits);
        CHECK(read.end == EntryStep::end);
        REQUIRE(read.entries.size() == 2);
        CHECK(read.entries[0].find(problem) != std::string::npos);
        CHECK(read.entries[1].find('2') != std::string::npos);
    }
    // No bracket is counted twice, however deep: the stack stays as it is.
    const std::string deep(300'000, '[');
    CHECK(read_all<ListReader>("[" + deep).end == EntryStep::cut_off);
}

TEST_CASE("a text is cut into its lines") {
    CHECK(read_all<LineReader>("") == Read{{}, EntryStep::end});
    CHECK(read_all<LineReader>("a\n\n \t\nb\r\n") == Read{{"a", "b\r"}, EntryStep::end});
    CHECK(read_all<LineReader>("a\nb") == Read{{"a"}, EntryStep::cut_off});
    CHECK(read_all<LineReader>("a\n  ") == Read{{"a"}, EntryStep::end});
    const Read read = read_all<LineReader>("123456789\nb\n", {8, 4, 3});
    REQUIRE(read.entries.size() == 2);
    CHECK(read.entries[0].front() == '!');
}

}  // namespace
}  // namespace bm
