#include "repository/config_keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "markdown/text.hpp"

namespace bm {

namespace {

using enum ConfigType;

constexpr auto kKeys = std::to_array<ConfigKey>({
    {"api_url", optional_text, "null", "", false},
    {"auto_update", truth, "false", "", true, true},
    {"cli_output_style", choice, "rich", "rich|plain", true},
    {"cloud_api_key", optional_text, "null", "", true},
    {"cloud_api_key_host", optional_text, "null", "", false},
    {"cloud_ca_cert", optional_text, "null", "", false},
    {"cloud_client_id", text, "client_01K6KWQPW6J1M8VV7R3TZP5A6M", "", false},
    {"cloud_domain", text, "https://eloquent-lotus-05.authkit.app", "", false},
    {"cloud_host", text, "https://cloud.basicmemory.com", "", false},
    {"cloud_mode", truth, "false", "", false},
    {"database_backend", choice, "sqlite", "sqlite", false, true},
    {"database_url", optional_text, "null", "", false, true},
    {"db_pool_overflow", whole_number, "40", "", false, true},
    {"db_pool_recycle", whole_number, "180", "", false, true},
    {"db_pool_size", whole_number, "20", "", false, true},
    {"default_project", optional_text, "main", "", false},
    {"default_project_mode", truth, "false", "", false},
    {"default_search_type", optional_text, "null", "", true, true},
    {"default_workspace", optional_text, "null", "", true, true},
    {"disable_permalinks", truth, "false", "", false},
    {"ensure_frontmatter_on_sync", truth, "false", "", true, true},
    {"env", choice, "dev", "test|dev|user", false},
    {"format_on_save", truth, "false", "", false, true},
    {"formatter_command", optional_text, "null", "", false},
    {"formatter_timeout", number, "5.0", "", false},
    {"history_enabled", truth, "true", "", false},
    {"history_max_age_days", whole_number, "90", "", false},
    {"history_max_size_mb", whole_number, "500", "", false},
    {"import_upload_max_bytes", whole_number, "104857600", "", true, true},
    {"index_batch_max_bytes", whole_number, "8388608", "", true, true},
    {"index_batch_size", whole_number, "32", "", true, true},
    {"index_changes", truth, "true", "", true},
    {"index_delay", whole_number, "1000", "", true},
    {"index_entity_max_concurrent", whole_number, "4", "", true, true},
    {"index_metadata_update_max_concurrent", whole_number, "4", "", true, true},
    {"index_parse_max_concurrent", whole_number, "8", "", true, true},
    {"kebab_filenames", truth, "false", "", false},
    {"log_level", text, "INFO", "", false},
    {"materialization_workers", whole_number, "4", "", true, true},
    {"permalinks_include_project", truth, "false", "", true},
    {"project_root", optional_text, "null", "", false},
    {"rclone_path", optional_text, "null", "", false},
    {"reranker_candidates", whole_number, "20", "", true, true},
    {"reranker_enabled", truth, "false", "", true, true},
    {"reranker_max_document_chars", whole_number, "2000", "", true, true},
    {"reranker_timeout", number, "30", "", true, true},
    {"scan_strategy", choice, "snapshot", "snapshot|watermark", false},
    {"semantic_embedding_api_base", optional_text, "null", "", true},
    {"semantic_embedding_api_key", optional_text, "null", "", true},
    {"semantic_embedding_batch_size", whole_number, "32", "", true},
    {"semantic_embedding_dimensions", optional_whole, "null", "", true},
    {"semantic_embedding_document_prefix", optional_text, "null", "", true},
    {"semantic_embedding_model", text, "bge-small-en-v1.5", "", true},
    {"semantic_embedding_provider", text, "fastembed", "", true, true},
    {"semantic_embedding_query_prefix", optional_text, "null", "", true},
    {"semantic_min_similarity", share, "0.55", "", true},
    {"semantic_search_enabled", truth, "false", "", true},
    {"semantic_vector_index", optional_text, "null", "", true, true},
    {"semantic_vector_k", whole_number, "100", "", true, true},
    {"skip_initialization_sync", truth, "false", "", false},
    {"sync_changes", truth, "true", "", false},
    {"sync_delay", whole_number, "1000", "", false},
    {"sync_history_keep", whole_number, "100", "", false},
    {"sync_max_concurrent_files", whole_number, "10", "", false},
    {"sync_thread_pool_size", whole_number, "4", "", false, true},
    {"sync_trash_days", whole_number, "30", "", false},
    {"telemetry_enabled", truth, "true", "", false, true},
    {"telemetry_notice_shown", truth, "false", "", false, true},
    {"update_check_interval", whole_number, "86400", "", true, true},
    {"update_permalinks_on_move", truth, "false", "", false},
    {"watch_project_reload_interval", whole_number, "300", "", false, true},
    {"write_note_overwrite_default", truth, "true", "", true},
});

constexpr std::array<std::string_view, 9> kNewerPrefixes{
    "semantic_", "reranker_", "milvus_",     "sqlite_",     "index_",
    "logfire_",  "redis_",    "auto_update", "cloud_promo_"};

/// A value for an error message.
std::string shown(const ConfigScalar& value) {
    return std::visit(
        Match{[](std::monostate) { return std::string("null"); },
              [](bool truth) { return std::string(truth ? "true" : "false"); },
              [](std::int64_t number) { return std::to_string(number); },
              [](double number) {
                  std::array<char, 32> digits{};
                  const auto end =
                      std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
                  return std::string(digits.data(), end);
              },
              [](const std::string& words) {
                  constexpr std::size_t longest_echo = 80;
                  return '"' + std::string(first_code_points(words, longest_echo)) + '"';
              }},
        value);
}

tl::unexpected<Error> wanted(std::string_view what, const ConfigScalar& value) {
    return fail(Fault::invalid, "must be " + std::string(what) + ", not " + shown(value));
}

template <class Number>
std::optional<Number> parsed(std::string_view digits) {
    Number number{};
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

std::optional<bool> truth_of(const ConfigScalar& value) {
    if (const auto* truth = std::get_if<bool>(&value)) return *truth;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        if (*number == 0 || *number == 1) return *number == 1;
    }
    const auto* words = std::get_if<std::string>(&value);
    if (words == nullptr) return std::nullopt;
    const std::string word = to_lower(trim(*words));
    for (const std::string_view yes : {"true", "1", "yes", "on"}) {
        if (word == yes) return true;
    }
    for (const std::string_view no : {"false", "0", "no", "off"}) {
        if (word == no) return false;
    }
    return std::nullopt;
}

std::optional<double> number_of(const ConfigScalar& value) {
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
    if (const auto* words = std::get_if<std::string>(&value)) return parsed<double>(trim(*words));
    return std::nullopt;
}

std::optional<std::int64_t> whole_of(const ConfigScalar& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    if (const auto* words = std::get_if<std::string>(&value)) {
        return parsed<std::int64_t>(trim(*words));
    }
    const auto* number = std::get_if<double>(&value);
    // Beyond this a double has gaps.
    constexpr double largest = 9'007'199'254'740'992.0;
    if (number == nullptr || std::trunc(*number) != *number || std::abs(*number) > largest) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*number);
}

bool is_choice(std::string_view word, std::string_view choices) {
    const auto words = split(choices, '|');
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::span<const ConfigKey> config_keys() noexcept { return kKeys; }

const ConfigKey* find_config_key(std::string_view name) noexcept {
    const auto found = std::lower_bound(
        kKeys.begin(), kKeys.end(), name,
        [](const ConfigKey& key, std::string_view wanted_name) { return key.name < wanted_name; });
    return found != kKeys.end() && found->name == name ? &*found : nullptr;
}

std::string_view other_name_of(std::string_view key) noexcept {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 2> renamed{
        {{"sync_delay", "index_delay"}, {"sync_changes", "index_changes"}}};
    for (const auto& [older, newer] : renamed) {
        if (key == older) return newer;
        if (key == newer) return older;
    }
    return {};
}

bool is_newer_key(std::string_view name) noexcept {
    if (const auto* key = find_config_key(name)) return key->newer;
    return std::any_of(kNewerPrefixes.begin(), kNewerPrefixes.end(),
                       [name](std::string_view prefix) { return name.starts_with(prefix); });
}

std::string environment_name(std::string_view key) {
    std::string name = "BASIC_MEMORY_";
    for (const char c : key) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

Result<ConfigScalar> checked_setting(const ConfigKey& key, const ConfigScalar& value) {
    switch (key.type) {
        case truth:
            if (const auto accepted = truth_of(value)) return *accepted;
            return wanted("true or false", value);
        case optional_whole:
            if (std::holds_alternative<std::monostate>(value)) return value;
            [[fallthrough]];
        case whole_number: {
            const auto accepted = whole_of(value);
            if (accepted && *accepted > 0 && *accepted <= std::numeric_limits<int>::max()) {
                return *accepted;
            }
            return wanted("a whole number above 0", value);
        }
        case number: {
            const auto accepted = number_of(value);
            if (accepted && *accepted > 0 && std::isfinite(*accepted)) return *accepted;
            return wanted("a number above 0", value);
        }
        case share: {
            const auto accepted = number_of(value);
            if (accepted && *accepted >= 0 && *accepted <= 1) return *accepted;
            return wanted("a number from 0 to 1", value);
        }
        case optional_text:
            if (std::holds_alternative<std::monostate>(value)) return value;
            [[fallthrough]];
        case text:
            if (std::holds_alternative<std::string>(value)) return value;
            return wanted("a text", value);
        case choice: {
            const auto* word = std::get_if<std::string>(&value);
            if (word != nullptr && is_choice(*word, key.choices)) return value;
            return wanted("one of " + replace_all(key.choices, "|", ", "), value);
        }
    }
    return wanted("something else", value);
}

ConfigScalar default_setting(const ConfigKey& key) {
    if (key.may_be_null() && key.fallback == "null") return std::monostate{};
    return checked_setting(key, std::string(key.fallback)).value();
}

}  // namespace bm
