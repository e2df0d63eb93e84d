#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_store.hpp"

namespace bm {

constexpr std::size_t kLongestUserName = 64;

struct UserAccount {
    std::int64_t id = 0;
    std::string name;
    std::string password;  ///< as PasswordHasher writes it
    Seconds created_at = 0;
};

/// Why a name is refused; empty when it is fine.
[[nodiscard]] std::string user_name_fault(std::string_view name);
/// The spelling under which a name is stored and found.
[[nodiscard]] std::string user_name_key(std::string_view name);

/// Accounts. Works on the connection it is given.
class UserAccounts {
public:
    explicit UserAccounts(Database& database) : database_(database) {}

    /// None when the name is taken.
    std::optional<std::int64_t> add(std::string_view name, std::string_view password, Seconds now);
    [[nodiscard]] std::optional<UserAccount> find(std::string_view name);
    [[nodiscard]] std::optional<UserAccount> find(std::int64_t id);
    [[nodiscard]] std::vector<UserAccount> all();
    [[nodiscard]] bool is_empty();
    /// Ends the user's logins in browsers too, and what he approved there and nobody has turned
    /// into tokens yet, unless only the cost of the hash has changed.
    void set_password(std::int64_t id, std::string_view password, bool ends_logins);
    /// With all that was granted by that user. False when there is none.
    bool remove(std::string_view name);

private:
    Database& database_;
};

}  // namespace bm
