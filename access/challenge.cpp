#include "access/challenge.hpp"

#include "access/answers.hpp"

namespace bm {

namespace {

struct DenialForm {
    int status;
    std::string_view error;
};

DenialForm form_of(Denial denial) noexcept {
    switch (denial) {
        case Denial::no_credentials:
            return {401, ""};
        case Denial::invalid_token:
            return {401, "invalid_token"};
        case Denial::insufficient_scope:
            return {403, "insufficient_scope"};
        case Denial::invalid_request:
            return {400, "invalid_request"};
        case Denial::unavailable:
            return {503, "temporarily_unavailable"};
    }
    return {500, "server_error"};
}

}  // namespace

// Descriptions are ours, so nothing in them needs escapes.
HttpResponse denial_response(const AccessUrls& urls, Denial denial, std::string_view description,
                             std::string_view scope) {
    const DenialForm form = form_of(denial);
    std::string challenge = "Bearer ";
    if (!form.error.empty()) {
        challenge.append("error=\"").append(form.error).append("\", error_description=\"");
        challenge.append(description).append("\", ");
    }
    challenge.append("resource_metadata=\"").append(urls.resource_metadata());
    challenge.append("\", scope=\"").append(scope).append("\"");
    const std::string_view word = form.error.empty() ? "unauthorized" : form.error;
    HttpResponse answer = oauth_error(
        form.status, word, description.empty() ? "A bearer token is needed." : description);
    if (form.status == 503) answer.fields.add("Retry-After", "10");
    if (form.status != 503) answer.fields.add("WWW-Authenticate", challenge);
    return answer;
}

}  // namespace bm
