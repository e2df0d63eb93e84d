#include "repository/entity_repository.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/derived_columns.hpp"
#include "repository/entity_statements.hpp"
#include "repository/free_number.hpp"
#include "repository/json_list.hpp"
#include "repository/stored_rows.hpp"
#include "repository/text_range.hpp"

namespace bm {

namespace {

std::string with_number(std::string_view start, std::int64_t number) {
    return std::string(start) + '-' + std::to_string(number);
}

std::vector<Entity> all_entities(Query& query) {
    std::vector<Entity> found;
    while (query.step()) found.push_back(read_entity(query));
    return found;
}

std::optional<Entity> first_entity(Query& query) {
    if (!query.step()) return std::nullopt;
    return read_entity(query);
}

}  // namespace

EntityRepository::EntityRepository(Database& database)
    : database_(database), statements_(std::make_shared<Statements>(database)) {}

std::optional<Entity> EntityRepository::by_id(EntityId id) {
    auto query = statements_->by_id.run();
    query.bind(id.value);
    return first_entity(query);
}

std::vector<Entity> EntityRepository::by_ids(std::span<const EntityId> ids) {
    return statements_->loader.entities(ids);
}

std::optional<Entity> EntityRepository::by_permalink(ProjectId project,
                                                     std::string_view permalink) {
    auto query = statements_->by_permalink.run();
    query.bind(project.value).bind(permalink);
    return first_entity(query);
}

std::vector<Entity> EntityRepository::by_permalinks(ProjectId project,
                                                    std::span<const std::string> permalinks) {
    if (permalinks.empty()) return {};
    auto query = statements_->by_permalinks.run();
    query.bind(project.value).bind(text_list(permalinks));
    return all_entities(query);
}

std::optional<Entity> EntityRepository::by_path(ProjectId project, std::string_view path) {
    auto query = statements_->by_path.run();
    query.bind(project.value).bind(path);
    return first_entity(query);
}

std::optional<Entity> EntityRepository::by_external_id(ProjectId project, std::string_view uuid) {
    const auto bytes = uuid_bytes(uuid);
    if (!bytes) return std::nullopt;
    auto query = statements_->by_external_id.run();
    query.bind(project.value).bind_blob(std::string_view(*bytes));
    return first_entity(query);
}

std::vector<Entity> EntityRepository::by_title(ProjectId project, std::string_view title) {
    auto query = statements_->by_title.run();
    query.bind(project.value).bind(case_fold(title)).bind(title);
    return all_entities(query);
}

std::vector<EntityId> EntityRepository::ids_by_title(ProjectId project, std::string_view title,
                                                     std::size_t limit) {
    std::vector<EntityId> found;
    auto query = statements_->ids_by_title.run();
    query.bind(project.value)
        .bind(case_fold(title))
        .bind(title)
        .bind(static_cast<std::int64_t>(limit));
    while (query.step()) found.push_back({query.integer(0)});
    return found;
}

std::vector<Entity> EntityRepository::by_folded_title(ProjectId project, std::string_view title) {
    auto query = statements_->by_folded_title.run();
    query.bind(project.value).bind(case_fold(title));
    return all_entities(query);
}

std::vector<Entity> EntityRepository::by_path_alias(ProjectId project, std::string_view alias) {
    auto query = statements_->by_alias.run();
    query.bind(project.value).bind(alias);
    return all_entities(query);
}

std::vector<Entity> EntityRepository::by_type(ProjectId project, std::string_view canonical) {
    auto query = statements_->by_type.run();
    query.bind(project.value).bind(canonical);
    return all_entities(query);
}

std::vector<Entity> EntityRepository::by_checksum(ProjectId project, const Checksum& checksum) {
    auto query = statements_->by_checksum.run();
    query.bind(project.value).bind_blob(checksum.raw());
    return all_entities(query);
}

std::optional<RelativePath> EntityRepository::path_of_permalink(ProjectId project,
                                                                std::string_view permalink) {
    auto query = statements_->owner.run();
    query.bind(project.value).bind(permalink);
    if (!query.step()) return std::nullopt;
    return RelativePath::parse(query.text(0)).value();
}

std::optional<std::string> EntityRepository::permalink_of_path(ProjectId project,
                                                               std::string_view path) {
    auto query = statements_->permalink_of.run();
    query.bind(project.value).bind(path);
    if (!query.step()) return std::nullopt;
    return query.optional_string(0);
}

std::string EntityRepository::free_permalink(ProjectId project, std::string_view start,
                                             std::string_view path) {
    const auto is_taken = [&](std::string_view permalink) {
        auto query = statements_->owner.run();
        query.bind(project.value).bind(permalink);
        return query.step() && query.text(0) != path;
    };
    if (!is_taken(start)) return std::string(start);
    return with_number(start, free_number([&](std::int64_t number) {
                           return is_taken(with_number(start, number));
                       }));
}

bool EntityRepository::permalink_exists(ProjectId project, std::string_view permalink) {
    auto query = statements_->owner.run();
    return query.bind(project.value).bind(permalink).step();
}

std::optional<EntityRepository::KnownRow> EntityRepository::known_row(
    ProjectId project, const EntityDraft& draft, const std::optional<std::string>& permalink,
    const EntityKeys& keys) {
    auto query = statements_->known.run();
    if (!query.bind(project.value).bind(draft.path.str()).step()) return std::nullopt;
    const bool has_same_names =
        query.text(3) == draft.title && query.text(4) == draft.type &&
        query.text(5) == draft.content_type && query.optional_string(6) == permalink &&
        query.text(7) == keys.title && query.text(8) == keys.type &&
        query.optional_string(9) == keys.permalink_base && query.text(10) == keys.path;
    return KnownRow{query.integer(0), std::string(query.blob(1)), query.integer(2), has_same_names};
}

std::string EntityRepository::free_external_id(const std::optional<std::string>& wanted) {
    auto bytes = wanted ? uuid_bytes(*wanted) : std::nullopt;
    if (!bytes) return *uuid_bytes(new_uuid());
    auto query = statements_->has_external_id.run();
    const bool is_taken = query.bind_blob(std::string_view(*bytes)).step();
    return is_taken ? *uuid_bytes(new_uuid()) : *std::move(bytes);
}

Entity EntityRepository::upsert(ProjectId project, const EntityDraft& draft, TextDoc text_doc) {
    std::optional<std::string> permalink;
    if (draft.permalink) permalink = free_permalink(project, *draft.permalink, draft.path.str());
    const EntityKeys keys = entity_keys(draft.title, draft.type, permalink, draft.path.str());
    const std::int64_t changed_at = to_microseconds(std::max(draft.created, draft.updated));
    const auto bind_contents = [&](Query& query) {
        query.bind_blob(draft.checksum.raw())
            .bind(draft.stamp.mtime_ns)
            .bind(draft.stamp.size)
            .bind(draft.stamp.inode)
            .bind(draft.stamp.ctime_ns)
            .bind(to_microseconds(draft.created))
            .bind(to_microseconds(draft.updated))
            .bind(changed_at)
            .bind(text_doc.value)
            .bind(draft.excerpt)
            .bind(draft.metadata);
    };
    const auto bind_names = [&](Query& query) {
        query.bind(draft.title)
            .bind(keys.title)
            .bind(draft.type)
            .bind(keys.type)
            .bind(draft.content_type)
            .bind(permalink)
            .bind(keys.permalink_base)
            .bind(draft.path.str())
            .bind(keys.path);
    };
    auto known = known_row(project, draft, permalink, keys);
    if (known && known->has_same_names) {
        auto query = statements_->update_contents.run();
        bind_contents(query);
        query.bind(known->id).done();
    } else if (known) {
        auto query = statements_->update.run();
        bind_contents(query);
        bind_names(query);
        query.bind(known->id).done();
    } else {
        known = {0, free_external_id(draft.external_id), changed_at, false};
        auto query = statements_->insert.run();
        bind_contents(query);
        bind_names(query);
        query.bind(project.value).bind_blob(std::string_view(known->external_id)).done();
        known->id = database_.last_insert_id();
    }
    if (known->changed_at != changed_at) {
        statements_->relations_follow.run().bind(changed_at).bind(known->id).done();
    }
    return {.id = {known->id},
            .external_id = uuid_text(known->external_id),
            .title = draft.title,
            .type = draft.type,
            .metadata = draft.metadata,
            .content_type = draft.content_type,
            .permalink = std::move(permalink),
            .path = draft.path,
            .checksum = draft.checksum,
            .stamp = draft.stamp,
            .created = draft.created,
            .updated = draft.updated,
            .excerpt = draft.excerpt};
}

void EntityRepository::move(EntityId id, const RelativePath& path,
                            const std::optional<std::string>& permalink) {
    const EntityKeys keys = entity_keys("", "", permalink, path.str());
    statements_->move.run()
        .bind(path.str())
        .bind(keys.path)
        .bind(permalink)
        .bind(keys.permalink_base)
        .bind(id.value)
        .done();
    if (database_.changes() == 0) {
        throw std::invalid_argument(path.str() + " is the path of another note");
    }
}

void EntityRepository::set_stamp(EntityId id, const FileStamp& stamp) {
    statements_->set_stamp.run()
        .bind(stamp.mtime_ns)
        .bind(stamp.size)
        .bind(stamp.inode)
        .bind(stamp.ctime_ns)
        .bind(id.value)
        .done();
}

void EntityRepository::set_updated(const Entity& entity, Timestamp updated) {
    const std::int64_t changed_at = to_microseconds(std::max(entity.created, updated));
    statements_->set_updated.run()
        .bind(to_microseconds(updated))
        .bind(changed_at)
        .bind(entity.id.value)
        .done();
    statements_->relations_follow.run().bind(changed_at).bind(entity.id.value).done();
}

bool EntityRepository::erase(EntityId id) {
    statements_->erase.run().bind(id.value).done();
    return database_.changes() > 0;
}

std::int64_t EntityRepository::erase_type(ProjectId project, std::string_view canonical) {
    statements_->erase_type.run().bind(project.value).bind(canonical).done();
    return database_.changes();
}

std::int64_t EntityRepository::count(ProjectId project) {
    auto query = statements_->count.run();
    query.bind(project.value).step();
    return query.integer(0);
}

std::vector<std::string> EntityRepository::paths(ProjectId project) {
    std::vector<std::string> all;
    auto query = statements_->paths.run();
    query.bind(project.value);
    while (query.step()) all.push_back(query.string(0));
    return all;
}

std::vector<std::string> EntityRepository::permalinks(ProjectId project) {
    std::vector<std::string> all;
    auto query = statements_->addresses.run();
    query.bind(project.value);
    while (query.step()) all.push_back(query.string(0));
    return all;
}

std::map<std::string, std::string> EntityRepository::permalink_to_path(ProjectId project) {
    std::map<std::string, std::string> all;
    auto query = statements_->addresses.run();
    query.bind(project.value);
    while (query.step()) all.emplace_hint(all.end(), query.string(0), query.string(1));
    return all;
}

std::map<std::string, std::string> EntityRepository::path_to_permalink(ProjectId project) {
    std::map<std::string, std::string> all;
    auto query = statements_->addresses.run();
    query.bind(project.value);
    while (query.step()) all.emplace(query.string(1), query.string(0));
    return all;
}

std::vector<std::string> EntityRepository::folders(ProjectId project) {
    std::set<std::string, std::less<>> found;
    auto query = statements_->paths.run();
    query.bind(project.value);
    while (query.step()) {
        // Files come folder by folder: most of the time the first look finds it.
        for (std::string_view folder = parent_folder(query.text(0));
             !folder.empty() && !found.contains(folder); folder = parent_folder(folder)) {
            found.emplace(folder);
        }
    }
    return {found.begin(), found.end()};
}

std::vector<Entity> EntityRepository::below(ProjectId project, std::string_view folder) {
    const std::string prefix = folder_prefix(folder);
    auto query = (prefix.empty() ? statements_->all : statements_->below).run();
    query.bind(project.value);
    if (!prefix.empty()) query.bind(prefix).bind(end_of_prefix(prefix));
    return all_entities(query);
}

TextDoc EntityRepository::text_doc(EntityId id) {
    auto query = statements_->text_doc.run();
    if (!query.bind(id.value).step()) throw std::out_of_range("no entity has this id");
    return {query.integer(0)};
}

}  // namespace bm
