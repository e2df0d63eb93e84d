#pragma once

#include <string>
#include <variant>

#include "server/authorizer.hpp"

namespace bm::test {

/// Says who calls by the token alone: `write`, `read`, `other` and `bound` are known.
class FixedAuthorizer final : public bm::Authorizer {
public:
    std::variant<bm::Principal, bm::HttpResponse> authorize(
        const bm::HttpRequest& request) override {
        const auto token = request.fields.find("Authorization").value_or("");
        if (token == "Bearer write") return bm::Principal{"ann", bm::Scope::write, {}};
        if (token == "Bearer read") return bm::Principal{"ann", bm::Scope::read, {}};
        if (token == "Bearer other") return bm::Principal{"bob", bm::Scope::write, {}};
        if (token == "Bearer bound") return bm::Principal{"eve", bm::Scope::write, "main"};
        bm::HttpResponse response;
        response.status = 401;
        response.fields.add("WWW-Authenticate", "Bearer resource_metadata=\"x\"");
        return response;
    }
    bm::HttpResponse refuse_scope(bm::Scope needed) override {
        bm::HttpResponse response;
        response.status = 403;
        response.fields.add("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" +
                                                    std::string(bm::scope_name(needed)) + "\"");
        return response;
    }
};

}  // namespace bm::test
