#include "access/login_page.hpp"

#include "access/page.hpp"

namespace bm {

namespace {

std::string hidden_field(const std::string& name, const std::string& value) {
    return "<input type=\"hidden\" name=\"" + name + "\" value=\"" + html_escaped(value) + "\">";
}

std::string problem_note(const std::string& problem) {
    if (problem.empty()) return {};
    return "<p class=\"note\" role=\"alert\">" + html_escaped(problem) + "</p>\n";
}

std::string user_field(const std::string& user) {
    return "<label>User name<input type=\"text\" name=\"user\" autocomplete=\"username\" "
           "autocapitalize=\"none\" spellcheck=\"false\" required value=\"" +
           html_escaped(user) + "\"></label>\n";
}

}  // namespace

HttpResponse login_page(const LoginPage& page) {
    std::string content = problem_note(page.problem);
    content += "<form method=\"post\" action=\"/login\">" +
               hidden_field("form_token", page.form_token) + hidden_field("next", page.next) +
               "\n" + user_field(page.user) +
               "<label>Password<input type=\"password\" name=\"password\" "
               "autocomplete=\"current-password\" required></label>\n"
               "<button type=\"submit\">Log in</button></form>\n";
    return page_answer(page.status, "Log in to your notes", content, page.form_target);
}

HttpResponse setup_page(const SetupPage& page) {
    std::string content =
        problem_note(page.problem) +
        "<p>You are the first here. Choose the name and password with which you will let "
        "applications read and change your notes.</p>\n"
        "<form method=\"post\" action=\"/setup\">" +
        hidden_field("form_token", page.form_token) + hidden_field("key", page.key) + "\n" +
        user_field(page.user) +
        "<label>Password<input type=\"password\" name=\"password\" "
        "autocomplete=\"new-password\" minlength=\"10\" required></label>\n"
        "<label>Password once more<input type=\"password\" name=\"again\" "
        "autocomplete=\"new-password\" minlength=\"10\" required></label>\n"
        "<button type=\"submit\">Become the owner</button></form>\n"
        "<p class=\"soft\">At least 10 characters. Several words are better than one strange "
        "one.</p>\n";
    return page_answer(page.status, "Set up your notes", content, "");
}

}  // namespace bm
