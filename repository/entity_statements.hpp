#pragma once

#include "repository/database.hpp"
#include "repository/entity_repository.hpp"
#include "repository/stored_rows.hpp"

namespace bm {

/// The SQL of EntityRepository, prepared at the first use of each.
struct EntityRepository::Statements {
    explicit Statements(Database& database);

    RowLoader loader;
    Statement by_id, by_permalink, by_permalinks, by_path, by_external_id, has_external_id,
        ids_by_title, by_title, by_folded_title, by_alias, by_type, by_checksum, owner,
        permalink_of, known, insert, update, update_contents, relations_follow, move, set_stamp,
        set_updated, erase, erase_type, count, paths, addresses, below, all, text_doc;
};

}  // namespace bm
