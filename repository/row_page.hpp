#pragma once

#include <cstdint>
#include <vector>

#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// A row of a listing that is not loaded yet.
struct RowRef {
    ItemKind kind;
    std::int64_t id;  ///< of the entity, observation or relation
};

constexpr KindSet kind_bit(ItemKind kind) { return 1U << static_cast<unsigned>(kind); }
constexpr bool has_kind(KindSet kinds, ItemKind kind) { return (kinds & kind_bit(kind)) != 0; }

/// Cuts one page out of rows that come note by note: the note itself, its observations, its
/// relations. Notes before the page cost a look at their numbers only.
class RowPage {
public:
    RowPage(KindSet kinds, std::size_t offset, std::size_t limit)
        : kinds_(kinds), to_skip_(offset), to_take_(limit) {}

    [[nodiscard]] bool is_full() const noexcept { return to_take_ == 0; }
    /// The next note, with how many observations and relations it has.
    void add(EntityId note, std::size_t observations, std::size_t relations);

    /// The next `count` rows: all of one kind that a note has.
    void add_items(ItemKind kind, EntityId note, std::size_t count) { cut(kind, note, count); }
    /// The next row, by itself.
    void add(const RowRef& row);

    /// What is still to be skipped and taken when other rows follow.
    [[nodiscard]] std::size_t left_to_skip() const noexcept { return to_skip_; }
    [[nodiscard]] std::size_t left_to_take() const noexcept { return to_take_; }

    /// The rows of the page, in order. At most two queries.
    [[nodiscard]] std::vector<RowRef> rows(Database& database) const;

private:
    /// Some rows of a note; one row whose id is known when `count` is zero.
    struct Slice {
        ItemKind kind;
        std::int64_t id;
        std::size_t first = 0;
        std::size_t count = 0;
    };
    void cut(ItemKind kind, EntityId note, std::size_t available);

    KindSet kinds_;
    std::size_t to_skip_;
    std::size_t to_take_;
    std::vector<Slice> slices_;
};

}  // namespace bm
