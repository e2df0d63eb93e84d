#include "server/pagination.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using bm::Json;

namespace {

const std::vector<std::string> keys = {"a", "b", "", "d", "e"};

bm::OrError<bm::Page> page(const Json& params, std::size_t size = 2) {
    return bm::requested_page("tools", params, keys.size(), size,
                              [](std::size_t i) { return std::string_view(keys[i]); });
}

}  // namespace

TEST_CASE("pages follow each other until the list ends") {
    std::vector<std::size_t> bounds;
    Json params = Json::object();
    for (;;) {
        const auto one = page(params);
        REQUIRE(one);
        bounds.push_back(one->first);
        bounds.push_back(one->last);
        if (one->next_cursor.empty()) break;
        params["cursor"] = one->next_cursor;
    }
    CHECK(bounds == std::vector<std::size_t>{0, 2, 2, 4, 4, 5});
}

TEST_CASE("a list that fills its pages exactly has no page after them") {
    CHECK(page(Json::object(), 5)->next_cursor.empty());
    CHECK(page(Json::object(), 100)->last == 5);
    CHECK(page(Json::object(), 0)->last == 1);
}

TEST_CASE("an absent or null cursor asks for the first page") {
    CHECK(page({{"cursor", nullptr}})->first == 0);
    CHECK(page(Json::object())->first == 0);
}

TEST_CASE("a cursor has one form and opens one list only") {
    for (const std::string key : {"a", "", "ü/b", "a key that is rather long and has blanks"}) {
        const std::string cursor = bm::make_cursor("tools", key);
        CAPTURE(cursor);
        CHECK(bm::read_cursor("tools", cursor) == key);
        CHECK_FALSE(bm::read_cursor("prompts", cursor));
        CHECK_FALSE(bm::read_cursor("tools", cursor + "A"));
        CHECK_FALSE(bm::read_cursor("tools", cursor + "="));
        CHECK_FALSE(bm::read_cursor("tools", " " + cursor));
        CHECK_FALSE(bm::read_cursor("tools", cursor.substr(1)));
        for (std::size_t i = 0; i < cursor.size(); ++i) {
            std::string changed = cursor;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            CHECK_FALSE(bm::read_cursor("tools", changed));
        }
    }
    CHECK(bm::make_cursor("tools", "a") == bm::make_cursor("tools", "a"));
}

TEST_CASE("a cursor written by an earlier run is still read") {
    // What the same list wrote before; a change of the format must change its mark too.
    CHECK(bm::make_cursor("tools", "write_note") == "2TgBdpjvRK53cml0ZV9ub3Rl");
}

TEST_CASE("cursors that we did not write are refused") {
    for (const Json& cursor :
         {Json(""), Json("nonsense"), Json("YmFyZQ"), Json(5), Json::array(),
          Json(bm::make_cursor("prompts", "a")), Json(bm::make_cursor("tools", "gone"))}) {
        CAPTURE(cursor.dump());
        const auto one = page({{"cursor", cursor}});
        REQUIRE_FALSE(one);
        CHECK(one.error().code == -32602);
    }
}

TEST_CASE("a list that changes between its pages says nothing twice and leaves nothing out") {
    using Keys = std::vector<std::string>;
    const auto page_of = [](const Keys& list, const Json& params) {
        return bm::requested_page("tools", params, list.size(), 2,
                                  [&](std::size_t i) { return std::string_view(list[i]); });
    };
    const Keys before = {"a", "b", "c", "d"};
    const Json cursor = {{"cursor", page_of(before, Json::object())->next_cursor}};
    const auto rest_of = [&](const Keys& list) {
        Keys rest;
        for (Json params = cursor;;) {
            const auto page = page_of(list, params);
            REQUIRE(page);
            rest.insert(rest.end(), list.begin() + static_cast<std::ptrdiff_t>(page->first),
                        list.begin() + static_cast<std::ptrdiff_t>(page->last));
            if (page->next_cursor.empty()) return rest;
            params["cursor"] = page->next_cursor;
        }
    };
    CHECK(rest_of(before) == Keys{"c", "d"});
    // What came in front of the cursor was missed, but nothing is said again.
    CHECK(rest_of({"a", "new", "b", "c", "d"}) == Keys{"c", "d"});
    CHECK(rest_of({"a", "b", "new", "c", "d"}) == Keys{"new", "c", "d"});
    CHECK(rest_of({"b", "c", "d"}) == Keys{"c", "d"});
    CHECK(rest_of({"a", "b"}).empty());
    // Where one would go on is unknown without the entry: its client begins again.
    const auto gone = page_of({"a", "c", "d"}, cursor);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == -32602);
}
