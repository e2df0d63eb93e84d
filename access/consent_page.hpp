#pragma once

#include <string>

#include "access/scope_set.hpp"
#include "server/http_message.hpp"

namespace bm {

struct ConsentPage {
    std::string form_token;
    std::string login;  ///< see BrowserVisit
    std::string user;
    std::string client_name;  ///< a stranger's text
    std::string client_id;    ///< a host for clients that a document describes
    std::string place;        ///< where the answer goes
    bool place_is_local = false;
    ScopeSet scope;
    std::string request;      ///< the query that asked
    std::string form_target;  ///< see page_answer()
};
[[nodiscard]] HttpResponse consent_page(const ConsentPage& page);

/// Says what is wrong with a client's request, with a link by which the user may go back to it.
[[nodiscard]] HttpResponse fault_page(const std::string& problem, const std::string& place,
                                      const std::string& location);

/// Asks for the code that a device shows.
struct DevicePage {
    std::string typed;
    std::string problem;
    int status = 200;
};
[[nodiscard]] HttpResponse device_page(const DevicePage& page);

/// Shows the code for comparison and asks for the user's word.
struct DeviceConsentPage {
    std::string form_token;
    std::string login;  ///< see BrowserVisit
    std::string user;
    std::string client_name;
    std::string client_id;
    std::string user_code;  ///< as stored
    ScopeSet scope;
};
[[nodiscard]] HttpResponse device_consent_page(const DeviceConsentPage& page);

}  // namespace bm
