#pragma once

#include <string>

#include "server/http_message.hpp"

namespace bm {

struct LoginPage {
    std::string form_token;
    std::string next;         ///< where to go on after the login
    std::string user;         ///< what was typed before
    std::string problem;      ///< empty at first
    std::string form_target;  ///< see page_answer()
    int status = 200;
};
[[nodiscard]] HttpResponse login_page(const LoginPage& page);

/// The first start: whoever holds the link becomes the owner.
struct SetupPage {
    std::string form_token;
    std::string key;
    std::string user;
    std::string problem;
    int status = 200;
};
[[nodiscard]] HttpResponse setup_page(const SetupPage& page);

}  // namespace bm
