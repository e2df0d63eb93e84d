#include "access/consent_page.hpp"

#include "access/device_codes.hpp"
#include "access/page.hpp"

namespace bm {

namespace {

std::string consent_field(const std::string& name, const std::string& value) {
    return "<input type=\"hidden\" name=\"" + name + "\" value=\"" + html_escaped(value) + "\">";
}

/// What proves that the form is ours, and who is logged in.
std::string proof_fields(const std::string& form_token, const std::string& login) {
    return consent_field("form_token", form_token) +
           (login.empty() ? std::string() : consent_field("login", login));
}

std::string fact(const std::string& term, const std::string& value) {
    return "<dt>" + term + "</dt><dd>" + html_escaped(value) + "</dd>\n";
}

std::string shown_name(const std::string& name) {
    return name.empty() ? "An application without a name" : name;
}

/// Reading comes with every consent; writing can be left out.
std::string scope_choice(const ScopeSet& scope) {
    std::string choice = "<p>It will be able to read and search your notes.</p>\n";
    if (scope.write) {
        choice +=
            "<label class=\"tick\"><input type=\"checkbox\" name=\"write\" value=\"yes\" checked>"
            "<span>Let it also write, change and delete notes</span></label>\n";
    }
    return choice;
}

constexpr const char* kDecisions =
    "<button type=\"submit\" name=\"decision\" value=\"approve\">Allow</button>\n"
    "<button type=\"submit\" name=\"decision\" value=\"deny\" class=\"quiet\">Do not "
    "allow</button></form>\n";

}  // namespace

HttpResponse consent_page(const ConsentPage& page) {
    std::string content = "<dl>" + fact("Application", shown_name(page.client_name)) +
                          fact("Known as", page.client_id) + fact("Sends you back to", page.place) +
                          fact("Logged in as", page.user) + "</dl>\n";
    if (page.place_is_local) {
        content +=
            "<p class=\"note\">The answer goes to a program on your own device. Any program there "
            "can claim to be this application: allow it only if you have just started this "
            "yourself.</p>\n";
    }
    content += "<form method=\"post\" action=\"/authorize\">" +
               proof_fields(page.form_token, page.login) + consent_field("request", page.request) +
               "\n" + scope_choice(page.scope) + kDecisions;
    return page_answer(200, "Let this application in?", content, page.form_target);
}

HttpResponse fault_page(const std::string& problem, const std::string& place,
                        const std::string& location) {
    return page_answer(400, "This application cannot connect",
                       "<p>It asked in a way that this server does not know: " +
                           html_escaped(problem) + "</p>\n<p><a href=\"" + html_escaped(location) +
                           "\" rel=\"noreferrer\">Go back to " + html_escaped(place) + "</a></p>\n",
                       "");
}

HttpResponse device_page(const DevicePage& page) {
    std::string content;
    if (!page.problem.empty())
        content += "<p class=\"note\" role=\"alert\">" + html_escaped(page.problem) + "</p>\n";
    content +=
        "<form method=\"get\" action=\"/device\">\n<label>Code that your device shows"
        "<input type=\"text\" name=\"user_code\" autocomplete=\"off\" "
        "autocapitalize=\"characters\" spellcheck=\"false\" placeholder=\"XXXX-XXXX\" required "
        "value=\"" +
        html_escaped(page.typed) + "\"></label>\n<button type=\"submit\">Go on</button></form>\n";
    return page_answer(page.status, "Connect a device", content, "");
}

HttpResponse device_consent_page(const DeviceConsentPage& page) {
    const std::string content =
        "<p>Does your device show this code?</p>\n<p class=\"code\">" +
        html_escaped(shown_user_code(page.user_code)) + "</p>\n<dl>" +
        fact("Application", shown_name(page.client_name)) + fact("Known as", page.client_id) +
        fact("Logged in as", page.user) +
        "</dl>\n<p class=\"note\">If somebody sent you here, or the code is not on a device in "
        "front of you, do not allow it: it would let them in.</p>\n"
        "<form method=\"post\" action=\"/device\">" +
        proof_fields(page.form_token, page.login) + consent_field("user_code", page.user_code) +
        "\n" + scope_choice(page.scope) + kDecisions;
    return page_answer(200, "Let this device in?", content, "");
}

}  // namespace bm
