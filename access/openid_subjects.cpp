#include "access/openid_subjects.hpp"

#include <algorithm>

namespace bm {

std::string subject_fault(std::string_view subject) {
    const bool is_plain =
        std::all_of(subject.begin(), subject.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (subject.empty() || subject.size() > kLongestSubject || !is_plain)
        return "A subject has 1 to 255 characters of ASCII: what the provider's tokens say in sub.";
    return {};
}

bool OpenIdSubjects::bind(std::int64_t user, std::string_view issuer, std::string_view subject) {
    auto statement = database_.prepare(
        "INSERT INTO openid_subject (user_id, issuer, subject) VALUES (?, ?, ?) ON CONFLICT DO "
        "NOTHING");
    statement.run().bind(user).bind(issuer).bind(subject).done();
    return database_.changes() > 0;
}

std::optional<std::int64_t> OpenIdSubjects::user_of(std::string_view issuer,
                                                    std::string_view subject) {
    auto statement =
        database_.prepare("SELECT user_id FROM openid_subject WHERE issuer = ? AND subject = ?");
    auto query = statement.run();
    if (!query.bind(issuer).bind(subject).step()) return std::nullopt;
    return query.integer(0);
}

std::map<std::int64_t, std::string> OpenIdSubjects::all() {
    std::map<std::int64_t, std::string> subjects;
    auto statement = database_.prepare("SELECT user_id, subject FROM openid_subject");
    auto query = statement.run();
    while (query.step()) subjects.emplace(query.integer(0), query.string(1));
    return subjects;
}

void OpenIdSubjects::remember_issuer(std::string_view issuer) {
    if (this->issuer() == issuer) return;
    auto statement = database_.prepare(
        "INSERT OR REPLACE INTO setting (name, value) VALUES ('openid_issuer', ?)");
    statement.run().bind_blob(issuer).done();
}

std::optional<std::string> OpenIdSubjects::issuer() {
    auto statement = database_.prepare("SELECT value FROM setting WHERE name = 'openid_issuer'");
    auto query = statement.run();
    if (!query.step()) return std::nullopt;
    return std::string(query.blob(0));
}

}  // namespace bm
