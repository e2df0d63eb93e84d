#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repository/entity.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// Looks into an index for what cannot be in a sound one. One connection, in the transaction of the
/// caller.
class IndexAudit {
public:
    explicit IndexAudit(Database& database);

    /// What SQLite finds damaged, in its words, at most `limit` lines. Reads the whole database.
    [[nodiscard]] std::vector<std::string> damage(int limit);

    /// Rows whose note or project is not there.
    [[nodiscard]] std::int64_t orphans();
    /// Needs a write transaction.
    void remove_orphans();

    /// A document that the text index must have, and the file it comes from.
    struct Document {
        TextDoc doc;
        EntityId entity;
    };
    /// Ascending by document.
    [[nodiscard]] std::vector<Document> documents(ProjectId project);

    struct Link {
        EntityId from;
        std::string to_name;
        std::optional<EntityId> to;
    };
    [[nodiscard]] std::vector<Link> links(ProjectId project);

    /// Whether the columns of a row, and of its relations, that follow from others do so.
    [[nodiscard]] bool derived_columns_agree(const Entity& entity);

private:
    Database& database_;
    Statement keys_of_entity_;
    Statement keys_of_relations_;
};

}  // namespace bm
