#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "markdown/value.hpp"

/// The short notation in which a schema declares what notes of a type say. Pure.
namespace bm {

/// What a field is compared with.
enum class FieldKind {
    scalar,       ///< observations of that category, whatever they say
    enumeration,  ///< observations of that category, out of a list
    object,       ///< as a scalar; its children are read and never compared
    reference,    ///< relations of that type; `type` names what they should lead to
};

/// One declaration: `role?(array, what they do): string`.
struct SchemaField {
    std::string name;
    std::string type;  ///< as written; "enum" and "object" for those, "any" where none is given
    FieldKind kind = FieldKind::scalar;
    bool required = true;
    bool is_array = false;
    std::string description = {};
    std::vector<std::string> allowed = {};  ///< of an enumeration, at least one
    std::vector<SchemaField> children = {};

    friend bool operator==(const SchemaField&, const SchemaField&) = default;
};

/// No schema that a person wrote comes near these.
inline constexpr std::size_t kMaxSchemaFields = 1000;  ///< with all children
inline constexpr std::size_t kMaxSchemaDepth = 16;
inline constexpr std::size_t kMaxEnumValues = 1000;

/// Reads the declarations of a schema, in order; of two fields with one name the last wins. Any
/// map gives fields or Fault::invalid: a field without a name, an enum without values, and what is
/// beyond the limits. Linear in the size of the map, but for the fields: at most kMaxSchemaFields
/// are compared with each other.
Result<std::vector<SchemaField>> parse_picoschema(const ValueMap& declarations);

/// The key of a declaration: `name`, `name?`, `name(array)`, `name?(array)`.
std::string field_key(std::string_view name, bool required, bool is_array);

/// Whether `field_key(name, ...)` is read as a field of exactly this name.
bool can_be_declared(std::string_view name);

/// Whether a type names notes and not a kind of text: its first letter is upper-case.
bool names_note_type(std::string_view type);

}  // namespace bm
