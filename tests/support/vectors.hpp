#pragma once

#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

namespace bm::test {

using Json = nlohmann::ordered_json;

/// The rows `[input, expected]` of tests/vectors/{name}.json.
inline Json read_vectors(const std::string& name) {
    std::ifstream file("vectors/" + name + ".json");
    return Json::parse(file);
}

/// What a row expects: the newest release's outcome where the row names one.
inline const Json& expected_of(const Json& row) {
    return row.size() > 2 ? row[2].at("v0.23") : row[1];
}

}  // namespace bm::test
