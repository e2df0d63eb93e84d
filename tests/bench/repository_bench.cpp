// Measures the repository room on a generated index.
//
//   repository_bench FOLDER [NOTES]
//
// Makes FOLDER/index.db with NOTES notes (100,000) of six observations and four relations, among
// them hubs, unless it is there, and prints medians and worst cases. Not a test: figures depend on
// the machine.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "repository/index.hpp"
#include "repository/indexed_files.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int kObservations = 6;
constexpr int kRelations = 4;
constexpr int kHubs = 5;  // a fifth of all notes links to each

double milliseconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

void report(const char* what, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    std::printf("%-46s p50 %9.3f ms   p99 %9.3f ms   worst %9.3f ms\n", what,
                times[times.size() / 2], times[times.size() * 99 / 100], times.back());
}

class Words {
public:
    explicit Words(unsigned seed) : random_(seed) {}
    unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }
    std::string sentence(int words) {
        std::string text;
        for (int i = 0; i < words; ++i) {
            if (i > 0) text += ' ';
            // Low numbers are common words.
            text += "w" + std::to_string(below(below(20'000) + 1));
        }
        return text;
    }

private:
    std::mt19937 random_;
};

std::string path_of(int note) {
    return "folder-" + std::to_string(note % 240) + "/part-" + std::to_string(note % 7) + "/Note " +
           std::to_string(note) + ".md";
}
std::string title_of(int note) { return "Note " + std::to_string(note); }
std::string permalink_of(int note) {
    return "folder-" + std::to_string(note % 240) + "/part-" + std::to_string(note % 7) + "/note-" +
           std::to_string(note);
}

bm::EntityDraft draft_of(int note, Words& words) {
    const auto path = bm::RelativePath::parse(path_of(note)).value();
    const auto time = bm::Timestamp(std::chrono::seconds(1'700'000'000 + note * 60LL));
    return {.title = title_of(note),
            .type = note % 8 == 0 ? "meeting" : "note",
            .metadata = R"({"title":"x","type":"note","tags":["a","b"],"status":")" +
                        std::string(note % 3 == 0 ? "open" : "closed") + R"(","n":")" +
                        std::to_string(note) + "\"}",
            .content_type = "text/markdown",
            .permalink = permalink_of(note),
            .path = path,
            .checksum = bm::checksum_of(path.str()),
            .stamp = {.mtime_ns = note * 1'000'000'000LL, .size = 2'400, .inode = note},
            .created = time,
            .updated = time,
            .excerpt = words.sentence(35)};
}

void generate(bm::Index& index, int notes) {
    Words words(1);
    std::map<std::string, double> parts;
    bm::ProjectId project{0};
    index.write([&](bm::Tables& tables) {
        project = tables.projects
                      .insert(bm::ProjectName::parse("bench").value(), "/bench",
                              bm::Timestamp(std::chrono::seconds(0)))
                      .id;
    });
    constexpr int batch = 2'000;
    for (int start = 0; start < notes; start += batch) {
        index.write([&](bm::Tables& tables) {
            auto loader = tables.text.bulk_load(project);
            for (int note = start; note < std::min(start + batch, notes); ++note) {
                const auto draft = draft_of(note, words);
                std::vector<bm::Observation> observations;
                for (int i = 0; i < kObservations; ++i) {
                    observations.push_back({"cat" + std::to_string(words.below(12)),
                                            words.sentence(9) + " #tag",
                                            {"tag"},
                                            std::nullopt});
                }
                std::vector<bm::Relation> relations;
                for (int i = 0; i < kRelations; ++i) {
                    const auto all = static_cast<unsigned>(notes);
                    const unsigned target =
                        i == 0 ? words.below(kHubs) : words.below(all + all / 50);
                    relations.push_back({i % 2 == 0 ? "relates_to" : "part_of",
                                         title_of(static_cast<int>(target)), std::nullopt});
                }
                const std::vector<std::optional<bm::EntityId>> targets(relations.size());
                const auto first = tables.text.allocate(1 + kObservations + kRelations);
                std::optional<bm::Entity> entity;
                parts["upsert"] += milliseconds_of(
                    [&] { entity = tables.entities.upsert(project, draft, first); });
                parts["replace"] += milliseconds_of([&] {
                    tables.graph.replace(entity->id,
                                         {observations, relations, targets, {first.value + 1}});
                });
                parts["text"] += milliseconds_of([&] {
                    std::int64_t doc = first.value;
                    loader.add({{doc++}, bm::ItemKind::entity, draft.title, draft.excerpt});
                    for (const auto& each : observations) {
                        loader.add({{doc++}, bm::ItemKind::observation, "", each.content});
                    }
                    for (const auto& each : relations) {
                        loader.add({{doc++}, bm::ItemKind::relation, draft.title, each.target});
                    }
                });
            }
            parts["text"] += milliseconds_of([&] { loader.finish(); });
        });
    }
    std::int64_t settled = 0;
    parts["resolve_exact"] += milliseconds_of([&] {
        settled =
            index.write([&](bm::Tables& tables) { return tables.graph.resolve_exact(project); });
    });
    for (const auto& [part, time] : parts)
        std::printf("%-46s %9.0f ms in all\n", part.c_str(), time);
    std::printf("%-46s %9lld relations\n", "resolved", static_cast<long long>(settled));
}

template <class Work>
void measure(bm::Index& index, const char* what, int rounds, Work work) {
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        times.push_back(
            milliseconds_of([&] { index.read([&](bm::Tables& tables) { work(tables, round); }); }));
    }
    report(what, std::move(times));
}

void measure_lookups(bm::Index& index, bm::ProjectId project, int notes) {
    std::mt19937 random(2);
    const auto any = [&] { return static_cast<int>(random() % static_cast<unsigned>(notes)); };
    measure(index, "by_permalink", 2'000, [&](bm::Tables& tables, int) {
        if (!tables.entities.by_permalink(project, permalink_of(any()))) std::abort();
    });
    measure(index, "by_title", 2'000, [&](bm::Tables& tables, int) {
        if (tables.entities.by_title(project, title_of(any())).size() != 1) std::abort();
    });
    measure(index, "an empty read (lease and snapshot)", 2'000, [](bm::Tables&, int) {});
    measure(index, "indexed files of all", 7, [&](bm::Tables& tables, int) {
        (void)bm::indexed_files_after(tables.database, project, "", 1'000'000);
    });
    measure(index, "folders of all", 7,
            [&](bm::Tables& tables, int) { (void)tables.entities.folders(project); });
    measure(index, "list the root, depth 1", 100, [&](bm::Tables& tables, int) {
        (void)tables.directories.list(project, "", 1, std::nullopt);
    });
    measure(index, "list the root, depth 2", 50, [&](bm::Tables& tables, int) {
        (void)tables.directories.list(project, "", 2, std::nullopt);
    });
    measure(index, "statistics", 3,
            [&](bm::Tables& tables, int) { (void)tables.statistics.of(project); });
}

void measure_graph(bm::Index& index, bm::ProjectId project, int notes) {
    std::mt19937 random(3);
    const auto any = [&] { return static_cast<int>(random() % static_cast<unsigned>(notes)); };
    const auto late = bm::Timestamp(std::chrono::seconds(1'700'000'000 + (notes - 1'000) * 60LL));
    const auto never = bm::Timestamp(std::chrono::seconds(4'000'000'000));
    const auto id = [&](bm::Tables& tables, int note) {
        return tables.entities.by_permalink(project, permalink_of(note))->id;
    };
    for (const int depth : {1, 2}) {
        const std::string suffix = ", depth " + std::to_string(depth) + ", 10 items";
        measure(index, ("walk from a note" + suffix).c_str(), 1'000, [&](bm::Tables& tables, int) {
            (void)tables.context.walk(project, {id(tables, any())}, depth, 10, std::nullopt);
        });
        measure(index, ("walk from a hub" + suffix).c_str(), 500,
                [&](bm::Tables& tables, int round) {
                    (void)tables.context.walk(project, {id(tables, round % kHubs)}, depth, 10,
                                              std::nullopt);
                });
        measure(index, ("walk from a hub since lately" + suffix).c_str(), 500,
                [&](bm::Tables& tables, int round) {
                    (void)tables.context.walk(project, {id(tables, round % kHubs)}, depth, 10,
                                              late);
                });
    }
    measure(index, "walk from a hub since never, depth 2", 500, [&](bm::Tables& tables, int round) {
        (void)tables.context.walk(project, {id(tables, round % kHubs)}, 2, 10, never);
    });
    measure(index, "walk from ten notes, depth 3, 100 items", 200, [&](bm::Tables& tables, int) {
        std::vector<bm::EntityId> seeds;
        for (int i = 0; i < 10; ++i) seeds.push_back(id(tables, any()));
        (void)tables.context.walk(project, seeds, 3, 100, std::nullopt);
    });
    measure(index, "matching folder-7/*, ten", 500, [&](bm::Tables& tables, int) {
        (void)tables.context.matching(project, "folder-7/*", 10, 0);
    });
    measure(index, "matching *-99999, ten", 20, [&](bm::Tables& tables, int) {
        (void)tables.context.matching(project, "*-99999", 10, 0);
    });
    measure(index, "activity, ten of all", 500, [&](bm::Tables& tables, int) {
        (void)tables.activity.recent(project, bm::kAllKinds, std::nullopt, 10, 0);
    });
    measure(index, "activity, ten since lately", 500, [&](bm::Tables& tables, int) {
        (void)tables.activity.recent(project, bm::kAllKinds, late, 10, 0);
    });
    measure(index, "activity, page 1,000", 20, [&](bm::Tables& tables, int) {
        (void)tables.activity.recent(project, bm::kAllKinds, std::nullopt, 10, 10'000);
    });
}

void measure_search(bm::Index& index, bm::ProjectId project) {
    const auto run = [&](const char* what, int rounds,
                         const std::function<void(bm::SearchRequest&, int)>& fill) {
        std::int64_t total = 0;
        std::vector<double> times;
        for (int round = 0; round < rounds; ++round) {
            bm::SearchRequest request;
            fill(request, round);
            times.push_back(milliseconds_of([&] {
                index.read([&](bm::Tables& tables) {
                    total = tables.search.search(project, request).total;
                });
            }));
        }
        std::printf("%9lld found by: ", static_cast<long long>(total));
        report(what, std::move(times));
    };
    using Request = bm::SearchRequest;
    const auto text = [](int round) { return Request::Text{"w" + std::to_string(10'000 + round)}; };
    run("one word, ten rows loaded", 300,
        [&](Request& request, int round) { request.criterion = text(round); });
    run("one word, filter on metadata", 10, [&](Request& request, int round) {
        request.criterion = text(round);
        request.metadata = {{"status", bm::MetadataFilter::Operator::equals, {"open"}}};
    });
    run("one word, note types", 10, [&](Request& request, int round) {
        request.criterion = text(round);
        request.note_types = {"Meeting"};
    });
    run("everything, ten", 50, [](Request&, int) {});
    run("everything since long ago, ten", 50, [](Request& request, int) {
        request.changed_after = bm::Timestamp(std::chrono::seconds(0));
    });
    run("metadata alone, ten", 10, [](Request& request, int) {
        request.metadata = {{"n", bm::MetadataFilter::Operator::greater, {99'000.0}}};
    });
    run("one category, ten", 10, [](Request& request, int) { request.categories = {"cat3"}; });
    run("exact permalink of an observation", 200, [](Request& request, int round) {
        request.criterion =
            Request::ExactPermalink{permalink_of(round) + "/observations/cat1/none"};
    });
    run("pattern folder-7/*, ten", 50,
        [](Request& request, int) { request.criterion = Request::PermalinkPattern{"folder-7/*"}; });
    run("pattern *w123*, ten", 5,
        [](Request& request, int) { request.criterion = Request::PermalinkPattern{"*w123*"}; });
}

void measure_writes(bm::Index& index, bm::ProjectId project, int notes) {
    Words words(4);
    std::vector<double> times;
    for (int round = 0; round < 300; ++round) {
        const int note = static_cast<int>(words.below(static_cast<unsigned>(notes)));
        const auto draft = draft_of(note, words);
        std::vector<bm::Observation> observations(kObservations,
                                                  {"cat1", words.sentence(9), {}, std::nullopt});
        const std::vector<bm::Relation> relations{{"relates_to", title_of(1), std::nullopt}};
        const std::vector<std::optional<bm::EntityId>> targets(1);
        times.push_back(milliseconds_of([&] {
            index.write([&](bm::Tables& tables) {
                const auto first = tables.text.allocate(2 + kObservations);
                const auto entity = tables.entities.upsert(project, draft, first);
                tables.graph.replace(entity.id,
                                     {observations, relations, targets, {first.value + 1}});
            });
        }));
    }
    report("rewrite the rows of one note", std::move(times));
    std::vector<double> resolving;
    for (int round = 0; round < 7; ++round) {
        resolving.push_back(milliseconds_of([&] {
            index.write([&](bm::Tables& tables) { (void)tables.graph.resolve_exact(project); });
        }));
    }
    report("resolve_exact, two percent waiting", std::move(resolving));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::puts("repository_bench FOLDER [NOTES]");
        return 2;
    }
    const int notes = argc > 2 ? std::atoi(argv[2]) : 100'000;
    const fs::path file = fs::path(argv[1]) / "index.db";
    bm::Index index(file, [](bm::LogLevel, std::string_view) {});
    if (!fs::exists(file)) generate(index, notes);
    const auto project =
        index.read([](bm::Tables& tables) { return tables.projects.all().front().id; });
    std::printf("%-46s %9.0f MB\n", "database", static_cast<double>(fs::file_size(file)) / 1e6);
    measure_lookups(index, project, notes);
    measure_graph(index, project, notes);
    measure_search(index, project);
    measure_writes(index, project, notes);
}
