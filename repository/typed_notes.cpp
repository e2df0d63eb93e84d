#include "repository/typed_notes.hpp"

#include <string_view>
#include <utility>

#include "repository/database.hpp"
#include "repository/json_list.hpp"

namespace bm {

namespace {

// Three streams in order of the note, merged: each comes out of an index in that order, so nothing
// is sorted and nothing is held, however many notes there are.
constexpr std::string_view kNoteRows =
    "SELECT e.id, 0, 0, e.title, e.path, e.permalink, e.type_key, e.metadata FROM ";
constexpr std::string_view kObservationRows =
    " UNION ALL SELECT e.id, 1, o.id, o.category, o.content, NULL, NULL, NULL FROM ";
constexpr std::string_view kRelationRows =
    " UNION ALL SELECT e.id, 2, r.id, r.type, coalesce(t.title, r.to_name), t.type_key, NULL, NULL"
    " FROM ";
constexpr std::string_view kObservationJoin = " CROSS JOIN observation AS o ON o.entity_id = e.id";
constexpr std::string_view kRelationJoin =
    " CROSS JOIN relation AS r ON r.from_id = e.id LEFT JOIN entity AS t ON t.id = r.to_id";

/// How the wanted notes are found: by number, by a single type, or by looking at all of them.
struct Choice {
    std::string condition;
    std::string bound;  ///< what the second parameter stands for
};

Choice choice_of(const TypedNotesWish& wish) {
    if (wish.only)
        return {" WHERE e.project_id = ?1 AND e.id = ?2", std::to_string(wish.only->value)};
    if (wish.types.size() == 1 && !wish.with_own_schema) {
        return {" WHERE e.project_id = ?1 AND e.type_key = ?2", wish.types.front()};
    }
    // The plus keeps SQLite from an index whose order would have to be sorted again.
    std::string condition =
        " WHERE +e.project_id = ?1 AND (+e.type_key IN (SELECT value FROM json_each(?2))";
    if (wish.with_own_schema) condition += " OR instr(e.metadata, '\"schema\":') > 0";
    return {condition + ")", text_list(wish.types)};
}

std::string sql_of(const Choice& choice) {
    const std::string from = "entity AS e";
    std::string sql(kNoteRows);
    sql += from + choice.condition;
    sql.append(kObservationRows).append(from).append(kObservationJoin).append(choice.condition);
    sql.append(kRelationRows).append(from).append(kRelationJoin).append(choice.condition);
    return sql + " ORDER BY 1, 2, 3";
}

}  // namespace

std::string typed_notes_sql(const TypedNotesWish& wish) { return sql_of(choice_of(wish)); }

void each_typed_note(Database& database, ProjectId project, const TypedNotesWish& wish,
                     const std::function<bool(TypedNote&)>& use) {
    const Choice choice = choice_of(wish);
    Statement statement(database, sql_of(choice));
    auto query = statement.run();
    query.bind(project.value);
    if (wish.only)
        query.bind(wish.only->value);
    else
        query.bind(choice.bound);
    std::optional<TypedNote> note;
    while (query.step()) {
        switch (query.integer(1)) {
            case 0:
                if (note && !use(*note)) return;
                note = TypedNote{{query.integer(0)},
                                 query.string(3),
                                 query.optional_string(5),
                                 query.string(4),
                                 query.string(6),
                                 query.string(7),
                                 {}};
                break;
            case 1:
                note->facts.observations.push_back({query.string(3), query.string(4)});
                break;
            default:
                note->facts.relations.push_back(
                    {query.string(3), query.string(4), query.optional_string(5)});
        }
    }
    if (note) use(*note);
}

}  // namespace bm
