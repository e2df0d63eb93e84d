#include "sync/foreign_changes.hpp"

#include <array>
#include <exception>
#include <utility>
#include <vector>

#include <poll.h>

#include "repository/byte_stream.hpp"
#include "repository/database.hpp"

namespace bm {

namespace {

void append_text(std::string& out, const std::string& text) {
    append_varint(out, text.size());
    out += text;
}

std::string read_text(ByteReader& from) { return std::string(from.bytes(from.varint32())); }

}  // namespace

std::string change_letter(const NoteChange& change) {
    std::string letter(1, static_cast<char>(change.kind));
    for (const auto* text :
         {&change.project, &change.permalink, &change.path, &change.title, &change.external_id}) {
        append_text(letter, *text);
    }
    return letter;
}

std::optional<NoteChange> read_change_letter(std::string_view letter) {
    try {
        ByteReader from(letter);
        const std::uint8_t kind = from.byte();
        if (kind > static_cast<std::uint8_t>(NoteChange::Kind::projects)) return std::nullopt;
        NoteChange change{static_cast<NoteChange::Kind>(kind), {}, {}};
        for (auto* text : {&change.project, &change.permalink, &change.path, &change.title,
                           &change.external_id}) {
            *text = read_text(from);
        }
        // A newer version may say more.
        return change;
    } catch (const DatabaseError&) {
        return std::nullopt;
    }
}

ForeignChanges::ForeignChanges(const std::filesystem::path& mailboxes, Heard heard)
    : heard_(std::move(heard)),
      mailbox_(mailboxes),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ForeignChanges::~ForeignChanges() {
    thread_.request_stop();
    wake_.wake();
}

std::filesystem::path ForeignChanges::own_mailbox() const {
    const std::scoped_lock lock(mutex_);
    return mailbox_.file();
}

void ForeignChanges::run(const std::stop_token& stop) {
    std::array<pollfd, 2> waiting{pollfd{mailbox_.descriptor(), POLLIN, 0},
                                  pollfd{wake_.descriptor(), POLLIN, 0}};
    try {
        while (!stop.stop_requested()) {
            if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
            std::vector<std::string> letters;
            {
                const std::scoped_lock lock(mutex_);
                letters = mailbox_.read();
            }
            for (const auto& letter : letters) {
                if (const auto change = read_change_letter(letter)) heard_(*change);
            }
        }
    } catch (const std::exception&) {
        // No memory or no descriptors: whoever listens hears this process only, as without us.
    }
}

}  // namespace bm
