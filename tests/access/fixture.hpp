#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "access/access_store.hpp"
#include "access/access_urls.hpp"
#include "access/strict_json.hpp"
#include "server/http_message.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm::test {

inline bool has_part(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// A store in a folder of its own and a clock that is wound by hand.
struct StoreFixture {
    TemporaryFolder folder;
    AccessStore store{folder.path() / "config" / "access.db"};
    Seconds now = 1'790'000'000;
    AccessUrls urls = AccessUrls::from("https://notes.example.com", "/mcp").value();

    [[nodiscard]] Clock clock() {
        return [this] { return Timestamp(std::chrono::seconds(now)); };
    }
};

inline HttpRequest get_request(std::string path, std::string query = "") {
    HttpRequest request;
    request.method = "GET";
    request.path = std::move(path);
    request.query = std::move(query);
    request.peer = "192.0.2.1";
    return request;
}

inline HttpRequest bearer_request(const std::string& token) {
    HttpRequest request = get_request("/mcp");
    request.fields.add("Authorization", "Bearer " + token);
    return request;
}

inline std::string field_of(const HttpResponse& response, std::string_view name) {
    return std::string(response.fields.find(name).value_or(""));
}

inline Json json_of(const HttpResponse& response) {
    return Json::parse(response.body, nullptr, false);
}

}  // namespace bm::test
