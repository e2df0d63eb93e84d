#include "repository/stored_rows.hpp"

#include <initializer_list>
#include <stdexcept>

#include "repository/json_list.hpp"

namespace bm {

namespace {

std::string columns_of(std::string_view table, std::initializer_list<std::string_view> names) {
    std::string out;
    for (const std::string_view name : names) {
        if (!out.empty()) out += ", ";
        out += table;
        out += '.';
        out += name;
    }
    return out;
}

RelativePath stored_path(std::string_view text) {
    auto path = RelativePath::parse(text);
    // Only checked paths are ever stored.
    if (!path) throw std::runtime_error("the index holds a bad path: " + path.error().message);
    return *std::move(path);
}

Checksum stored_checksum(std::string_view raw) {
    const auto sum = Checksum::from_raw(raw);
    if (!sum) throw std::runtime_error("the index holds a bad checksum");
    return *sum;
}

/// `wanted` is a list of ids in the order of the results.
std::string select_wanted(const std::string& columns, const std::string& table_and_joins) {
    return "SELECT " + columns + " FROM json_each(?) AS wanted CROSS JOIN " + table_and_joins +
           " ORDER BY wanted.key";
}

template <class Row, class Id>
std::vector<Row> load(Statement& statement, std::span<const Id> ids,
                      Row (*read)(const Query&, int)) {
    std::vector<Row> rows;
    if (ids.empty()) return rows;
    rows.reserve(ids.size());
    auto query = statement.run();
    query.bind(id_list(ids));
    while (query.step()) rows.push_back(read(query, 0));
    return rows;
}

}  // namespace

std::string entity_columns(std::string_view table) {
    return columns_of(table, {"id", "external_id", "title", "type", "metadata", "content_type",
                              "permalink", "path", "checksum", "mtime_ns", "size", "inode",
                              "created_at", "updated_at", "excerpt", "ctime_ns"});
}

Entity read_entity(const Query& query, int first) {
    return {.id = {query.integer(first)},
            .external_id = uuid_text(query.blob(first + 1)),
            .title = query.string(first + 2),
            .type = query.string(first + 3),
            .metadata = query.string(first + 4),
            .content_type = query.string(first + 5),
            .permalink = query.optional_string(first + 6),
            .path = stored_path(query.text(first + 7)),
            .checksum = stored_checksum(query.blob(first + 8)),
            .stamp = {.mtime_ns = query.integer(first + 9),
                      .size = query.integer(first + 10),
                      .inode = query.integer(first + 11),
                      .ctime_ns = query.integer(first + 15)},
            .created = from_microseconds(query.integer(first + 12)),
            .updated = from_microseconds(query.integer(first + 13)),
            .excerpt = query.string(first + 14)};
}

std::string observation_columns(std::string_view table) {
    return columns_of(table, {"id", "entity_id", "category", "content", "context", "tags"});
}

StoredObservation read_observation(const Query& query, int first) {
    return {.id = {query.integer(first)},
            .entity = {query.integer(first + 1)},
            .category = query.string(first + 2),
            .content = query.string(first + 3),
            .context = query.optional_string(first + 4),
            .tags = texts_of(query.text(first + 5))};
}

const std::string edge_columns =
    "r.id, r.from_id, r.to_id, r.to_name, r.type, r.context, f.title, f.permalink, f.path, "
    "t.title, t.permalink, t.path";

const std::string edge_joins =
    " JOIN entity AS f ON f.id = r.from_id LEFT JOIN entity AS t ON t.id = r.to_id";

Edge read_edge(const Query& query, int first) {
    std::optional<EntityId> to;
    if (const auto id = query.optional_integer(first + 2)) to = EntityId{*id};
    return {.relation = {.id = {query.integer(first)},
                         .from = {query.integer(first + 1)},
                         .to = to,
                         .to_name = query.string(first + 3),
                         .type = query.string(first + 4),
                         .context = query.optional_string(first + 5)},
            .from_title = query.string(first + 6),
            .from_permalink = query.optional_string(first + 7),
            .from_path = stored_path(query.text(first + 8)),
            .to_title = query.optional_string(first + 9),
            .to_permalink = query.optional_string(first + 10),
            .to_path = query.optional_string(first + 11)};
}

std::int64_t to_microseconds(Timestamp at) { return at.time_since_epoch().count(); }

Timestamp from_microseconds(std::int64_t since_1970) {
    return Timestamp(std::chrono::microseconds(since_1970));
}

RowLoader::RowLoader(Database& database)
    : entities_(database, select_wanted(entity_columns("e"), "entity AS e ON e.id = wanted.value")),
      observations_(database, select_wanted(observation_columns("o"),
                                            "observation AS o ON o.id = wanted.value")),
      edges_(database,
             select_wanted(edge_columns, "relation AS r ON r.id = wanted.value" + edge_joins)) {}

std::vector<Entity> RowLoader::entities(std::span<const EntityId> ids) {
    return load<Entity, EntityId>(entities_, ids, read_entity);
}

std::vector<StoredObservation> RowLoader::observations(std::span<const ObservationId> ids) {
    return load<StoredObservation, ObservationId>(observations_, ids, read_observation);
}

std::vector<Edge> RowLoader::edges(std::span<const RelationId> ids) {
    return load<Edge, RelationId>(edges_, ids, read_edge);
}

}  // namespace bm
