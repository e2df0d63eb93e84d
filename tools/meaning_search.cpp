#include "tools/meaning_search.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "markdown/text.hpp"
#include "repository/search_rows.hpp"
#include "repository/tokenizer.hpp"
#include "sync/note_meanings.hpp"
#include "tools/search_criteria.hpp"

namespace bm {
namespace {

/// How long a search waits for vectors that are missing, from when somebody first missed them.
constexpr std::chrono::milliseconds kMostWait{5'000};
constexpr std::size_t kFewestCandidates = 100;
constexpr std::size_t kMostCandidates = 10'000;
/// Words of the top of a note that an explanation looks at.
constexpr std::size_t kMostWordsLookedAt = 40;
constexpr std::size_t kNearWordsShown = 3;
constexpr double kLeastNearness = 0.25;

/// What one note, observation or relation got from either ranking.
struct Candidate {
    std::size_t project;  ///< its place in the list
    RowRef ref;
    std::optional<SearchRow> row;  ///< of the text search
    std::size_t text_rank = 0;     ///< from 1; 0 when the text search did not find it
    double text_share = 0;         ///< of the best one's bm25
    std::size_t meaning_rank = 0;
    double similarity = 0;
    std::size_t passage = 0;  ///< of the note, that is so similar
    double score = 0;
};

RowRef ref_of(const SearchRow& row) {
    if (row.observation) return {ItemKind::observation, row.observation->value};
    if (row.relation) return {ItemKind::relation, row.relation->value};
    return {ItemKind::entity, row.entity.value};
}

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
    };
    ProjectRanking(const Parts& parts, const Project& project, std::size_t place)
        : knowledge_(parts.knowledge),
          care_(parts.care),
          project_(project),
          place_(place),
          wish_(parts.wish),
          limit_(parts.limit),
          stop_(parts.stop),
          endpoint_(parts.endpoint),
          meanings_(parts.knowledge, project, parts.endpoint) {}

    Result<void> rank() {
        if (wish_.words_too) {
            if (auto done = rank_words(); !done) return done;
        }
        // Who says exactly what he wants gets nothing else, unless there is no such thing.
        if (wish_.words_too && !found_.empty() && is_exact_wish(wish_.text)) return {};
        rank_meanings();
        return {};
    }

    std::optional<NoMeanings> missing;
    MeaningState state;

    std::vector<Candidate> candidates() {
        std::vector<Candidate> all;
        for (auto& [key, candidate] : found_) {
            const double weight = near_ ? near_->weight : 1;
            candidate.score = wish_.words_too
                                  ? fused_score(candidate.text_share, weight * candidate.similarity)
                                  : candidate.similarity;
            all.push_back(std::move(candidate));
        }
        return all;
    }

    std::optional<NoteMeanings::Near>& near() { return near_; }
    NoteMeanings& meanings() { return meanings_; }

private:
    Candidate& at(const RowRef& ref) {
        auto& candidate = found_[{static_cast<int>(ref.kind), ref.id}];
        candidate.project = place_;
        candidate.ref = ref;
        return candidate;
    }

    Result<void> rank_words() {
        const auto criteria = criteria_for(SearchMode::text, wish_.text, project_);
        if (!criteria) return tl::unexpected<Error>(criteria.error());
        auto request = wish_.request;
        request.limit = limit_;
        request.offset = 0;
        request.relax = true;
        auto page = knowledge_.index().read([&](Tables& tables) {
            return search_by(tables.search, project_.id, request, *criteria);
        });
        double best = 0;
        for (const auto& row : page.rows) best = std::max(best, std::abs(row.score));
        for (std::size_t i = 0; i < page.rows.size(); ++i) {
            Candidate& candidate = at(ref_of(page.rows[i]));
            candidate.text_rank = i + 1;
            candidate.text_share = best > 0 ? std::abs(page.rows[i].score) / best : 0;
            candidate.row = std::move(page.rows[i]);
        }
        return {};
    }

    void rank_meanings() {
        using Reason = NoMeanings::Reason;
        if (!meanings_.is_on()) {
            missing = {Reason::too_few_notes};
            return;
        }
        if (endpoint_) {
            // Whether it is there is told by the question, before anybody waits for vectors.
            const auto asked = endpoint_->embed_query(wish_.text, stop_);
            if (!asked) {
                missing = {Reason::endpoint, asked.error().message};
                return;
            }
        }
        const auto reached = care_.bring_up_to_date(project_, endpoint_, kMostWait, stop_);
        if (reached) state = *reached;
        auto near = meanings_.nearest(wish_.text, wish_.request, wish_.lowest, limit_, stop_);
        if (!near) {
            missing = {Reason::endpoint, near.error().message};
            return;
        }
        near_ = std::move(*near);
        if (!near_) {
            missing = {Reason::not_ready};
            return;
        }
        for (std::size_t i = 0; i < near_->notes.size(); ++i) {
            Candidate& candidate = at({ItemKind::entity, near_->notes[i].id.value});
            candidate.meaning_rank = i + 1;
            candidate.similarity = near_->notes[i].similarity;
            candidate.passage = near_->notes[i].place;
        }
    }

    KnowledgeBase& knowledge_;
    MeaningCare& care_;
    const Project& project_;
    std::size_t place_;
    const MeaningWish& wish_;
    std::size_t limit_;
    const std::stop_token& stop_;
    std::shared_ptr<EmbeddingProvider> endpoint_;
    NoteMeanings meanings_;
    std::optional<NoteMeanings::Near> near_;
    std::map<std::pair<int, std::int64_t>, Candidate> found_;
};

/// Words of a note's beginning that lie close to the query and are not in it.
std::vector<std::string> near_words(NoteMeanings& meanings, const MeaningQuery& query,
                                    const std::string& typed, const SearchRow& row) {
    std::set<std::string, std::less<>> asked;
    Tokenizer of_query(typed);
    while (of_query.next()) asked.emplace(of_query.token());
    std::set<std::string, std::less<>> words;
    const std::string top = row.title + '\n' + row.content.value_or("");
    Tokenizer of_note(top);
    while (words.size() < kMostWordsLookedAt && of_note.next()) {
        constexpr std::size_t kShortest = 3;
        const auto word = of_note.token();
        if (word.size() >= kShortest && !asked.contains(word)) words.emplace(word);
    }
    std::vector<MeaningText> texts;
    for (const auto& word : words) texts.push_back({"", word});
    const auto provider = meanings.word_provider();
    if (!provider) return {};
    const auto directions = provider->embed_documents(texts, {});
    if (!directions) return {};
    std::vector<std::pair<double, std::string>> near;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const double similarity = query.similarity(quantised((*directions)[i]));
        if (similarity >= kLeastNearness) near.emplace_back(-similarity, texts[i].text);
    }
    std::sort(near.begin(), near.end());
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(near.size(), kNearWordsShown); ++i) {
        shown.push_back(near[i].second);
    }
    return shown;
}

Json explanation(const Candidate& candidate, const SearchRow& row, const MeaningWish& wish,
                 ProjectRanking& ranking) {
    Json why = Json::object();
    if (wish.words_too) why["formula"] = kFusionFormula;
    if (candidate.text_rank > 0) {
        why["text"] = {{"rank", candidate.text_rank},
                       {"bm25", candidate.row->score},
                       {"share", candidate.text_share}};
    }
    if (candidate.meaning_rank > 0) {
        why["meaning"] = {
            {"rank", candidate.meaning_rank},
            {"similarity", candidate.similarity},
            {"weight", ranking.near()->weight},
            {"near", near_words(ranking.meanings(), ranking.near()->query, wish.text, row)}};
        constexpr std::size_t kLongestPassageShown = 200;
        const auto path = RelativePath::parse(row.path);
        const auto passage =
            path ? ranking.meanings().passage(*path, candidate.passage) : std::string();
        if (!passage.empty()) {
            why["meaning"]["passage"] = first_code_points(passage, kLongestPassageShown);
        }
    }
    return why;
}

/// Rows that the text search has not loaded already; none for those that are gone.
std::optional<SearchRow> row_of(KnowledgeBase& knowledge, const Candidate& candidate) {
    if (candidate.row) return candidate.row;
    auto rows = knowledge.index().read([&](Tables& tables) {
        return SearchRowLoader(tables.database).rows(std::vector<RowRef>{candidate.ref});
    });
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

bool is_better(const Candidate& left, const Candidate& right) {
    if (left.score != right.score) return left.score > right.score;
    const auto place = [](const Candidate& each) {
        return std::tuple(each.project, static_cast<int>(each.ref.kind), each.ref.id);
    };
    return place(left) < place(right);
}

/// What a reader of the page has to know about notes that could not be compared.
std::string notice_of(const std::vector<std::unique_ptr<ProjectRanking>>& rankings) {
    std::int64_t files = 0;
    std::int64_t ready = 0;
    for (const auto& ranking : rankings) {
        if (ranking->missing && ranking->missing->reason == NoMeanings::Reason::endpoint) {
            return "Only words were compared, not meanings. " + ranking->missing->problem;
        }
        if (ranking->missing || !ranking->near() || ranking->state.is_complete) continue;
        files += ranking->state.files;
        ready += ranking->state.ready;
    }
    if (ready >= files) return {};
    return "Of " + std::to_string(files) + " files only " + std::to_string(ready) +
           " could be compared by meaning; the others are being prepared: search again in a while.";
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
    const ProjectRanking::Parts parts{knowledge, care, wish,
                                      limit,     stop, endpoint ? *endpoint : nullptr};
    std::vector<std::unique_ptr<ProjectRanking>> rankings;
    std::vector<Candidate> candidates;
    std::optional<NoMeanings> missing;
    bool is_compared = projects.empty();
    for (std::size_t i = 0; i < projects.size(); ++i) {
        rankings.push_back(std::make_unique<ProjectRanking>(parts, projects[i], i));
        if (auto done = rankings.back()->rank(); !done) {
            return tl::unexpected<Error>(done.error());
        }
        const auto& problem = rankings.back()->missing;
        is_compared = is_compared || !problem;
        if (problem && (!missing || missing->reason == NoMeanings::Reason::too_few_notes)) {
            missing = problem;
        }
        for (auto& each : rankings.back()->candidates()) candidates.push_back(std::move(each));
    }
    if (!is_compared && wish.is_asked_for) return Answer(tl::unexpect, *missing);
    std::sort(candidates.begin(), candidates.end(), is_better);

    SearchAnswer answer{
        {}, static_cast<std::int64_t>(candidates.size()), false, paging.page, paging.size};
    answer.total_is_exact = false;
    answer.notice = endpoint
                        ? notice_of(rankings)
                        : "Only words were compared, not meanings. " + endpoint.error().message;
    const std::size_t end = std::min(offset + paging.size, candidates.size());
    for (std::size_t i = std::min(offset, end); i < end; ++i) {
        auto row = row_of(knowledge, candidates[i]);
        if (!row) continue;
        auto why = explanation(candidates[i], *row, wish, *rankings[candidates[i].project]);
        row->score = candidates[i].score;
        const Project& project = projects[candidates[i].project];
        answer.rows.push_back({std::move(*row), names_projects ? project.name.str() : "",
                               names_projects ? project.permalink : "", std::move(why)});
    }
    answer.has_more = end < candidates.size();
    return Answer(std::move(answer));
}

}  // namespace bm
