#include "host/host_answers.hpp"

#include <doctest/doctest.h>

namespace bm {

TEST_CASE("a refusal of the host is JSON with one sentence, whatever bytes are in it") {
    const HttpResponse response = detail_response(404, "Project 'a\"b\xff' not found.");
    CHECK(response.status == 404);
    CHECK(response.fields.find("content-type") == "application/json");
    CHECK(response.body == "{\"detail\":\"Project 'a\\\"b\xEF\xBF\xBD' not found.\"}");
}

}  // namespace bm
