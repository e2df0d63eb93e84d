#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "sync/note_history.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm::test {

using namespace std::chrono_literals;

/// A knowledge base in which time passes between two changes.
struct HistoryFixture : KnowledgeFixture {
    HistoryFixture() = default;
    /// With a variable of the environment.
    HistoryFixture(const std::string& name, const std::string& value)
        : KnowledgeFixture(std::map<std::string, std::string>{{name, value}}) {}

    StoredNote put(std::string_view folder, std::string title, std::string content) {
        advance(1min);
        NoteStore store(knowledge(), project());
        NoteDraft draft;
        draft.title = std::move(title);
        draft.type = "note";
        draft.content = std::move(content);
        auto outcome = store.write(folder, draft, true);
        REQUIRE(std::holds_alternative<StoredNote>(outcome));
        return std::get<StoredNote>(std::move(outcome));
    }
    void append(const Entity& entity, std::string content) {
        advance(1min);
        NoteEdit edit{};
        edit.operation = NoteEdit::Operation::append;
        edit.content = std::move(content);
        NoteStore store(knowledge(), project());
        REQUIRE(std::holds_alternative<StoredNote>(store.edit(entity, edit, {})));
    }
    void remove(const Entity& entity) {
        advance(1min);
        NoteStore store(knowledge(), project());
        REQUIRE(store.remove(entity));
    }
    NoteVersions versions(std::string_view identifier) {
        auto found = versions_of(knowledge(), project(), true, identifier);
        REQUIRE(found);
        return *std::move(found);
    }
    std::vector<HistoryAction> actions(std::string_view identifier) {
        std::vector<HistoryAction> found;
        for (const auto& record : versions(identifier).records) found.push_back(record.action);
        return found;
    }
    std::string kept(const HistoryRecord& record) {
        REQUIRE(record.checksum);
        auto bytes = knowledge().history().bytes(project().path, record);
        REQUIRE(bytes);
        return *std::move(bytes);
    }
    Result<RestoredVersion> restore(std::string_view identifier,
                                    const std::optional<std::string>& at = std::nullopt) {
        advance(1min);
        return restore_version(knowledge(), versions(identifier), at);
    }
};

}  // namespace bm::test
