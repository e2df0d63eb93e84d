#include "repository/text_index.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "repository/posting_buffer.hpp"
#include "repository/posting_gatherer.hpp"
#include "repository/segment_merge.hpp"
#include "repository/segment_reader.hpp"
#include "repository/segment_writer.hpp"
#include "repository/text_expression.hpp"
#include "repository/text_search.hpp"
#include "repository/text_store.hpp"

namespace bm {

namespace {

// What may stay fresh. Every search looks into each fresh document, so they are few: about as many
// as 25 notes have.
constexpr std::int64_t kFreshDocuments = 256;
constexpr std::int64_t kFreshBytes = 256 * 1024;

// What a loader gathers before it writes a segment.
constexpr std::size_t kLoaderBytes = 32 * 1024 * 1024;

// Merging pays for itself: a write that makes a segment also does this much merge work for each
// posting in it. A posting is written again once for each level (five for a million documents), and
// more when others of its segment die; less than this, and due merges would pile up.
constexpr std::uint64_t kMergeShare = 16;

// What stays in memory between searches: two bytes for each document. More is read anew.
constexpr std::size_t kDirectoryBytes = 8 * 1024 * 1024;
// Of how many projects anything stays in memory.
constexpr std::size_t kKnownProjects = 16;

}  // namespace

struct TextIndex::State {
    explicit State(Database& database)
        : store(database),
          reader(database),
          allocate(database,
                   "UPDATE counter SET value = value + ? WHERE name = 'text_doc'"
                   " RETURNING value") {}

    /// What is known of a project, brought up to date.
    ProjectText& text_of(ProjectId project) {
        if (texts.size() > kKnownProjects) texts.clear();
        ProjectText& text = texts[project];
        store.refresh(project, text);
        return text;
    }

    void write_segment(ProjectId project, ProjectText& text, PostingBuffer& postings,
                       std::string_view directory, std::uint32_t documents) {
        SegmentRow row{};
        row.stage = SegmentStage::searched;
        row.documents = documents;
        row.id = store.insert_segment(project, row, directory);
        SegmentWriter writer(store.database(), row.id);
        postings.write_to(writer);
        writer.finish();
        row.bytes = writer.bytes();
        row.level = merge_level(row.bytes);
        store.update_segment(row);
        text.generation = 0;  // the list of segments is another one now
    }

    /// Makes a segment of all fresh documents.
    void settle_fresh(ProjectId project, ProjectText& text) {
        const FreshDocuments& fresh = store.fresh(project, text);
        PostingBuffer postings;
        DirectoryWriter directory;
        for (std::uint32_t ordinal = 0; ordinal < fresh.directory->size(); ++ordinal) {
            const FreshDocument document(fresh.bytes[ordinal]);
            for (std::uint32_t i = 0; i < document.size(); ++i) {
                const auto entry = document.entry(i);
                postings.add_posting(ordinal, entry.term, entry.hits, entry.positions);
            }
            directory.add(fresh.directory->doc(ordinal), fresh.directory->kind(ordinal),
                          fresh.directory->length(ordinal));
        }
        const std::uint64_t count = postings.postings();
        write_segment(project, text, postings, directory.finish(), directory.size());
        store.erase_all_fresh(project);
        store.count(project, text, {0, 0, -text.fresh_documents, -text.fresh_bytes});
        text.generation = 0;
        merge(project, text, kMergeShare * count);
    }

    void merge(ProjectId project, ProjectText& text, std::uint64_t budget) {
        merge_segments(store, project, text, budget);
        trim(text);
    }

    /// Forgets what takes too much memory.
    static void trim(ProjectText& text) {
        std::size_t bytes = 0;
        for (const auto& segment : text.segments) {
            if (segment.directory) bytes += segment.directory->memory();
        }
        if (bytes <= kDirectoryBytes) return;
        for (auto& segment : text.segments) segment.directory.reset();
    }

    TextStore store;
    SegmentReader reader;
    FreshDocumentWriter fresh_writer;
    Statement allocate;
    std::map<ProjectId, ProjectText> texts;
};

TextIndex::TextIndex(Database& database) : state_(std::make_unique<State>(database)) {}
TextIndex::~TextIndex() = default;

TextDoc TextIndex::allocate(std::size_t count) {
    auto query = state_->allocate.run();
    if (!query.bind(static_cast<std::int64_t>(count)).step()) {
        throw std::logic_error("the counter of documents is missing");
    }
    return TextDoc{query.integer(0) - static_cast<std::int64_t>(count)};
}

void TextIndex::add(ProjectId project, const std::vector<TextDocument>& documents) {
    if (documents.empty()) return;
    std::size_t bytes = 0;
    for (const auto& document : documents) bytes += document.title.size() + document.content.size();
    if (bytes > static_cast<std::size_t>(kFreshBytes)) {
        auto loader = bulk_load(project);
        for (const auto& document : documents) loader.add(document);
        loader.finish();
        return;
    }
    ProjectText& text = state_->text_of(project);
    TextStore::Change change;
    for (const auto& document : documents) {
        const auto written = state_->fresh_writer.write(document);
        state_->store.insert_fresh(project, document, written);
        change.documents += 1;
        change.tokens += written.tokens;
        change.fresh_documents += 1;
        change.fresh_bytes += static_cast<std::int64_t>(written.bytes.size());
    }
    state_->store.count(project, text, change);
    text.fresh.reset();
    if (text.fresh_documents > kFreshDocuments || text.fresh_bytes > kFreshBytes) {
        state_->settle_fresh(project, text);
    }
}

void TextIndex::erase(ProjectId project, const std::vector<TextDoc>& documents) {
    ProjectText& text = state_->text_of(project);
    TextStore& store = state_->store;
    auto sorted = documents;
    std::sort(sorted.begin(), sorted.end());
    TextStore::Change change;
    std::vector<TextDoc> settled;
    for (const TextDoc doc : sorted) {
        const auto erased = store.erase_fresh(project, doc);
        if (!erased) {
            settled.push_back(doc);
            continue;
        }
        change.documents -= 1;
        change.tokens -= erased->tokens;
        change.fresh_documents -= 1;
        change.fresh_bytes -= erased->bytes;
    }
    for (auto& segment : text.segments) {
        if (settled.empty()) break;
        // A merge under way may have taken in the document already, so it dies there too.
        if (segment.row.stage == SegmentStage::retired) continue;
        const SegmentDirectory& directory = store.directory(segment);
        std::vector<std::uint32_t> ordinals;
        for (const TextDoc doc : settled) {
            if (const auto ordinal = directory.find(doc)) ordinals.push_back(*ordinal);
        }
        if (ordinals.empty()) continue;
        const auto killed = store.kill(segment, ordinals);
        if (segment.row.stage != SegmentStage::searched) continue;
        for (const std::uint32_t ordinal : killed) {
            change.documents -= 1;
            change.tokens -= directory.length(ordinal);
        }
    }
    if (change.documents == 0) return;
    store.count(project, text, change);
    if (change.fresh_documents != 0) text.fresh.reset();
    State::trim(text);
}

void TextIndex::clear(ProjectId project) {
    ProjectText& text = state_->text_of(project);
    state_->store.erase_all_fresh(project);
    state_->store.erase_segments(project);
    state_->store.count(project, text,
                        {-text.documents, -text.tokens, -text.fresh_documents, -text.fresh_bytes});
    state_->texts.erase(project);
}

bool TextIndex::maintain(ProjectId project, std::size_t postings) {
    ProjectText& text = state_->text_of(project);
    std::uint64_t budget = postings;
    const bool more = merge_segments(state_->store, project, text, budget);
    State::trim(text);
    return more;
}

TextIndex::Documents TextIndex::documents(ProjectId project) {
    ProjectText& text = state_->text_of(project);
    Documents documents{
        {}, {}, {text.documents, text.tokens, text.fresh_documents, text.fresh_bytes}};
    const auto add = [&](const SegmentDirectory& directory, std::uint32_t ordinal) {
        documents.living.push_back(directory.doc(ordinal));
        documents.are.tokens += directory.length(ordinal);
    };
    const FreshDocuments& fresh = state_->store.fresh(project, text);
    for (std::uint32_t i = 0; i < fresh.directory->size(); ++i) {
        add(*fresh.directory, i);
        documents.are.fresh_bytes += static_cast<std::int64_t>(fresh.bytes[i].size());
    }
    documents.are.fresh_documents = fresh.directory->size();
    for (auto& segment : text.segments) {
        if (segment.row.stage != SegmentStage::searched) continue;
        const SegmentDirectory& directory = state_->store.directory(segment);
        const DeadDocuments* dead = state_->store.dead(segment);
        for (std::uint32_t i = 0; i < directory.size(); ++i) {
            if (dead == nullptr || !dead->test(i)) add(directory, i);
        }
    }
    State::trim(text);
    std::sort(documents.living.begin(), documents.living.end());
    documents.are.documents = static_cast<std::int64_t>(documents.living.size());
    return documents;
}

void TextIndex::count_again(ProjectId project) {
    const auto [living, are, counted] = documents(project);
    if (are == counted) return;
    state_->store.count(
        project, state_->text_of(project),
        {are.documents - counted.documents, are.tokens - counted.tokens,
         are.fresh_documents - counted.fresh_documents, are.fresh_bytes - counted.fresh_bytes});
}

TextPage TextIndex::search(ProjectId project, const TextQuery& query) {
    const auto expression = parse_text_expression(query.expression);
    if (!expression) {
        TextPage page;
        page.bad_syntax = true;
        return page;
    }
    std::optional<Snapshot> snapshot;
    if (!state_->store.database().in_transaction()) snapshot.emplace(state_->store.database());
    ProjectText& text = state_->text_of(project);
    if (text.documents == 0) return {};
    auto page = search_text(state_->store, state_->reader, project, text, *expression, query);
    State::trim(text);
    return page;
}

struct TextIndex::Loader::State {
    State(TextIndex::State& index_state, ProjectId project_id)
        : index(index_state), project(project_id) {}

    void write() {
        auto& [postings, directory, tokens] = gatherer.wait();
        if (directory.size() == 0) return;
        ProjectText& text = index.text_of(project);
        postings_written += postings.postings();
        index.write_segment(project, text, postings, directory.finish(), directory.size());
        index.store.count(project, text, {directory.size(), tokens, 0, 0});
        text.generation = 0;
        gatherer.clear();
    }

    TextIndex::State& index;
    ProjectId project;
    PostingGatherer gatherer;
    TextDoc last{0};
    std::uint64_t postings_written = 0;
};

TextIndex::Loader::Loader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextIndex::Loader::Loader(Loader&&) noexcept = default;
TextIndex::Loader::~Loader() = default;

void TextIndex::Loader::add(const TextDocument& document) {
    // Inside a segment documents ascend; one out of order begins another.
    if (document.doc <= state_->last || state_->gatherer.memory() > kLoaderBytes) state_->write();
    state_->last = document.doc;
    state_->gatherer.add(document);
}

void TextIndex::Loader::finish() {
    state_->write();
    const std::uint64_t written = state_->postings_written;
    TextIndex::State& index = state_->index;
    const ProjectId project = state_->project;
    // Merging takes memory of its own.
    state_.reset();
    index.merge(project, index.text_of(project), kMergeShare * written);
}

TextIndex::Loader TextIndex::bulk_load(ProjectId project) {
    return Loader(std::make_unique<Loader::State>(*state_, project));
}

}  // namespace bm
