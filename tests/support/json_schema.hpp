#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace bm::test {

/// A JSON Schema document and as much of draft-07 and 2020-12 as the protocol's own schema files
/// use: $ref within the document, type, properties, required, additionalProperties, items,
/// minItems, maxItems, minimum, maximum, const, enum, allOf, anyOf, oneOf. `format` is ignored; an
/// unknown keyword throws.
class JsonSchema {
public:
    using Json = nlohmann::ordered_json;

    explicit JsonSchema(Json document);
    JsonSchema(JsonSchema&&) = default;
    JsonSchema& operator=(JsonSchema&&) = default;
    JsonSchema(const JsonSchema&) = delete;
    JsonSchema& operator=(const JsonSchema&) = delete;
    ~JsonSchema() = default;

    /// Unknown members of objects whose schema lists its members are violations too, except below
    /// the members that are open by nature (_meta, inputSchema, outputSchema).
    enum class Members { open, closed };

    [[nodiscard]] bool defines(const std::string& name) const;

    /// What is wrong with `value` as the definition `name`; nothing when it fits.
    [[nodiscard]] std::optional<std::string> violation(const std::string& name, const Json& value,
                                                       Members members = Members::open) const;
    /// The same for the whole document.
    [[nodiscard]] std::optional<std::string> violation(const Json& value,
                                                       Members members = Members::open) const;

private:
    Json document_;
    const Json* definitions_ = nullptr;
};

}  // namespace bm::test
