#include <nlohmann/json.hpp>

#include "access/openid_subjects.hpp"
#include "access/password_hash.hpp"
#include "access/user_accounts.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"
#include "cli/password_input.hpp"

namespace bm {

namespace {

/// The hash of a password that was read and is good enough.
Result<std::string> hashed_new_password(Terminal& terminal) {
    const auto password = read_new_password(terminal);
    if (!password) return tl::unexpected(password.error());
    if (const auto weakness = password_weakness(*password); !weakness.empty())
        return fail(Fault::invalid, weakness);
    return PasswordHasher().hash(*password);
}

std::string missing_user(const UserPlace& place, const std::string& name) {
    return "There is no user '" + name + "'. See who there is: " + place.command + " list";
}

UserPlace own_place(const Application& application) {
    return {application.directory().access(), "bm user"};
}

}  // namespace

int run_user_add(Application& application, const UserCommand& command) {
    return run_user_add(application, own_place(application), command);
}

int run_user_list(Application& application, bool json) {
    return run_user_list(application, own_place(application), json);
}

int run_user_remove(Application& application, const UserCommand& command) {
    return run_user_remove(application, own_place(application), command);
}

int run_user_add(Application& application, const UserPlace& place, const UserCommand& command) {
    if (command.json) application.terminal().reserve_output();
    if (const auto fault = user_name_fault(command.name); !fault.empty())
        return fail_command(application, fault);
    const auto hash = hashed_new_password(application.terminal());
    if (!hash) return fail_command(application, hash.error().message);
    AccessStore store(place.file);
    const auto id = store.write([&](Database& database) {
        return UserAccounts(database).add(command.name, *hash, seconds_of(system_now()));
    });
    const std::string key = user_name_key(command.name);
    if (!id) return fail_command(application, "There is a user '" + key + "' already.");
    application.terminal().line("Added user '" + key + "'");
    if (command.json) print_change(application, {{"user", key}});
    return 0;
}

int run_user_list(Application& application, const UserPlace& place, bool json) {
    AccessStore store(place.file);
    const auto [users, subjects] = store.read([](Database& database) {
        return std::pair(UserAccounts(database).all(), OpenIdSubjects(database).all());
    });
    const auto subject_of = [&known = subjects](const UserAccount& user) {
        const auto found = known.find(user.id);
        return found == known.end() ? std::string() : found->second;
    };
    if (json) {
        Json list = Json::array();
        for (const UserAccount& user : users) {
            list.push_back(
                {{"name", user.name},
                 {"created_at", iso8601_utc(Timestamp(std::chrono::seconds(user.created_at)))}});
            if (const auto subject = subject_of(user); !subject.empty())
                list.back()["openid_subject"] = subject;
        }
        application.terminal().line(Json{{"users", std::move(list)}}.dump(2, ' ', true));
        return 0;
    }
    if (users.empty()) {
        application.terminal().line("There are no users in " + place.file.string() +
                                    ". Add one: " + place.command + " add NAME");
        return 0;
    }
    Terminal::Table table{"", {"Name", "Since"}, {}};
    if (!subjects.empty()) table.headers.emplace_back("OpenID subject");
    for (const UserAccount& user : users) {
        table.rows.push_back(
            {user.name, local_date(Timestamp(std::chrono::seconds(user.created_at)))});
        if (!subjects.empty()) table.rows.back().push_back(subject_of(user));
    }
    application.terminal().table(table);
    return 0;
}

int run_user_remove(Application& application, const UserPlace& place, const UserCommand& command) {
    if (command.json) application.terminal().reserve_output();
    AccessStore store(place.file);
    const bool removed = store.write(
        [&](Database& database) { return UserAccounts(database).remove(command.name); });
    if (!removed) return fail_command(application, missing_user(place, command.name));
    application.terminal().line("Removed user '" + user_name_key(command.name) +
                                "' with all logins and tokens of clients");
    if (command.json) print_change(application, {{"user", user_name_key(command.name)}});
    return 0;
}

int run_user_password(Application& application, const UserCommand& command) {
    if (command.json) application.terminal().reserve_output();
    const UserPlace place = own_place(application);
    AccessStore store(place.file);
    const auto user =
        store.read([&](Database& database) { return UserAccounts(database).find(command.name); });
    if (!user) return fail_command(application, missing_user(place, command.name));
    const auto hash = hashed_new_password(application.terminal());
    if (!hash) return fail_command(application, hash.error().message);
    store.write([&](Database& database) {
        UserAccounts(database).set_password(user->id, *hash, true);
        return true;
    });
    application.terminal().line("Changed the password of '" + user->name +
                                "' and ended the logins in browsers. Clients stay connected: bm "
                                "token list, bm token revoke");
    if (command.json) print_change(application, {{"user", user->name}});
    return 0;
}

}  // namespace bm
