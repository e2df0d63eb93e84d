#include "markdown/file_naming.hpp"

#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "markdown/permalink.hpp"

namespace {

struct Case {
    std::string input;
    std::string expected;
};

void check_vectors(const std::string& path, std::string (*sanitize)(std::string_view)) {
    std::ifstream file(path);
    const auto rows = nlohmann::json::parse(file);
    REQUIRE(rows.size() > 30);
    for (const auto& row : rows) {
        const auto input = row[0].get<std::string>();
        CAPTURE(input);
        CHECK(sanitize(input) == (row.size() > 2 ? row[2]["v0.23"] : row[1]).get<std::string>());
    }
}

std::string name_of(std::string_view title, bool kebab = false) {
    const auto name = bm::file_name_for_title(title, kebab);
    return name ? *name : "refused: " + name.error().message;
}

}  // namespace

TEST_CASE("every recorded title is sanitised as recorded") {
    check_vectors("vectors/filenames.json", &bm::sanitized_title);
}

TEST_CASE("every recorded folder is sanitised as recorded") {
    check_vectors("vectors/folders.json", &bm::sanitized_folder);
}

TEST_CASE("a title becomes a file name that keeps its spelling") {
    for (const Case& c : {Case{"Test 3.0 Version", "Test 3.0 Version.md"},
                          Case{"my_note_example", "my_note_example.md"},
                          Case{"Enable/Disable", "Enable-Disable.md"}, Case{"What?", "What.md"},
                          Case{"A: B", "A- B.md"}, Case{"a--b", "a-b.md"},
                          Case{"User's Guide", "User's Guide.md"}, Case{"🎉", "🎉.md"}}) {
        CAPTURE(c.input);
        CHECK(name_of(c.input) == c.expected);
    }
}

TEST_CASE("13.1 item 42: kebab file names keep periods of version numbers") {
    for (const Case& c :
         {Case{"My Awesome Note", "my-awesome-note.md"},
          Case{"my_note_with_underscores", "my-note-with-underscores.md"},
          Case{"MyAwesomeFeature", "my-awesome-feature.md"},
          Case{"MIXED_Case_Example", "mixed-case-example.md"},
          Case{"Version 1.2.3 Release", "version-1.2.3-release.md"},
          Case{"Test 3.0 Version", "test-3.0-version.md"},
          Case{"Test 2.0: New Feature", "test-2.0-new-feature.md"},
          Case{"Feature (v2.0) Update", "feature-v2.0-update.md"},
          Case{"User's Guide", "users-guide.md"},
          Case{"MyProject_v3.0: Feature Update (DRAFT)", "my-project-v3.0-feature-update-draft.md"},
          Case{"Test___Multiple---Separators", "test-multiple-separators.md"},
          Case{"---Test Note---", "test-note.md"}, Case{"!!!Test!!!", "test.md"},
          Case{"½ cup", "1-2-cup.md"}, Case{"50/50 split", "50-50-split.md"}, Case{"🎉", "1f389.md"},
          Case{"!.!", "21-21.md"}, Case{"photo.png", "photo.md"}}) {
        CAPTURE(c.input);
        CHECK(name_of(c.input, true) == c.expected);
    }
}

TEST_CASE("a name in kebab case is one segment, whatever bytes the title has") {
    // Without the dots the bytes E3 8F 9E are a sign that is spelled "V/m".
    const std::string name = name_of("\x9E\x9E\xA6\xE0\xE3.\x8F\x9E\xE3.", true);
    CAPTURE(name);
    CHECK(name.find('/') == std::string::npos);
    CHECK(name.ends_with(".md"));
}

TEST_CASE("13.1 item 43: a title ending in a period gives no double dot") {
    CHECK(name_of("Done.") == "Done.md");
    CHECK(name_of("Done...") == "Done.md");
    CHECK(name_of("Done - .", true) == "done.md");
    CHECK(name_of("...hidden") == "hidden.md");
    CHECK(name_of("Done. -") == "Done.md");
    CHECK(name_of("- Done") == "Done.md");
}

TEST_CASE("a title is trimmed and loses one suffix of a note") {
    CHECK(name_of("  Padded  ") == "Padded.md");
    CHECK(name_of("Title.md") == "Title.md");
    CHECK(name_of("Title.MD") == "Title.md");
    CHECK(name_of("Title.md.md") == "Title.md.md");
    CHECK(name_of("Title.txt") == "Title.txt.md");
}

TEST_CASE("13.2 item 22: a title without anything usable is refused") {
    for (const bool kebab : {false, true}) {
        for (const std::string title :
             {"", "   ", "///", "...", "---", ".md", " .md ", "?", "- . -", "\u3000"}) {
            CAPTURE(title);
            const auto name = bm::file_name_for_title(title, kebab);
            REQUIRE_FALSE(name);
            CHECK(name.error() == bm::Error{bm::Fault::invalid, "title cannot be empty"});
        }
    }
}

TEST_CASE("control characters do not reach a file name") {
    CHECK(name_of("two\nlines") == "two-lines.md");
    CHECK(name_of(std::string_view("nul\0here", 8)) == "nul-here.md");
}

TEST_CASE("a folder keeps the accents and vowel signs of its letters") {
    CHECK(bm::sanitized_folder("हिन्दी/ไทย") == "हिन्दी/ไทย");
    CHECK(bm::sanitized_folder("Cafe\u0301") == "Cafe\u0301");
    CHECK(bm::sanitized_folder("love ❤\uFE0F") == "love");
    CHECK(bm::sanitized_folder("\u0301x") == "x");
}

TEST_CASE("folders lose blanks and slashes at the end however they are mixed") {
    CHECK(bm::sanitized_folder("a/ / ") == "a");
    CHECK(bm::sanitized_folder("a\\/\\b//") == "a/b");
}

TEST_CASE("a path is normalised without being resolved") {
    for (const Case& c :
         {Case{"x/./y", "x/y"}, Case{"a\\b", "a/b"}, Case{"./n1", "n1"}, Case{"a//b", "a/b"},
          Case{"/a/", "a"}, Case{"././x", "x"}, Case{"", ""}, Case{"/", ""}, Case{".", ""},
          Case{"a/../b", "a/../b"}, Case{"a/.b/..c", "a/.b/..c"}}) {
        CAPTURE(c.input);
        CHECK(bm::normalized_path(c.input) == c.expected);
    }
}
