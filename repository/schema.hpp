#pragma once

#include "repository/database.hpp"

namespace bm {

/// The version of the index that this program reads and writes.
constexpr int kSchemaVersion = 5;

enum class SchemaState {
    current,
    created,  ///< the database was empty
    foreign,  ///< another version, or not ours: rebuild from the files
};

/// Looks, and creates the tables when the database is empty. Several processes may call it at once.
SchemaState prepare_schema(Database& database);

/// Quick structural check; false when SQLite finds damage.
bool is_sound(Database& database);

}  // namespace bm
