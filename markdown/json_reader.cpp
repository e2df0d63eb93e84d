#include "markdown/json_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "markdown/yaml_scalar.hpp"

namespace bm {
namespace {

using Json = nlohmann::json;

// Values are walked recursively; nobody nests metadata this deep.
constexpr std::size_t deepest_nesting = 64;

/// Builds a Value from the library's events. Answering false ends the parse.
class ValueBuilder : public nlohmann::json_sax<Json> {
public:
    Value take() { return std::move(result_); }

    bool null() override { return add(Value()); }
    bool boolean(bool value) override { return add(Value::boolean(value)); }
    bool number_integer(std::int64_t value) override { return add(Value::integer(value)); }
    bool number_unsigned(std::uint64_t value) override {
        return add_integer(std::to_string(value));
    }
    bool number_float(double value, const std::string& spelling) override {
        // Integers that do not fit into 64 bits arrive here too.
        if (plain_kind(spelling) == ScalarKind::integer) return add_integer(spelling);
        return add(Value::floating(value));
    }
    bool string(std::string& value) override {
        std::erase(value, '\0');
        return add(Value::string(value));
    }
    bool binary(Json::binary_t& /*value*/) override { return false; }

    bool start_object(std::size_t /*count*/) override { return open(true); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*count*/) override { return open(false); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override {
        std::erase(name, '\0');
        nodes_.back().key = std::move(name);
        return true;
    }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override {
        return false;
    }

private:
    struct OpenNode {
        bool is_map = false;
        ValueList list;
        ValueMap map;
        std::string key;
    };

    bool add_integer(std::string digits) {
        return add(Value(Scalar{ScalarKind::integer, std::move(digits)}));
    }

    bool open(bool is_map) {
        if (nodes_.size() >= deepest_nesting) return false;
        nodes_.emplace_back();
        nodes_.back().is_map = is_map;
        return true;
    }

    bool close() {
        OpenNode node = std::move(nodes_.back());
        nodes_.pop_back();
        if (!node.is_map) return add(Value(std::move(node.list)));
        ValueMap unique;
        merge(unique, node.map);
        return add(Value(std::move(unique)));
    }

    bool add(Value value) {
        if (nodes_.empty()) {
            result_ = std::move(value);
        } else if (nodes_.back().is_map) {
            nodes_.back().map.push_back(Member{std::move(nodes_.back().key), std::move(value)});
        } else {
            nodes_.back().list.push_back(std::move(value));
        }
        return true;
    }

    std::vector<OpenNode> nodes_;
    Value result_;
};

}  // namespace

std::optional<Value> parse_json(std::string_view text) {
    ValueBuilder builder;
    if (!Json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
    return builder.take();
}

}  // namespace bm
