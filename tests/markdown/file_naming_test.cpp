#include "markdown/file_naming.hpp"

#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "markdown/permalink.hpp"

namespace {

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
    for (const auto& [title, name] :
         {std::pair{"Test 3.0 Version", "Test 3.0 Version.md"},
          std::pair{"my_note_example", "my_note_example.md"},
          std::pair{"Enable/Disable", "Enable-Disable.md"}, std::pair{"What?", "What.md"},
          std::pair{"A: B", "A- B.md"}, std::pair{"a--b", "a-b.md"},
          std::pair{"User's Guide", "User's Guide.md"}, std::pair{"🎉", "🎉.md"}}) {
        CAPTURE(std::string(title));
        CHECK(name_of(title) == name);
    }
}

TEST_CASE("13.1 item 42: kebab file names keep periods of version numbers") {
    for (const auto& [title, name] :
         {std::pair{"My Awesome Note", "my-awesome-note.md"},
          std::pair{"my_note_with_underscores", "my-note-with-underscores.md"},
          std::pair{"MyAwesomeFeature", "my-awesome-feature.md"},
          std::pair{"MIXED_Case_Example", "mixed-case-example.md"},
          std::pair{"Version 1.2.3 Release", "version-1.2.3-release.md"},
          std::pair{"Test 3.0 Version", "test-3.0-version.md"},
          std::pair{"Test 2.0: New Feature", "test-2.0-new-feature.md"},
          std::pair{"Feature (v2.0) Update", "feature-v2.0-update.md"},
          std::pair{"User's Guide", "users-guide.md"},
          std::pair{"MyProject_v3.0: Feature Update (DRAFT)",
                    "my-project-v3.0-feature-update-draft.md"},
          std::pair{"Test___Multiple---Separators", "test-multiple-separators.md"},
          std::pair{"---Test Note---", "test-note.md"}, std::pair{"!!!Test!!!", "test.md"},
          std::pair{"½ cup", "1-2-cup.md"}, std::pair{"50/50 split", "50-50-split.md"},
          std::pair{"🎉", "1f389.md"}, std::pair{"!.!", "21-21.md"},
          std::pair{"photo.png", "photo.md"}}) {
        CAPTURE(std::string(title));
        CHECK(name_of(title, true) == name);
    }
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
    for (const auto& [path, normal] :
         {std::pair{"x/./y", "x/y"}, std::pair{"a\\b", "a/b"}, std::pair{"./n1", "n1"},
          std::pair{"a//b", "a/b"}, std::pair{"/a/", "a"}, std::pair{"././x", "x"},
          std::pair{"", ""}, std::pair{"/", ""}, std::pair{".", ""}, std::pair{"a/../b", "a/../b"},
          std::pair{"a/.b/..c", "a/.b/..c"}}) {
        CAPTURE(std::string(path));
        CHECK(bm::normalized_path(path) == normal);
    }
}
