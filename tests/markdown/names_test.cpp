#include "markdown/names.hpp"

#include <string>
#include <string_view>
#include <unordered_set>

#include <doctest/doctest.h>

#include "markdown/text.hpp"

using bm::Permalink;
using bm::ProjectName;
using bm::RelativePath;

TEST_CASE("a relative path never leaves its project") {
    for (const std::string raw : {"", "/etc/passwd", "/", "..", "../x.md", "a/../x.md", "a/..",
                                  "./a.md", "a/./b", ".", "a//b.md", "a/", "a\xFF.md"}) {
        CAPTURE(raw);
        const auto path = RelativePath::parse(raw);
        REQUIRE_FALSE(path);
        CHECK(path.error().fault == bm::Fault::invalid);
    }
    CHECK_FALSE(RelativePath::parse(std::string_view("a\0b", 3)));
}

TEST_CASE("odd but harmless names are legal relative paths") {
    for (const std::string raw :
         {"a.md", "a/b/c.md", "a..b.md", "..hidden", "x~.md", "~", ".obsidian/x", "a b/c.md",
          "🎉.md", "...", "a\\b.md", "new\nline.md"}) {
        CAPTURE(raw);
        const auto path = RelativePath::parse(raw);
        REQUIRE(path);
        CHECK(path->str() == raw);
    }
}

TEST_CASE("a permalink is kept verbatim unless it is blank or holds control characters") {
    for (const std::string raw : {"specs/search", "Upper Case", " padded ", "中文/测试"}) {
        CAPTURE(raw);
        REQUIRE(Permalink::parse(raw));
        CHECK(Permalink::parse(raw)->str() == raw);
    }
    for (const std::string raw : {"", "  ", "\u3000", "a\nb", "a\tb", "a\x7F", "a\u0085"}) {
        CAPTURE(raw);
        CHECK_FALSE(Permalink::parse(raw));
    }
}

TEST_CASE("a project name is trimmed") {
    REQUIRE(ProjectName::parse("  My Research "));
    CHECK(ProjectName::parse("  My Research ")->str() == "My Research");
    CHECK_FALSE(ProjectName::parse(" \t "));
    CHECK_FALSE(ProjectName::parse("a\nb"));
}

TEST_CASE("a refusal names the value on one printable line of bounded length") {
    const auto refused = RelativePath::parse("/etc/passwd");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("'/etc/passwd'") != std::string::npos);

    const auto odd = Permalink::parse("a\nb\xFF");
    REQUIRE_FALSE(odd);
    CHECK(odd.error().message.find('\n') == std::string::npos);
    CHECK(bm::is_valid_utf8(odd.error().message));

    const auto endless = RelativePath::parse("/" + std::string(100'000, 'x'));
    REQUIRE_FALSE(endless);
    CHECK(endless.error().message.size() < 300);
}

TEST_CASE("checked names can be compared and hashed") {
    const auto a = *RelativePath::parse("a.md");
    const auto b = *RelativePath::parse("b.md");
    CHECK(a < b);
    CHECK(a != b);
    CHECK(std::unordered_set<RelativePath>{a, b, a}.size() == 2);
}

TEST_CASE("a path is taken apart into folder, stem and suffix") {
    struct Case {
        std::string path;
        std::string folder;
        std::string name;
        std::string stem;
        std::string suffix;
    };
    for (const Case& c : {Case{"a/b/Note.md", "a/b", "Note.md", "Note", ".md"},
                          Case{"Note.md", "", "Note.md", "Note", ".md"},
                          Case{"dir.md/file", "dir.md", "file", "file", ""},
                          Case{".hidden", "", ".hidden", ".hidden", ""},
                          Case{".hidden.md", "", ".hidden.md", ".hidden", ".md"},
                          Case{"archive.tar.gz", "", "archive.tar.gz", "archive.tar", ".gz"},
                          Case{"ends.", "", "ends.", "ends.", ""}, Case{"", "", "", "", ""},
                          Case{"a/", "a", "", "", ""}}) {
        CAPTURE(c.path);
        CHECK(bm::parent_folder(c.path) == c.folder);
        CHECK(bm::file_name(c.path) == c.name);
        CHECK(bm::file_stem(c.path) == c.stem);
        CHECK(bm::file_suffix(c.path) == c.suffix);
    }
}
