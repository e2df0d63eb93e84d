#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bm {

/// How YAML 1.1 resolves a plain scalar.
enum class ScalarKind { null, boolean, integer, floating, date, timestamp, string };

/// One scalar. For a string, `text` is its value. For every other kind it is the spelling found in
/// the file ("007", "yes", "2024-01-15 10:30:00"), so that a rewritten block keeps it; null has no
/// text.
struct Scalar {
    ScalarKind kind = ScalarKind::null;
    std::string text;

    friend bool operator==(const Scalar&, const Scalar&) = default;
};

class Value;
struct Member;
using ValueList = std::vector<Value>;
/// In file order; keys are unique, the last of equal keys has won.
using ValueMap = std::vector<Member>;

/// A YAML or JSON value: a scalar, a list or a map. Copyable, no invariant.
class Value {
public:
    Value() = default;  ///< null
    Value(Scalar scalar);
    Value(ValueList list);
    Value(ValueMap map);

    static Value string(std::string_view text);
    static Value boolean(bool value);
    static Value integer(long long value);
    static Value floating(double value);

    [[nodiscard]] const Scalar* scalar() const noexcept { return std::get_if<Scalar>(&node_); }
    [[nodiscard]] const ValueList* list() const noexcept { return std::get_if<ValueList>(&node_); }
    [[nodiscard]] const ValueMap* map() const noexcept { return std::get_if<ValueMap>(&node_); }
    [[nodiscard]] bool is_null() const noexcept {
        const auto* plain = scalar();
        return plain != nullptr && plain->kind == ScalarKind::null;
    }

    friend bool operator==(const Value&, const Value&);

private:
    std::variant<Scalar, ValueList, ValueMap> node_;
};

struct Member {
    std::string key;
    Value value;

    friend bool operator==(const Member&, const Member&) = default;
};

/// The value under `key`, or null when there is none.
const Value* find(const ValueMap& map, std::string_view key) noexcept;
/// Overwrites in place or appends.
void assign(ValueMap& map, std::string_view key, Value value);
void erase(ValueMap& map, std::string_view key);
/// Assigns every member of `changes` to `map`, in order. Linear in the size of both.
void merge(ValueMap& map, const ValueMap& changes);

/// Compact JSON, keys in order, non-ASCII raw, invalid UTF-8 replaced. Scalars keep their type:
/// numbers and booleans print as such where JSON can hold them (.inf and .nan print as strings),
/// dates and timestamps as strings.
std::string to_json(const Value& value);
std::string to_json(const ValueMap& map);

}  // namespace bm
