#include "access/form_body.hpp"

#include <doctest/doctest.h>

#include "markdown/percent_coding.hpp"

TEST_CASE("a form is decoded") {
    const auto form = bm::parse_form("a=1&b=x+y%2Bz&empty=&flag&%C3%A4=%e2%82%ac");
    REQUIRE(form);
    CHECK(form->value("a") == "1");
    CHECK(form->value("b") == "x y+z");
    CHECK_FALSE(form->find("empty"));
    CHECK_FALSE(form->find("flag"));
    CHECK(form->value("\xc3\xa4") == "\xe2\x82\xac");
    CHECK_FALSE(form->find("missing"));
    CHECK(form->all().size() == 5);
    CHECK(bm::parse_form("")->all().empty());
    CHECK(bm::parse_form("&&a=1&&")->value("a") == "1");
    CHECK(bm::parse_form("a=b=c")->value("a") == "b=c");
}

TEST_CASE("a form that two readers could read differently is refused") {
    for (const char* bad : {"a=1&a=2", "a=1&%61=2", "a=&a=", "a=%", "a=%4", "a=%zz", "a=%00",
                            "a=x%0ay", "a=%0d%0a", "a=%ff", "a=%c3", "a=\x01", "a=%7f", "%0a=1"}) {
        CAPTURE(bad);
        const auto form = bm::parse_form(bad);
        REQUIRE_FALSE(form);
        CHECK(form.error().fault == bm::Fault::invalid);
    }
    CHECK_FALSE(bm::parse_form("a=" + std::string(40'000, 'x')));
    std::string many;
    for (int i = 0; i < 65; ++i) many += "k" + std::to_string(i) + "=1&";
    CHECK_FALSE(bm::parse_form(many));
}

TEST_CASE("what is encoded is decoded to itself") {
    const std::string text = "a b&c=d%\"'<>/?#\xc3\xa4~-._";
    CHECK(bm::parse_form("x=" + bm::percent_encoded(text))->value("x") == text);
}
