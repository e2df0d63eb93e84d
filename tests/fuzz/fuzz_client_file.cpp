#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_promise.hpp"
#include "repository/jsonc_edit.hpp"
#include "repository/toml_edit.hpp"

namespace {

const std::vector<std::string> kPlace{"servers", "basic-memory"};
constexpr std::string_view kEntry = R"({"command":"bm","args":["mcp"]})";

/// What is put into a file is read back, and comes out again without harm to the rest.
void edit_jsonc(std::string_view text) {
    const auto before = bm::jsonc_value(text, kPlace);
    const auto there = bm::with_jsonc_value(text, kPlace, kEntry);
    if (!there) return;
    const auto read = bm::jsonc_value(*there, kPlace);
    promise(read && *read && **read == kEntry, "what is put is there");
    const auto again = bm::with_jsonc_value(*there, kPlace, kEntry);
    promise(again.has_value(), "it can be put twice");
    const auto twice = bm::jsonc_value(*again, kPlace);
    promise(twice && *twice && **twice == kEntry, "putting it twice changes nothing");
    const auto gone = bm::without_jsonc_value(*there, kPlace);
    promise(gone.has_value(), "what was put can be taken out");
    const auto nothing = bm::jsonc_value(*gone, kPlace);
    promise(nothing && !*nothing, "what was taken out is gone");
    promise(before.has_value(), "a text that takes an entry can be read");
}

void edit_toml(std::string_view text) {
    const auto there =
        bm::with_toml_values(text, kPlace, {{"command", bm::toml_text(text)}, {"x", std::nullopt}});
    if (!there) return;
    const auto table = bm::toml_table(*there, kPlace);
    promise(table && *table, "a table that is put is there");
    bool has_command = false;
    for (const auto& entry : **table) {
        if (entry.name == "command" && entry.texts.size() == 1 && entry.texts[0] == text) {
            has_command = true;
        }
    }
    promise(has_command, "a value is read as it was put");
    const auto gone = bm::without_toml_table(*there, kPlace);
    promise(gone.has_value(), "a table that was put can be taken out");
    const auto nothing = bm::toml_table(*gone, kPlace);
    promise(nothing && !*nothing, "a table that was taken out is gone");
}

}  // namespace

/// Files of settings that other programs own, edited as text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    edit_jsonc(text);
    edit_toml(text);
    return 0;
}
