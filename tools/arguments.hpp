#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "tools/tool.hpp"

/// What a tool may be called with, said once: the schema that clients see and the reading of what
/// they send come from the same list. Pure.
namespace bm {

/// What names a thing (identifiers, titles, paths) is short, and so is a query; longer ones are
/// mistakes that would be repeated in every answer.
inline constexpr std::size_t kMaxNameBytes = 4 * 1024;
inline constexpr std::size_t kMaxQueryBytes = 16 * 1024;
/// Of text to store, as much as a message may hold.
inline constexpr std::size_t kMaxContentBytes = std::numeric_limits<std::size_t>::max();

/// One parameter of a tool. Made of literals, so the views live as long as the program.
struct Parameter {
    enum class Kind {
        text,
        integer,  ///< also 2.0 and "2"
        number,   ///< also "0.5"
        boolean,  ///< also "true" and "false"
        strings,  ///< a list of strings, JSON text of one, or one string with commas
        object,   ///< also JSON text of one
        objects,  ///< a list of objects, also JSON text of one
    };
    std::string_view name;
    Kind kind = Kind::text;
    bool required = false;
    Json fallback = nullptr;  ///< when not given; null: the parameter is simply absent then
    std::vector<std::string_view> aliases = {};  ///< accepted, not advertised
    std::string_view second_name = {};           ///< accepted and advertised, with equal rights
    std::string_view description = {};           ///< for the schema, short
    std::vector<std::string_view> choices = {};  ///< of a text
    std::optional<std::int64_t> minimum = {};    ///< of an integer, inclusive
    std::optional<std::int64_t> maximum = {};
    bool nullable = true;  ///< without fallback: the schema offers null; null is accepted anyway
    std::size_t max_bytes = kMaxContentBytes;  ///< of a text
    std::string_view complaint = {};  ///< of an integer: in front of what a text that is none says
};

/// Why a call cannot be made as it is. The step decides how the sentence reads at the client.
struct ArgumentProblem {
    enum class Step {
        schema,  ///< `Input validation error: {reason}`
        typed,   ///< `... 1 validation error for call[{tool}]`, parameter, indented reason
        body,    ///< `Error calling tool '{tool}': {reason}`
    };
    Step step;
    std::string parameter;  ///< for `typed`
    std::string reason;
};

/// Shorthands for the three steps, to be returned from a function that reads arguments.
tl::unexpected<ArgumentProblem> schema_problem(std::string reason);
tl::unexpected<ArgumentProblem> typed_problem(std::string parameter, std::string reason);
tl::unexpected<ArgumentProblem> body_problem(std::string reason);

/// The sentence that a client reads.
std::string problem_text(std::string_view tool, const ArgumentProblem& problem);

/// The JSON Schema of a tool's input.
Json input_schema(const std::vector<Parameter>& parameters);

/// Arguments that fit their parameters. Reading an unknown name, or a name as a kind that it is
/// not, is a mistake of ours and throws std::logic_error.
class Arguments {
public:
    /// Anything but an object counts as no arguments when it is null, and is a problem otherwise.
    static tl::expected<Arguments, ArgumentProblem> read(const std::vector<Parameter>& parameters,
                                                         const Json& raw);

    /// Whether the tool has such a parameter at all; for code that several tools share.
    [[nodiscard]] bool declares(std::string_view name) const;
    /// Whether the caller gave it, under any of its names, and not as null.
    [[nodiscard]] bool has(std::string_view name) const;
    /// The name that the caller used, or `name` itself when it was not given.
    [[nodiscard]] std::string_view spelling_of(std::string_view name) const;

    /// The value given, or the fallback; the plain forms throw when there is neither.
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> optional_text(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name) const;
    [[nodiscard]] std::optional<double> optional_number(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] std::optional<bool> optional_flag(std::string_view name) const;
    /// Pieces trimmed, empty ones dropped; empty when not given.
    [[nodiscard]] std::vector<std::string> strings(std::string_view name) const;
    /// As it was sent, JSON text of lists and objects already read; null when not given.
    [[nodiscard]] const Json& json(std::string_view name) const;

private:
    struct Given {
        Json value;
        std::string spelling;
        bool given = false;
    };
    /// The value of one parameter. What is wrong beyond the schema goes to `later`.
    static tl::expected<Given, ArgumentProblem> pick(const Parameter& parameter, const Json& raw,
                                                     std::optional<ArgumentProblem>& later);
    [[nodiscard]] const Given& find(std::string_view name) const;

    std::map<std::string, Given, std::less<>> values_;
};

/// A page of results. Both numbers are at least 1.
struct Paging {
    std::size_t page = 1;
    std::size_t size = 10;

    /// Rows before this page; the largest number when that would not fit.
    [[nodiscard]] std::size_t offset() const noexcept;
};

/// `page` (also `page_number`) and `page_size` (also `limit`, `per_page`), to be put in a parameter
/// list.
Parameter page_parameter();
Parameter page_size_parameter(std::int64_t maximum);
/// Reads the two; `page must be >= 1, got {n}`.
tl::expected<Paging, ArgumentProblem> read_paging(const Arguments& arguments);

/// `output_format`: "text" or "json". Without a fallback it can be told whether it was given.
Parameter output_format_parameter(Json fallback = "text");
bool wants_json(const Arguments& arguments);

/// Whether an optional text says anything; blank says nothing.
bool is_given(const std::optional<std::string>& text);

}  // namespace bm
