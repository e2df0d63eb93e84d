#include "access/access_sweep.hpp"

#include <algorithm>
#include <exception>

#include "access/strict_json.hpp"

namespace bm {

namespace {

/// Personal tokens stay listed for a while, so that their owner sees why a script is refused.
constexpr Seconds kExpiredTokenLife = 30 * kDay;

/// What is known from earlier sweeps.
struct SweepNotes {
    Seconds seen = 0;       ///< the clock at the last one
    Seconds life = 0;       ///< how long servers have run, all in all
    Seconds mark = 0;       ///< what was over at this moment may go ...
    Seconds mark_life = 0;  ///< ... when servers have run for a day more than then
};

std::optional<SweepNotes> read_notes(Database& database) {
    auto statement = database.prepare("SELECT value FROM setting WHERE name = 'sweep'");
    auto query = statement.run();
    if (!query.step()) return std::nullopt;
    const Json list = Json::parse(query.blob(0), nullptr, false);
    if (!list.is_array() || list.size() != 4) return std::nullopt;
    if (!std::all_of(list.begin(), list.end(),
                     [](const Json& each) { return each.is_number_integer(); }))
        return std::nullopt;
    return SweepNotes{list[0].get<Seconds>(), list[1].get<Seconds>(), list[2].get<Seconds>(),
                      list[3].get<Seconds>()};
}

void write_notes(Database& database, const SweepNotes& notes) {
    auto statement =
        database.prepare("INSERT OR REPLACE INTO setting (name, value) VALUES ('sweep', ?)");
    const std::string text =
        json_text(Json::array({notes.seen, notes.life, notes.mark, notes.mark_life}));
    statement.run().bind_blob(text).done();
}

std::int64_t delete_what_was_over(Database& database, Seconds at) {
    struct Rule {
        const char* sql;
        Seconds before;
    };
    const Rule rules[] = {
        {"DELETE FROM setting WHERE expires_at <= ?", at},
        {"DELETE FROM login WHERE expires_at <= ?", at},
        {"DELETE FROM device WHERE expires_at <= ?", at},
        {"DELETE FROM authorization_code WHERE expires_at <= ?", at},
        {"DELETE FROM token WHERE expires_at <= ? AND grant_id IN (SELECT id FROM access_grant "
         "WHERE client_id IS NOT NULL)",
         at},
        {"DELETE FROM access_grant WHERE client_id IS NOT NULL AND ends_at <= ?", at},
        {"DELETE FROM access_grant WHERE client_id IS NULL AND ends_at <= ?",
         at - kExpiredTokenLife},
        {"DELETE FROM access_grant WHERE client_id IS NOT NULL AND created_at <= ? AND NOT EXISTS "
         "(SELECT 1 FROM token WHERE grant_id = access_grant.id)",
         at - kDay},
        {"DELETE FROM client WHERE configured = 0 AND used_at IS NULL AND created_at <= ?",
         at - kDay},
        {"DELETE FROM client WHERE configured = 0 AND used_at <= ?", at - 90 * kDay},
        {"DELETE FROM consent WHERE given_at <= ?", at - kConsentLife},
    };
    std::int64_t rows = 0;
    for (const Rule& rule : rules) {
        auto statement = database.prepare(rule.sql);
        statement.run().bind(rule.before).done();
        rows += database.changes();
    }
    return rows;
}

}  // namespace

std::int64_t sweep(AccessStore& store, Seconds now, Seconds lived) {
    return store.write([&](Database& database) -> std::int64_t {
        const auto known = read_notes(database);
        if (!known || now < known->seen) {
            const Seconds life = known ? known->life : 0;
            write_notes(database, {now, life, now, life});
            return 0;
        }
        SweepNotes notes = *known;
        // Several processes may sweep: the same hour counts once.
        notes.life += std::clamp<Seconds>(lived, 0, now - notes.seen);
        notes.seen = now;
        std::int64_t rows = 0;
        if (now - notes.mark >= kDay && notes.life - notes.mark_life >= kDay) {
            rows = delete_what_was_over(database, notes.mark);
            notes.mark = now;
            notes.mark_life = notes.life;
        }
        write_notes(database, notes);
        return rows;
    });
}

void AccessSweep::now_and_then() {
    const Seconds now = seconds_now();
    Seconds last = last_.load();
    if (now - last < kHour || !last_.compare_exchange_strong(last, now)) return;
    run(now - last);
}

void AccessSweep::run(Seconds lived) {
    try {
        sweep(store_, seconds_of(clock_()), lived);
    } catch (const std::exception& problem) {
        if (log_)
            log_(LogLevel::warning,
                 std::string("access: what has expired cannot be removed: ") + problem.what());
    }
}

}  // namespace bm
