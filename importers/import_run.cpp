#include "importers/import_run.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>
#include <variant>

#include "importers/import_names.hpp"
#include "markdown/file_naming.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/trouble.hpp"
#include "sync/note_store.hpp"
#include "sync/read_only.hpp"

namespace bm {

namespace {

/// Ends the reading from within a listener.
struct ImportStopped {
    Error error;
};

/// A name that a note of this file has.
struct TakenName {
    std::size_t last_number;  ///< that was given to notes of the same name
    std::size_t identity;     ///< a digest
};

class ImportRun {
public:
    ImportRun(KnowledgeBase& knowledge, const Project& project, const ImportWishes& wishes,
              std::string folder)
        : knowledge_(knowledge),
          store_(knowledge, project),
          wishes_(wishes),
          folder_(std::move(folder)) {}

    ImportReport read(ImportSource& source) {
        const ExportListener listener{
            [this](const ImportedNote& note) { return take(note); },
            [this](const std::string& where, const std::string& why) { skip(where, why); },
            wishes_.progress};
        ExportOutcome outcome = read_export(wishes_.kind, source, listener);
        report_.counts = outcome.counts;
        report_.trouble = std::move(outcome.trouble);
        return std::move(report_);
    }

private:
    bool take(const ImportedNote& note) {
        const auto written = write(note);
        if (written) return true;
        if (written.error().fault == Fault::unavailable) throw ImportStopped{written.error()};
        skip("'" + note.title + "'", written.error().message);
        return false;
    }

    void skip(const std::string& what, const std::string& why) {
        ++report_.skipped;
        if (wishes_.skipped) wishes_.skipped(what, why);
    }

    void count(const std::string& path, ImportedAs how) {
        ++(how == ImportedAs::created    ? report_.created
           : how == ImportedAs::replaced ? report_.replaced
                                         : report_.unchanged);
        if (wishes_.wrote) wishes_.wrote(path, how);
    }

    struct Place {
        RelativePath path;
        std::optional<std::string> before;  ///< what the file there says
    };

    /// `base.md`, `base-1.md`, `base-2.md` below the folder of the import.
    Result<Place> look_at(const std::string& base, std::size_t number) {
        const std::string folder = folder_.empty() ? "" : folder_ + '/';
        const std::string suffix = number == 0 ? "" : '-' + std::to_string(number);
        const auto path = RelativePath::parse(folder + base + suffix + ".md");
        if (!path) return tl::unexpected(path.error());
        auto before = store_.read(*path);
        if (before) return Place{*path, std::move(before->bytes)};
        // What stands in the way of one note stands in the way of no other.
        if (before.error().fault != Fault::not_found) {
            return fail(Fault::conflict, before.error().message);
        }
        return Place{*path, std::nullopt};
    }

    TakenName* taken(const RelativePath& path) {
        const auto found = taken_.find(key_of(path.str()));
        return found == taken_.end() ? nullptr : &found->second;
    }

    Result<void> write(const ImportedNote& note) {
        const std::string identity = identity_of(note);
        const auto place =
            identity.empty() ? place_by_name(note) : place_by_identity(note, identity);
        if (!place) return tl::unexpected(place.error());
        const std::string bytes = bytes_of(note, place->path);
        taken_.try_emplace(key_of(place->path.str()),
                           TakenName{0, std::hash<std::string>{}(identity)});
        if (place->before != bytes) return put(place->path, bytes, place->before.has_value());
        count(place->path.str(), ImportedAs::unchanged);
        return {};
    }

    /// The first name that no other entry of this file has, unless that says the same.
    Result<Place> place_by_name(const ImportedNote& note) {
        for (std::size_t number = 0;;) {
            auto place = look_at(note.path, number);
            if (!place) return place;
            TakenName* other = taken(place->path);
            if (other == nullptr || place->before == bytes_of(note, place->path)) return place;
            number = number == 0 ? ++other->last_number : number + 1;
        }
    }

    /// The file that is this note by its identity, else the first free name. What is another note,
    /// of this file or of whoever wrote it, keeps its name.
    Result<Place> place_by_identity(const ImportedNote& note, const std::string& identity) {
        std::optional<Place> free;
        std::optional<Place> similar;
        // One name may be free because its note was moved away, and the next one has this note.
        std::size_t missing = 0;
        for (std::size_t number = 0; missing < 2; ++number) {
            auto place = look_at(note.path, number);
            if (!place) return place;
            if (const TakenName* other = taken(place->path)) {
                if (other->identity == std::hash<std::string>{}(identity) &&
                    place->before == bytes_of(note, place->path)) {
                    return place;
                }
            } else if (!place->before) {
                ++missing;
                if (!free) free = *std::move(place);
            } else if (identity_in(*place->before, note.identity) == identity) {
                return place;
            } else if (!similar && is_similar(*place, note, identity)) {
                similar = *std::move(place);
            }
        }
        for (const std::string& base : note.elsewhere) {
            if (similar) break;
            auto place = look_at(base, 0);
            for (std::size_t number = 1; place && place->before && !similar; ++number) {
                if (taken(place->path) == nullptr && is_similar(*place, note, identity)) {
                    similar = *std::move(place);
                    break;
                }
                place = look_at(base, number);
            }
        }
        return similar ? *std::move(similar) : *std::move(free);
    }

    /// Whether a note that is there may be this one, imported under another time zone.
    static bool is_similar(const Place& place, const ImportedNote& note,
                           const std::string& identity) {
        if (note.identity != "created" ||
            !may_be_one_moment(identity_in(*place.before, note.identity), identity)) {
            return false;
        }
        const std::string words = first_words(note.body);
        return !words.empty() && first_words(*place.before) == words;
    }

    /// What the first question and its answer say, without headings, which tell times. Empty
    /// where there are no two of them: the same question is asked again on another day.
    static std::string first_words(std::string_view text) {
        std::string words;
        std::size_t at = text.find("\n### ");
        for (int message = 0; message < 2; ++message) {
            if (at == std::string_view::npos) return {};
            const std::size_t begin = std::min(text.find('\n', at + 1), text.size());
            at = text.find("\n### ", begin);
            const std::string_view said = trim(text.substr(begin, at - begin));
            if (said.empty()) return {};
            words.append(said).append("\n");
        }
        return words;
    }

    static std::string identity_in(std::string_view text, std::string_view key) {
        const SplitText split = split_frontmatter(text);
        const Value* value = find(split.values, key);
        return value == nullptr ? std::string() : display_string(*value);
    }

    /// As it is read from the file again. Empty when the name tells it.
    static std::string identity_of(const ImportedNote& note) {
        const Value* value = note.identity.empty() ? nullptr : find(note.keys, note.identity);
        if (value == nullptr) return {};
        return identity_in(compose_note({{std::string(note.identity), *value}}, ""), note.identity);
    }

    static std::size_t key_of(const std::string& path) {
        return std::hash<std::string>{}(to_lower(path));
    }

    Result<void> put(const RelativePath& path, const std::string& bytes, bool is_there) {
        const auto how = is_there ? ImportedAs::replaced : ImportedAs::created;
        if (is_there && !knowledge_.config()->history_enabled) {
            return fail(Fault::conflict, path.str() +
                                             " says something else and is not replaced, because "
                                             "history_enabled is off. Move it away, or switch the "
                                             "history on");
        }
        if (const auto left_out =
                left_out_text(knowledge_.ignore_rules(store_.project()), path.str())) {
            return fail(Fault::invalid, *left_out);
        }
        if (!wishes_.dry_run) {
            const WriteOutcome outcome = store_.write_file(path, bytes, ReplacedVersion::kept);
            if (const auto* error = std::get_if<Error>(&outcome)) return tl::unexpected(*error);
            for (const auto& sentence : std::get<StoredNote>(outcome).not_done) {
                knowledge_.log()(LogLevel::warning, sentence);
            }
        }
        count(path.str(), how);
        return {};
    }

    std::string bytes_of(const ImportedNote& note, const RelativePath& path) {
        ValueMap map{{"title", Value::string(note.title)}, {"type", Value::string(note.type)}};
        if (auto permalink = permalink_of(path)) {
            map.push_back({"permalink", Value::string(*permalink)});
        }
        map.insert(map.end(), note.keys.begin(), note.keys.end());
        const std::string_view body = trim_right(note.body);
        // Lists end their last line, as every line of theirs.
        const bool is_list =
            wishes_.kind == ImportKind::memory_json && note.body.find("\n- ") != std::string::npos;
        return compose_note(
            map, body.empty() ? "# " + note.title : std::string(body) + (is_list ? "\n" : ""));
    }

    std::optional<std::string> permalink_of(const RelativePath& path) {
        const auto config = knowledge_.config();
        if (config->disable_permalinks) return std::nullopt;
        const Project& project = store_.project();
        std::string start = permalink_for_path(path.str());
        const std::string prefix = project.permalink + '/';
        if (config->permalinks_include_project && start != project.permalink &&
            !start.starts_with(prefix)) {
            start = prefix + start;
        }
        return knowledge_.index().read([&](Tables& tables) {
            auto own = tables.entities.permalink_of_path(project.id, path.str());
            return own ? *std::move(own)
                       : tables.entities.free_permalink(project.id, start, path.str());
        });
    }

    KnowledgeBase& knowledge_;
    NoteStore store_;
    const ImportWishes& wishes_;
    std::string folder_;
    ImportReport report_;
    /// By digests of the paths that notes of this file have, without regard to case, as some file
    /// systems see them. Where two have one digest, a note gets a number that it did not need.
    std::unordered_map<std::size_t, TakenName> taken_;
};

}  // namespace

Result<std::string> import_folder(std::string_view wanted) {
    const std::string folder = normalized_path(wanted);
    if (folder.empty()) return folder;
    const auto inside = RelativePath::parse(folder);
    const bool is_absolute = !wanted.empty() && (wanted.front() == '/' || wanted.front() == '\\');
    if (is_absolute || !inside) {
        return fail(Fault::invalid, "the folder '" + std::string(wanted) +
                                        "' leads out of the project. Name one below it, such as "
                                        "imported/conversations");
    }
    return folder;
}

Result<ImportReport> run_import(KnowledgeBase& knowledge, const Project& project,
                                ImportSource& source, const ImportWishes& wishes) {
    auto folder = import_folder(wishes.folder);
    if (!folder) return tl::unexpected(folder.error());
    if (auto refusal = why_read_only(knowledge, project)) {
        return tl::unexpected(*std::move(refusal));
    }
    try {
        return ImportRun(knowledge, project, wishes, *std::move(folder)).read(source);
    } catch (const ImportStopped& stopped) {
        return tl::unexpected(stopped.error);
    } catch (const SourceUnreadable& problem) {
        return fail(Fault::unavailable,
                    with_way_out(std::string("the file could not be read on: ") + problem.what()));
    }
}

}  // namespace bm
