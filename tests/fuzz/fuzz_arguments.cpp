// Arguments of a tool call: they fit their parameters afterwards, or there is one sentence about
// them.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz_promise.hpp"
#include "tools/arguments.hpp"
#include "tools/json_value.hpp"

namespace {

using Kind = bm::Parameter::Kind;

const std::vector<bm::Parameter>& parameters() {
    static const std::vector<bm::Parameter> all{
        {.name = "text", .required = true, .second_name = "words"},
        {.name = "count", .kind = Kind::integer, .fallback = 1, .minimum = 1, .maximum = 10},
        {.name = "number", .kind = Kind::number},
        {.name = "flag", .kind = Kind::boolean, .fallback = false},
        {.name = "list", .kind = Kind::strings, .aliases = {"items"}},
        {.name = "object", .kind = Kind::object},
        {.name = "objects", .kind = Kind::objects, .fallback = bm::Json::array()},
        bm::page_parameter(),
        bm::page_size_parameter(100),
        bm::output_format_parameter()};
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json = bm::parse_json({reinterpret_cast<const char*>(data), size});
    if (!json) return 0;
    const auto arguments = bm::Arguments::read(parameters(), *json);
    if (!arguments) {
        promise(!bm::problem_text("tool", arguments.error()).empty(), "a problem has a sentence");
        return 0;
    }
    promise(arguments->has("text"), "what is required is there");
    promise(arguments->integer("count") >= 1 && arguments->integer("count") <= 10,
            "a number is in its range");
    for (const auto& piece : arguments->strings("list"))
        promise(!piece.empty(), "pieces are not empty");
    for (const auto& object : arguments->json("objects"))
        promise(object.is_object(), "objects are objects");
    static_cast<void>(arguments->flag("flag"));
    static_cast<void>(arguments->optional_number("number"));
    if (const auto paging = bm::read_paging(*arguments)) {
        promise(paging->page >= 1 && paging->size >= 1 && paging->size <= 100,
                "pages are in range");
    }
    const bm::ValueMap map = bm::value_map_of(arguments->json("object"));
    promise(bm::json_of(map).size() == map.size(), "no member is lost");
    return 0;
}
