#include "tools/meaning_search.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <span>
#include <utility>

#include "markdown/text.hpp"
#include "repository/search_rows.hpp"
#include "sync/note_meanings.hpp"
#include "tools/meaning_explanation.hpp"
#include "tools/search_criteria.hpp"

namespace bm {
namespace {

/// How long a search waits for vectors that are missing, from when somebody first missed them.
constexpr std::chrono::milliseconds kMostWait{5'000};
constexpr std::size_t kFewestCandidates = 100;
constexpr std::size_t kMostCandidates = 10'000;

/// What one note, observation or relation got from either ranking.
struct Candidate {
    std::size_t project;  ///< its place in the list
    RowRef ref;
    std::optional<SearchRow> row;  ///< of the text search
    std::size_t text_rank = 0;     ///< from 1; 0 when the text search did not find it
    double text_share = 0;         ///< of the best one's bm25
    MeaningHit meaning = {};
    double score = 0;
};

RowRef ref_of(const SearchRow& row) {
    if (row.observation) return {ItemKind::observation, row.observation->value};
    if (row.relation) return {ItemKind::relation, row.relation->value};
    return {ItemKind::entity, row.entity.value};
}

using SteadyClock = std::chrono::steady_clock;

/// Both rankings of one project.
class ProjectRanking {
public:
    struct Parts {
        KnowledgeBase& knowledge;
        MeaningCare& care;
        const MeaningWish& wish;
        std::size_t limit;
        const std::stop_token& stop;
        std::shared_ptr<EmbeddingProvider> endpoint;
        SteadyClock::time_point deadline;  ///< until then vectors are waited for, of all projects
    };
    ProjectRanking(const Parts& parts, const Project& project, std::size_t place)
        : parts_(parts),
          project_(project),
          place_(place),
          meanings_(parts.knowledge, project, parts.endpoint) {}

    std::optional<NoMeanings> missing;
    MeaningState state;

    [[nodiscard]] const Project& project() const noexcept { return project_; }
    [[nodiscard]] const std::optional<NoteMeanings::Near>& near() const noexcept { return near_; }
    [[nodiscard]] std::size_t words_found() const noexcept { return found_.size(); }

    /// Each with its bm25 as `text_share` still.
    Result<void> rank_words(bool relax) {
        const auto criteria = criteria_for(SearchMode::text, parts_.wish.text, project_);
        if (!criteria) return tl::unexpected<Error>(criteria.error());
        auto request = parts_.wish.request;
        request.limit = parts_.limit;
        request.offset = 0;
        request.relax = relax;
        auto page = parts_.knowledge.index().read([&](Tables& tables) {
            return search_by(tables.search, project_.id, request, *criteria);
        });
        for (std::size_t i = 0; i < page.rows.size(); ++i) {
            Candidate& candidate = at(ref_of(page.rows[i]));
            candidate.text_rank = i + 1;
            candidate.text_share = std::abs(page.rows[i].score);
            candidate.row = std::move(page.rows[i]);
        }
        return {};
    }

    void rank_meanings() {
        using Reason = NoMeanings::Reason;
        if (!meanings_.is_on()) {
            missing = {Reason::too_few_notes};
            if (const auto seen = meanings_.state(parts_.stop)) state = *seen;
            return;
        }
        if (parts_.endpoint) {
            // Whether it is there is told by the question, before anybody waits for vectors.
            const auto asked = parts_.endpoint->embed_query(parts_.wish.text, parts_.stop);
            if (!asked) {
                missing = {Reason::endpoint, asked.error().message};
                return;
            }
        }
        const auto reached = parts_.care.bring_up_to_date(project_, parts_.endpoint, kMostWait,
                                                          parts_.stop, parts_.deadline);
        if (reached) state = *reached;
        auto near = meanings_.nearest(parts_.wish.text, parts_.wish.request, parts_.wish.lowest,
                                      parts_.limit, parts_.stop);
        if (!near) {
            missing = {Reason::endpoint, near.error().message};
            return;
        }
        near_ = std::move(*near);
        if (!near_) {
            missing = {Reason::not_ready};
            return;
        }
        explanation_.emplace(meanings_, *near_, parts_.wish.text);
        for (std::size_t i = 0; i < near_->notes.size(); ++i) {
            const NearNote& note = near_->notes[i];
            at({ItemKind::entity, note.id.value}).meaning = {i + 1, note.similarity, note.place};
        }
    }

    [[nodiscard]] double best_words() const {
        double best = 0;
        for (const auto& [key, candidate] : found_) best = std::max(best, candidate.text_share);
        return best;
    }

    /// `best_words` of all projects, so that a poor hit that is the only one of its project stays
    /// a poor one.
    std::vector<Candidate> candidates(double best_words) {
        std::vector<Candidate> all;
        for (auto& [key, candidate] : found_) {
            const double weight = near_ ? near_->weight : 1;
            const double similarity = candidate.meaning.similarity;
            if (best_words > 0) candidate.text_share /= best_words;
            candidate.score = parts_.wish.words_too
                                  ? fused_score(candidate.text_share, weight * similarity)
                                  : similarity;
            all.push_back(std::move(candidate));
        }
        return all;
    }

    /// What was found of a row, and why.
    void explain(const Candidate& candidate, FoundRow& found) {
        const SearchRow& row = found.row;
        Json& why = found.why = Json::object();
        if (parts_.wish.words_too) why["formula"] = kFusionFormula;
        if (candidate.text_rank > 0) {
            why["text"] = {{"rank", candidate.text_rank},
                           {"bm25", row.score},
                           {"share", candidate.text_share}};
        }
        found.matched_chunk = row.content.value_or("");
        if (candidate.meaning.rank == 0) return;
        auto meaning = explanation_->of(candidate.meaning, row);
        why["meaning"] = std::move(meaning.why);
        if (!meaning.chunk.empty()) found.matched_chunk = std::move(meaning.chunk);
    }

private:
    Candidate& at(const RowRef& ref) {
        auto& candidate = found_[{static_cast<int>(ref.kind), ref.id}];
        candidate.project = place_;
        candidate.ref = ref;
        return candidate;
    }

    const Parts& parts_;
    const Project& project_;
    std::size_t place_;
    NoteMeanings meanings_;
    std::optional<NoteMeanings::Near> near_;
    std::optional<MeaningExplanation> explanation_;
    std::map<std::pair<int, std::int64_t>, Candidate> found_;
};

using Rankings = std::vector<std::unique_ptr<ProjectRanking>>;

/// What one project has word for word comes before what another has in part.
Result<void> rank_words(const Rankings& rankings) {
    for (const bool relax : {false, true}) {
        std::size_t found = 0;
        for (const auto& ranking : rankings) {
            if (auto done = ranking->rank_words(relax); !done) return done;
            found += ranking->words_found();
        }
        if (found > 0) return {};
    }
    return {};
}

/// Rows that the text search has not loaded already, all at once; none for those that are gone.
void load_rows(KnowledgeBase& knowledge, std::span<Candidate> page) {
    std::vector<RowRef> missing;
    for (const auto& candidate : page) {
        if (!candidate.row) missing.push_back(candidate.ref);
    }
    if (missing.empty()) return;
    auto rows = knowledge.index().read(
        [&](Tables& tables) { return SearchRowLoader(tables.database).rows(missing); });
    std::map<std::int64_t, SearchRow*> by_id;
    for (auto& row : rows) by_id[row.entity.value] = &row;
    for (auto& candidate : page) {
        if (candidate.row) continue;
        const auto found = by_id.find(candidate.ref.id);  // of notes only
        if (found != by_id.end()) candidate.row = std::move(*found->second);
    }
}

bool is_better(const Candidate& left, const Candidate& right) {
    if (left.score != right.score) return left.score > right.score;
    const auto place = [](const Candidate& each) {
        return std::tuple(each.project, static_cast<int>(each.ref.kind), each.ref.id);
    };
    return place(left) < place(right);
}

/// "Project 'a'" or "Projects 'a', 'b'".
std::string named(const std::vector<std::string>& projects) {
    return (projects.size() == 1 ? "Project '" : "Projects '") + join(projects, "', '") + '\'';
}

/// What is the matter with files that were not compared; `unreadable` of them at least cannot be.
std::string about_others(std::int64_t others, std::int64_t unreadable) {
    if (unreadable == 0) {
        return "the others are being prepared, or cannot be read now: search again in a while.";
    }
    const std::string blocked =
        std::to_string(std::min(unreadable, others)) + " cannot be read now";
    if (unreadable >= others) return blocked + '.';
    return blocked + ", and the others are being prepared: search again in a while.";
}

/// What a reader of the page has to know about notes that could not be compared.
std::string notice_of(const Rankings& rankings, const MeaningWish& wish) {
    using Reason = NoMeanings::Reason;
    std::int64_t files = 0;
    std::int64_t ready = 0;
    std::int64_t unreadable = 0;
    std::vector<std::string> few;
    std::vector<std::string> unready;
    std::vector<std::string> unread;
    for (const auto& ranking : rankings) {
        const std::string name = ranking->project().name.str();
        if (ranking->missing && ranking->missing->reason == Reason::endpoint) {
            return "Only words were compared, not meanings. " + ranking->missing->problem;
        }
        if (ranking->missing && ranking->missing->reason == Reason::too_few_notes) {
            if (ranking->state.files > 0) few.push_back(name);
        } else if (ranking->missing) {
            (ranking->state.unreadable > 0 ? unread : unready).push_back(name);
        } else if (ranking->near() && !ranking->state.is_complete) {
            files += ranking->state.files;
            ready += ranking->state.ready;
            unreadable += ranking->state.unreadable;
        }
    }
    std::vector<std::string> said;
    if (!few.empty()) {
        said.push_back(named(few) + (few.size() == 1 ? " was" : " were") +
                       " not compared by meaning: fewer than " +
                       std::to_string(kFewestNotesToLearnFrom) +
                       " notes are too few to learn from.");
    }
    if (!unready.empty()) {
        said.push_back(
            named(unready) + (unready.size() == 1 ? " was" : " were") +
            " not compared by meaning, which is being prepared: search again in a while.");
    }
    if (!unread.empty()) {
        said.push_back(named(unread) + (unread.size() == 1 ? " was" : " were") +
                       " not compared by meaning: none of its files can be read now.");
    }
    if (ready < files) {
        said.push_back("Of " + std::to_string(files) + " files only " + std::to_string(ready) +
                       " could be compared by meaning; " + about_others(files - ready, unreadable));
    }
    const bool takes_notes =
        has_kind(wish.request.kinds, ItemKind::entity) && wish.request.categories.empty();
    if (!takes_notes) {
        said.push_back("Only whole notes are compared by meaning, not observations or relations.");
    }
    return join(said, " ");
}

}  // namespace

bool is_exact_wish(std::string_view query) {
    if (query.find_first_of("\"*()") != std::string_view::npos) return true;
    const auto words = split_words(query);
    return std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return word == "AND" || word == "OR" || word == "NOT";
    });
}

Result<tl::expected<SearchAnswer, NoMeanings>> search_by_meaning(
    KnowledgeBase& knowledge, MeaningCare& care, const std::vector<Project>& projects,
    bool names_projects, const MeaningWish& wish, const Paging& paging,
    const std::stop_token& stop) {
    using Answer = tl::expected<SearchAnswer, NoMeanings>;
    const auto endpoint = care.endpoint();
    if (!endpoint && wish.is_asked_for) {
        return Answer(tl::unexpect,
                      NoMeanings{NoMeanings::Reason::endpoint, endpoint.error().message});
    }
    const std::size_t offset = std::min(paging.offset(), kMostCandidates);
    const std::size_t limit =
        std::min(std::max(kFewestCandidates, 10 * (offset + paging.size)), kMostCandidates);
    const ProjectRanking::Parts parts{knowledge,
                                      care,
                                      wish,
                                      limit,
                                      stop,
                                      endpoint ? *endpoint : nullptr,
                                      SteadyClock::now() + kMostWait};
    Rankings rankings;
    for (std::size_t i = 0; i < projects.size(); ++i) {
        rankings.push_back(std::make_unique<ProjectRanking>(parts, projects[i], i));
    }
    if (wish.words_too) {
        if (auto done = rank_words(rankings); !done) return tl::unexpected<Error>(done.error());
    }
    double best_words = 0;
    for (const auto& each : rankings) best_words = std::max(best_words, each->best_words());
    const bool is_found = std::any_of(rankings.begin(), rankings.end(),
                                      [](const auto& each) { return each->words_found() > 0; });
    // Who says exactly what he wants gets nothing else, unless there is no such thing.
    const bool is_answered = is_found && is_exact_wish(wish.text);
    std::vector<Candidate> candidates;
    std::optional<NoMeanings> missing;
    bool is_compared = projects.empty();
    for (const auto& ranking : rankings) {
        if (!is_answered) ranking->rank_meanings();
        const auto& problem = ranking->missing;
        is_compared = is_compared || !problem;
        if (problem && (!missing || missing->reason == NoMeanings::Reason::too_few_notes)) {
            missing = problem;
        }
        for (auto& each : ranking->candidates(best_words)) candidates.push_back(std::move(each));
    }
    if (!is_compared && wish.is_asked_for) return Answer(tl::unexpect, *missing);
    std::sort(candidates.begin(), candidates.end(), is_better);

    SearchAnswer answer{
        {}, static_cast<std::int64_t>(candidates.size()), false, paging.page, paging.size};
    answer.total_is_exact = false;
    answer.notice = endpoint
                        ? (is_answered ? "" : notice_of(rankings, wish))
                        : "Only words were compared, not meanings. " + endpoint.error().message;
    const std::size_t end = std::min(offset + paging.size, candidates.size());
    const std::size_t begin = std::min(offset, end);
    const auto page = std::span(candidates).subspan(begin, end - begin);
    load_rows(knowledge, page);
    for (auto& candidate : page) {
        if (!candidate.row) continue;
        const Project& project = projects[candidate.project];
        FoundRow& found = answer.rows.emplace_back(
            FoundRow{*std::move(candidate.row), names_projects ? project.name.str() : "",
                     names_projects ? project.permalink : ""});
        rankings[candidate.project]->explain(candidate, found);
        found.row.score = candidate.score;
    }
    answer.has_more = end < candidates.size();
    return Answer(std::move(answer));
}

}  // namespace bm
