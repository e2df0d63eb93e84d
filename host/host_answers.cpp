#include "host/host_answers.hpp"

#include <nlohmann/json.hpp>

namespace bm {

HttpResponse json_response(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.fields.add("Content-Type", "application/json");
    response.fields.add("Cache-Control", "no-store");
    response.body = std::move(body);
    return response;
}

HttpResponse detail_response(int status, std::string_view sentence) {
    const nlohmann::json body = {{"detail", sentence}};
    return json_response(status,
                         body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace bm
