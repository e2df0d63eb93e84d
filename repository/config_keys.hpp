#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "markdown/result.hpp"

namespace bm {

/// A plain value of config.json; monostate is null.
using ConfigScalar = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

enum class ConfigType {
    truth,
    whole_number,  ///< greater than zero
    number,        ///< greater than zero
    share,         ///< a number from zero to one
    text,
    optional_text,   ///< or null
    optional_whole,  ///< whole number greater than zero, or null
    choice,          ///< one of a few words
};

/// A setting with a plain value that this program or its relatives know.
struct ConfigKey {
    std::string_view name;
    ConfigType type;
    std::string_view fallback;  ///< as its author would type it; "null" for an optional text
    std::string_view choices;   ///< "rich|plain"
    bool newer;                 ///< unknown to the base release: files that hold it have its shape
    bool only_kept = false;     ///< others that share the file act on it, and this program does not

    [[nodiscard]] constexpr bool may_be_null() const noexcept {
        return type == ConfigType::optional_text || type == ConfigType::optional_whole;
    }
};

/// All of them, sorted by name.
std::span<const ConfigKey> config_keys() noexcept;
/// None for a name that nobody knows.
const ConfigKey* find_config_key(std::string_view name) noexcept;
/// The other name of the two settings that were renamed, or empty.
std::string_view other_name_of(std::string_view key) noexcept;
/// Whether only files of the newest releases hold this key.
bool is_newer_key(std::string_view name) noexcept;

/// `BASIC_MEMORY_SYNC_DELAY` for `sync_delay`.
std::string environment_name(std::string_view key);

/// `value` as the key wants it: "yes" becomes true where truth is wanted, "5" becomes 5 where a
/// number is. Fault::invalid with a reason such as `must be true or false, not "maybe"`.
Result<ConfigScalar> checked_setting(const ConfigKey& key, const ConfigScalar& value);
/// What holds when nobody says anything.
ConfigScalar default_setting(const ConfigKey& key);

}  // namespace bm
