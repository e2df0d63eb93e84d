#include "markdown/mime_type.hpp"

#include <string>

#include <doctest/doctest.h>

TEST_CASE("13.2 item 25: the type of a file depends on its name alone") {
    struct Case {
        std::string name;
        std::string type;
    };
    for (const Case& c : {Case{"note.md", "text/markdown"},
                          Case{"a/b/Note.MD", "text/markdown"},
                          Case{"n.markdown", "text/markdown"},
                          Case{"board.canvas", "application/json"},
                          Case{"BOARD.CANVAS", "application/json"},
                          Case{"image.png", "image/png"},
                          Case{"photo.JPG", "image/jpeg"},
                          Case{"paper.pdf", "application/pdf"},
                          Case{"table.csv", "text/csv"},
                          Case{"page.html", "text/html"},
                          Case{"code.py", "text/x-python"},
                          Case{"x.tar.gz", "application/x-tar"},
                          Case{"x.tgz", "application/x-tar"},
                          Case{"x.svgz", "image/svg+xml"},
                          Case{"x.json.Z", "application/json"},
                          Case{"LICENSE", "text/plain"},
                          Case{"v1.0", "text/plain"},
                          Case{".md", "text/plain"},
                          Case{"strange.extension", "text/plain"},
                          Case{"", "text/plain"}}) {
        CAPTURE(c.name);
        CHECK(bm::mime_type_for(c.name) == c.type);
    }
}

TEST_CASE("every suffix that titles may end in is known and no version part is") {
    for (const std::string suffix :
         {".3g2",   ".3gp",         ".aac",  ".ai",  ".aif",  ".aiff",     ".au",   ".avi",
          ".avif",  ".bin",         ".bmp",  ".c",   ".css",  ".csv",      ".dll",  ".doc",
          ".docx",  ".eml",         ".eps",  ".exe", ".gif",  ".h",        ".heic", ".heif",
          ".htm",   ".html",        ".ico",  ".jpe", ".jpeg", ".jpg",      ".js",   ".json",
          ".latex", ".m3u",         ".m3u8", ".man", ".md",   ".markdown", ".mht",  ".mhtml",
          ".mjs",   ".mov",         ".mp2",  ".mp3", ".mp4",  ".mpeg",     ".mpg",  ".nt",
          ".o",     ".obj",         ".opus", ".pdf", ".pl",   ".png",      ".ppt",  ".pptx",
          ".ps",    ".py",          ".pyc",  ".qt",  ".rdf",  ".rtf",      ".sgml", ".sh",
          ".so",    ".src",         ".svg",  ".swf", ".t",    ".tar",      ".tcl",  ".tex",
          ".tif",   ".tiff",        ".trig", ".tsv", ".txt",  ".vcf",      ".wasm", ".wav",
          ".webm",  ".webmanifest", ".webp", ".xls", ".xlsx", ".xml",      ".xsl",  ".zip",
          ".MD",    ".Tgz"}) {
        CAPTURE(suffix);
        CHECK(bm::is_known_suffix(suffix));
    }
    for (const std::string suffix :
         {"", ".", ".0", ".3", ".3 Release", ".0 Release", "md", ".canvas", ".notes", ".title",
          ".a very long suffix that no table holds"}) {
        CAPTURE(suffix);
        CHECK_FALSE(bm::is_known_suffix(suffix));
    }
}

TEST_CASE("notes are Markdown files that are not compressed") {
    CHECK(bm::is_note_name("a/b.md"));
    CHECK(bm::is_note_name("b.Markdown"));
    CHECK_FALSE(bm::is_note_name("b.txt"));
    CHECK_FALSE(bm::is_note_name("b.md.gz"));
    CHECK_FALSE(bm::is_note_name("md"));
    CHECK_FALSE(bm::is_note_name(".md"));
}
