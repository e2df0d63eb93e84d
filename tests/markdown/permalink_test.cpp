#include "markdown/permalink.hpp"

#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

TEST_CASE("every recorded path and title gets its slug") {
    std::ifstream file("vectors/permalinks.json");
    const auto rows = nlohmann::json::parse(file);
    REQUIRE(rows.size() > 150);
    for (const auto& row : rows) {
        const auto input = row[0].get<std::string>();
        CAPTURE(input);
        CHECK(bm::slug(input) == row[1].get<std::string>());
    }
}

TEST_CASE("a slug can keep its suffix") {
    CHECK(bm::slug_keeping_suffix("notes/file.md") == "notes/file.md");
    CHECK(bm::slug_keeping_suffix("Photo.JPG") == "photo.jpg");
    CHECK(bm::slug("notes/file.md") == "notes/file");
}

TEST_CASE("only the last suffix goes and only a known one") {
    CHECK(bm::slug("note.md.md") == "note.md");
    CHECK(bm::slug("Release 1.0") == "release-1.0");
    CHECK(bm::slug("board.canvas") == "board.canvas");
    CHECK(bm::slug(".md") == ".md");
    CHECK(bm::slug("folder/note.md/") == "folder/note");
}

TEST_CASE("13.1 item 45: underscores and blanks in folders and titles are hyphens") {
    CHECK(bm::slug("My_Folder/My_Note.md") == "my-folder/my-note");
    CHECK(bm::slug("My Folder/My Note.md") == bm::slug("My_Folder/My_Note.md"));
}

TEST_CASE("composed and decomposed names have one slug") {
    CHECK(bm::slug("Cafe\u0301.md") == "cafe");
    CHECK(bm::slug("\u1112\u1161\u11AB") == bm::slug("\uD55C"));
    CHECK(bm::slug("\u0438\u0306") == "i");
    CHECK(bm::slug("か\u3099") == "ga");
}

TEST_CASE("invalid bytes become dashes") { CHECK(bm::slug("a\xFF\xFE b") == "a-b"); }

TEST_CASE("13.2 item 22: a permalink is never empty nor has it an empty segment") {
    struct Case {
        std::string path;
        std::string permalink;
    };
    for (const Case& c :
         {Case{"🎉.md", "1f389"}, Case{"notes/🎉.md", "notes/1f389"}, Case{"🎉/note.md", "1f389/note"},
          Case{"a/--/b.md", "a/2d-2d/b"}, Case{"🎉🚀.md", "1f389-1f680"},
          Case{"❤️.md", "2764-fe0f"}, Case{"---.md", "2d-2d-2d"}, Case{"a/\u3000.md", "a/3000"},
          Case{"½ cup.md", "1/2-cup"}, Case{"notes/Plan.md", "notes/plan"}, Case{"", "untitled"},
          Case{"/", "2f"}}) {
        CAPTURE(c.path);
        CHECK(bm::permalink_for_path(c.path) == c.permalink);
    }
}

TEST_CASE("a type name is canonical in snake case") {
    struct Case {
        std::string type;
        std::string canonical;
    };
    for (const Case& c :
         {Case{"Memory Service", "memory_service"}, Case{"memory-service", "memory_service"},
          Case{"MemoryService", "memory_service"}, Case{"My Type.x", "my_type_x"},
          Case{"  note ", "note"}, Case{"a\\b", "a_b"}, Case{"v2Schema", "v2_schema"},
          Case{"ÜberTyp", "über_typ"}, Case{"", ""}}) {
        CAPTURE(c.type);
        CHECK(bm::canonical_type(c.type) == c.canonical);
    }
}
