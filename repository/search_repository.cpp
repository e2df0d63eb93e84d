#include "repository/search_repository.hpp"

#include <algorithm>
#include <utility>

#include "markdown/text.hpp"
#include "repository/note_filter.hpp"
#include "repository/permalink_glob.hpp"
#include "repository/permalink_search.hpp"
#include "repository/row_page.hpp"
#include "repository/search_rows.hpp"

namespace bm {

namespace {

std::size_t size_at(const Query& query, int column) {
    return static_cast<std::size_t>(query.integer(column));
}

/// Blank, or a star alone: no condition.
bool means_everything(std::string_view typed) {
    const std::string_view text = trim(typed);
    return text.empty() || text == "*";
}

/// The parts of one listing that differ between dated and undated requests. Notes in a folder
/// belong together, so they come by path; when only recent ones are asked for, the newest come
/// first.
const char* note_order(const SearchRequest& request) {
    if (request.changed_after) return " ORDER BY e.changed_at DESC, e.id DESC";
    // Notes of one type are few: the plus lets SQLite find them first and sort then.
    return request.note_types.empty() ? " ORDER BY e.path" : " ORDER BY +e.path";
}

struct Listing {
    std::vector<RowRef> rows;
    std::int64_t total = 0;
};

}  // namespace

struct SearchRepository::Statements {
    explicit Statements(Database& database) : loader(database) {}

    SearchRowLoader loader;
};

/// One request while it is answered.
class SearchRepository::Answer {
public:
    Answer(Database& database, TextIndex& text, SearchRowLoader& loader, ProjectId project,
           const SearchRequest& request)
        : database_(database),
          text_(text),
          loader_(loader),
          project_(project),
          request_(request),
          filter_(project, request) {}

    SearchPage page() {
        if (filter_.takes_nothing()) return {};
        return std::visit(
            Match{[&](const SearchRequest::Everything&) { return listed(everything()); },
                  [&](const SearchRequest::Text& text) {
                      if (means_everything(text.typed)) return listed(everything());
                      return texts(text);
                  },
                  [&](const SearchRequest::Title& title) {
                      if (means_everything(title.typed)) return listed(everything());
                      return matched(prepare_text_query(title.typed, false), true);
                  },
                  [&](const SearchRequest::ExactPermalink& exact) {
                      return permalinks(exact.permalink, false);
                  },
                  [&](const SearchRequest::PermalinkPattern& pattern) {
                      return permalinks(to_lower(trim(pattern.pattern)), true);
                  }},
            request_.criterion);
    }

private:
    SearchPage finished(std::vector<SearchRow> rows, std::int64_t total) const {
        SearchPage page;
        page.has_more = static_cast<std::int64_t>(request_.offset + rows.size()) < total;
        page.rows = std::move(rows);
        page.total = total;
        return page;
    }

    SearchPage listed(const Listing& listing) {
        return finished(loader_.rows(listing.rows), listing.total);
    }

    SearchPage texts(const SearchRequest::Text& text) {
        SearchPage page = matched(prepare_text_query(text.typed, true), false);
        if (page.total > 0 || !request_.relax) return page;
        const auto relaxed = relaxed_text_query(text.typed);
        return relaxed ? matched(*relaxed, false) : page;
    }

    SearchPage matched(std::string expression, bool titles_only) {
        TextQuery query;
        query.expression = std::move(expression);
        query.titles_only = titles_only;
        query.kinds = filter_.kinds();
        query.limit = request_.limit;
        query.offset = request_.offset;
        if (!filter_.takes_every_note() || filter_.has_categories()) {
            if (!allowed_) allowed_ = allowed_documents();
            if (allowed_->empty()) return {};
            query.among = &*allowed_;
        }
        const TextPage hits = text_.search(project_, query);
        return finished(loader_.rows(hits.hits), hits.total);
    }

    /// The documents that pass the filters, sorted.
    std::vector<TextDoc> allowed_documents() {
        std::vector<TextDoc> docs;
        const auto collect = [&](const std::string& sql) {
            auto statement = database_.prepare(sql);
            auto query = statement.run();
            filter_.bind(query);
            while (query.step()) docs.push_back({query.integer(0)});
        };
        if (has_kind(filter_.kinds(), ItemKind::entity)) {
            collect("SELECT e.text_doc FROM entity AS e WHERE " + filter_.on_entity());
        }
        if (has_kind(filter_.kinds(), ItemKind::observation)) {
            collect(
                "SELECT o.id FROM observation AS o JOIN entity AS e ON e.id = o.entity_id"
                " WHERE o.project_id = ?1 AND " +
                filter_.on_observation());
        }
        if (has_kind(filter_.kinds(), ItemKind::relation)) {
            collect(
                "SELECT r.id FROM entity AS e CROSS JOIN relation AS r ON r.from_id = e.id"
                " WHERE " +
                filter_.on_entity());
        }
        std::sort(docs.begin(), docs.end());
        return docs;
    }

    SearchPage permalinks(const std::string& permalink, bool is_pattern) {
        const PermalinkGlob glob(permalink);
        if (is_pattern && permalink == "*") return listed(everything());
        PermalinkSearch search(database_, filter_);
        const auto found = is_pattern && glob.has_star()
                               ? search.matching(glob, request_.offset, request_.limit)
                               : search.exact(permalink, request_.offset, request_.limit);
        return finished(loader_.rows(found.rows), found.total);
    }

    Listing everything() {
        if (filter_.has_categories()) return observations_of_categories();
        Listing listing;
        listing.total = count_rows();
        if (request_.changed_after) {
            RowPage page(filter_.kinds(), request_.offset, request_.limit);
            list_notes(page);
            listing.rows = page.rows(database_);
            return listing;
        }
        std::size_t to_skip = request_.offset;
        std::size_t to_take = request_.limit;
        for (const auto kind : {ItemKind::entity, ItemKind::observation, ItemKind::relation}) {
            if (!has_kind(filter_.kinds(), kind)) continue;
            RowPage page(kind_bit(kind), to_skip, to_take);
            list_notes(page);
            const auto rows = page.rows(database_);
            listing.rows.insert(listing.rows.end(), rows.begin(), rows.end());
            to_skip = page.left_to_skip();
            to_take = page.left_to_take();
        }
        return listing;
    }

    void list_notes(RowPage& page) {
        if (page.is_full()) return;
        auto statement =
            database_.prepare("SELECT e.id, e.observations, e.relations FROM entity AS e WHERE " +
                              filter_.on_entity() + note_order(request_));
        auto query = statement.run();
        filter_.bind(query);
        while (!page.is_full() && query.step()) {
            page.add({query.integer(0)}, size_at(query, 1), size_at(query, 2));
        }
    }

    std::int64_t count_rows() {
        auto statement = database_.prepare(
            "SELECT count(*), total(e.observations), total(e.relations) FROM entity AS e WHERE " +
            filter_.on_entity());
        auto query = statement.run();
        filter_.bind(query);
        query.step();
        std::int64_t total = 0;
        for (const auto kind : {ItemKind::entity, ItemKind::observation, ItemKind::relation}) {
            if (has_kind(filter_.kinds(), kind)) total += query.integer(static_cast<int>(kind));
        }
        return total;
    }

    Listing observations_of_categories() {
        const std::string tables =
            " FROM observation AS o JOIN entity AS e ON e.id = o.entity_id"
            " WHERE o.project_id = ?1 AND " +
            filter_.on_observation();
        Listing listing;
        {
            auto statement = database_.prepare("SELECT count(*)" + tables);
            auto query = statement.run();
            filter_.bind(query);
            query.step();
            listing.total = query.integer(0);
        }
        auto statement =
            database_.prepare("SELECT o.id" + tables + note_order(request_) + ", o.id LIMIT " +
                              filter_.parameter_after(1) + " OFFSET " + filter_.parameter_after(2));
        auto query = statement.run();
        filter_.bind(query);
        query.bind(static_cast<std::int64_t>(request_.limit))
            .bind(static_cast<std::int64_t>(request_.offset));
        while (query.step()) listing.rows.push_back({ItemKind::observation, query.integer(0)});
        return listing;
    }

    Database& database_;
    TextIndex& text_;
    SearchRowLoader& loader_;
    ProjectId project_;
    const SearchRequest& request_;
    NoteFilter filter_;
    std::optional<std::vector<TextDoc>> allowed_;
};

SearchRepository::SearchRepository(Database& database, TextIndex& text)
    : database_(database), text_(text), statements_(std::make_shared<Statements>(database)) {}

SearchPage SearchRepository::search(ProjectId project, const SearchRequest& request) {
    return Answer(database_, text_, statements_->loader, project, request).page();
}

}  // namespace bm
