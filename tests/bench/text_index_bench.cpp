// Measures the text index beside FTS5 on the same documents.
//
//   text_index_bench FOLDER [--no-fts] [--cpu] [--queries N] [--batch NOTES]
//
// FOLDER holds Markdown notes. Every note gives one document, every observation and every relation
// another, as in the index. Not a test: figures depend on the machine.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "repository/database.hpp"
#include "repository/schema.hpp"
#include "repository/text_index.hpp"
#include "repository/tokenizer.hpp"

namespace {

bool measure_cpu = false;

/// Time that passed, or with --cpu the time that this thread ran: what counts where others use the
/// machine too.
struct Clock {
    using duration = std::chrono::nanoseconds;
    static duration now() {
        timespec time{};
        clock_gettime(measure_cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
};

double milliseconds(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

/// Memory of this process in MB; `what` is VmRSS or VmHWM.
double memory(const std::string& what) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(what + ':')) return std::stod(line.substr(what.size() + 1)) / 1024.0;
    }
    return 0;
}

struct Document {
    bm::ItemKind kind;
    std::string title;
    std::string content;
};

std::string between(const std::string& line, const std::string& open, const std::string& close) {
    const auto begin = line.find(open);
    if (begin == std::string::npos) return {};
    const auto end = line.find(close, begin + open.size());
    if (end == std::string::npos) return {};
    return line.substr(begin + open.size(), end - begin - open.size());
}

/// The documents of one note, by a rough reading that is good enough for generated notes.
std::vector<Document> documents_of(const std::filesystem::path& file, const std::string& path) {
    std::ifstream in(file);
    std::string title;
    std::string permalink;
    std::string body;
    std::string tags;
    std::vector<Document> items;
    int fences = 0;
    for (std::string line; std::getline(in, line);) {
        if (line == "---" && fences < 2) {
            ++fences;
        } else if (fences < 2) {
            if (line.starts_with("title: ")) title = line.substr(7);
            if (line.starts_with("permalink: ")) permalink = line.substr(11);
            if (line.starts_with("- ")) tags += line.substr(2) + '\n';
        } else {
            body += line + '\n';
            if (line.starts_with("- [")) {
                const auto category = between(line, "[", "]");
                items.push_back({bm::ItemKind::observation, category,
                                 line.substr(std::min(line.size(), category.size() + 5))});
            } else if (line.starts_with("- ") && line.find("[[") != std::string::npos) {
                items.push_back(
                    {bm::ItemKind::relation, title, title + '\n' + between(line, "[[", "]]")});
            }
        }
    }
    items.insert(items.begin(), {bm::ItemKind::entity, title,
                                 title + '\n' + body + permalink + '\n' + path + '\n' + tags});
    return items;
}

std::vector<std::filesystem::path> notes_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".md") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

double percentile(std::vector<double> times, double share) {
    std::sort(times.begin(), times.end());
    return times[std::min(times.size() - 1,
                          static_cast<std::size_t>(share * static_cast<double>(times.size())))];
}

struct QueryClass {
    std::string name;
    std::vector<std::string> typed;
    bool titles_only = false;
};

/// Words of the corpus as they occur: frequent ones are drawn often.
class Words {
public:
    void read(const std::string& text) {
        for (bm::Tokenizer tokens(text); tokens.next();) {
            const std::string word(tokens.token());
            ++counts_[word];
            running_.push_back(word);
        }
    }
    void finish() {
        for (const auto& [word, count] : counts_) by_count_.push_back(word);
        std::sort(by_count_.begin(), by_count_.end(),
                  [&](const auto& a, const auto& b) { return counts_.at(a) > counts_.at(b); });
    }
    std::string any() { return running_[random_() % running_.size()]; }
    std::string common() { return by_count_[random_() % 100]; }
    std::string rare() {
        const auto half = by_count_.size() / 2;
        return by_count_[half + random_() % half];
    }
    /// Some words that follow one another.
    std::string run(std::size_t length) {
        const auto at = random_() % (running_.size() - length);
        std::string text = running_[at];
        for (std::size_t i = 1; i < length; ++i) text += ' ' + running_[at + i];
        return text;
    }
    std::mt19937& random() { return random_; }

private:
    std::map<std::string, int> counts_;
    std::vector<std::string> by_count_;
    std::vector<std::string> running_;
    std::mt19937 random_{7};
};

std::vector<QueryClass> query_classes(Words& words, std::size_t count) {
    std::vector<QueryClass> classes{{"rare word", {}}, {"common word", {}}, {"AND", {}},
                                    {"OR", {}},        {"phrase", {}},      {"prefix", {}},
                                    {"question", {}},  {"title", {}, true}, {"one letter", {}}};
    for (std::size_t i = 0; i < count; ++i) {
        classes[0].typed.push_back(words.rare());
        classes[1].typed.push_back(words.common());
        classes[2].typed.push_back(words.any() + ' ' + words.any());
        classes[3].typed.push_back(words.any() + " OR " + words.any() + " OR " + words.any());
        classes[4].typed.push_back('"' + words.run(2) + '"');
        classes[5].typed.push_back(words.any().substr(0, 2 + words.random()() % 3));
        classes[6].typed.push_back("When did " + words.any() + ' ' + words.any() + " the " +
                                   words.any() + '?');
        classes[7].typed.push_back(words.rare());
        classes[8].typed.push_back(std::string(1, static_cast<char>('a' + words.random()() % 26)));
    }
    return classes;
}

struct Figures {
    std::vector<double> times;
    std::int64_t total = 0;
};

void print_row(const std::string& name, const std::string& engine, const Figures& figures) {
    std::printf("%-12s %-6s p50 %8.3f  p90 %8.3f  p99 %8.3f  max %8.3f ms   %9.1f matches\n",
                name.c_str(), engine.c_str(), percentile(figures.times, 0.5),
                percentile(figures.times, 0.9), percentile(figures.times, 0.99),
                percentile(figures.times, 1),
                static_cast<double>(figures.total) / static_cast<double>(figures.times.size()));
}

Figures run_ours(bm::Database& database, bm::TextIndex& index, const QueryClass& queries) {
    Figures figures;
    for (const auto& typed : queries.typed) {
        const auto start = Clock::now();
        const bm::Snapshot snapshot(database);
        bm::TextQuery query;
        query.expression = bm::prepare_text_query(typed, !queries.titles_only);
        query.titles_only = queries.titles_only;
        auto page = index.search(bm::ProjectId{1}, query);
        if (page.total == 0) {
            if (const auto relaxed = bm::relaxed_text_query(typed)) {
                query.expression = *relaxed;
                page = index.search(bm::ProjectId{1}, query);
            }
        }
        figures.times.push_back(milliseconds(Clock::now() - start));
        figures.total += page.total;
    }
    return figures;
}

Figures run_fts(bm::Database& database, const QueryClass& queries) {
    Figures figures;
    auto ranked = database.prepare(
        "SELECT rowid, bm25(fts, 10.0, 1.0) AS score FROM fts WHERE fts MATCH ?"
        " ORDER BY score LIMIT 10");
    auto counted = database.prepare("SELECT count(*) FROM fts WHERE fts MATCH ?");
    for (const auto& typed : queries.typed) {
        const auto start = Clock::now();
        const auto search = [&](const std::string& q) {
            const std::string match = queries.titles_only
                                          ? "title : (" + q + ")"
                                          : "(title : (" + q + ")) OR (content : (" + q + "))";
            auto best = ranked.run();
            best.bind(match).done();
            auto count = counted.run();
            count.bind(match).step();
            return count.integer(0);
        };
        auto total = search(bm::prepare_text_query(typed, !queries.titles_only));
        if (total == 0) {
            if (const auto relaxed = bm::relaxed_text_query(typed)) total = search(*relaxed);
        }
        figures.times.push_back(milliseconds(Clock::now() - start));
        figures.total += total;
    }
    return figures;
}

double megabytes(const std::filesystem::path& file) {
    std::error_code none;
    return static_cast<double>(std::filesystem::file_size(file, none)) / 1e6;
}

void bench_edits(bm::Database& database, bm::TextIndex& index,
                 const std::vector<std::filesystem::path>& files,
                 const std::filesystem::path& folder) {
    std::vector<double> add;
    std::vector<double> whole;
    std::vector<bm::TextDoc> before;
    for (std::size_t i = 0; i < 4000; ++i) {
        const auto& file = files[i * 7 % files.size()];
        const auto documents = documents_of(file, std::filesystem::relative(file, folder).string());
        const auto start = Clock::now();
        bm::Transaction transaction(database);
        const auto add_start = Clock::now();
        const auto first = index.allocate(documents.size());
        std::vector<bm::TextDocument> list;
        for (const auto& d : documents) {
            list.push_back({bm::TextDoc{first.value + static_cast<std::int64_t>(list.size())},
                            d.kind, d.title, d.content});
        }
        index.add(bm::ProjectId{1}, list);
        add.push_back(milliseconds(Clock::now() - add_start));
        // The documents that an earlier round added make place, as in an edit.
        if (before.size() > 1000) {
            std::vector<bm::TextDoc> old(before.begin(), before.begin() + 11);
            before.erase(before.begin(), before.begin() + 11);
            index.erase(bm::ProjectId{1}, old);
        }
        for (const auto& d : list) before.push_back(d.doc);
        transaction.commit();
        whole.push_back(milliseconds(Clock::now() - start));
    }
    print_row("add a note", "ours", {add, 0});
    print_row("edit, commit", "ours", {whole, 0});
}

void load_ours(bm::Database& database, bm::TextIndex& index,
               const std::vector<std::filesystem::path>& files, const std::filesystem::path& folder,
               std::size_t batch, Words& words) {
    Clock::duration spent{};
    std::size_t count = 0;
    double bytes = 0;
    for (std::size_t at = 0; at < files.size(); at += batch) {
        std::optional<bm::Transaction> transaction(std::in_place, database);
        auto loader = index.bulk_load(bm::ProjectId{1});
        for (std::size_t i = at; i < std::min(at + batch, files.size()); ++i) {
            const auto documents =
                documents_of(files[i], std::filesystem::relative(files[i], folder).string());
            if (i % (files.size() / 500 + 1) == 0) {
                for (const auto& d : documents) words.read(d.content);
            }
            const auto start = Clock::now();
            const auto first = index.allocate(documents.size());
            std::int64_t doc = first.value;
            for (const auto& d : documents) {
                loader.add({bm::TextDoc{doc++}, d.kind, d.title, d.content});
                bytes += static_cast<double>(d.title.size() + d.content.size());
            }
            count += documents.size();
            spent += Clock::now() - start;
        }
        const auto start = Clock::now();
        loader.finish();
        transaction->commit();
        spent += Clock::now() - start;
    }
    std::printf("load ours: %zu notes, %zu documents, %.1f MB of text in %.0f ms\n", files.size(),
                count, bytes / 1e6, milliseconds(spent));
}

void load_fts(bm::Database& database, const std::vector<std::filesystem::path>& files,
              const std::filesystem::path& folder) {
    bm::Transaction transaction(database);
    database.exec(
        "CREATE VIRTUAL TABLE fts USING fts5(title, content, content='', tokenize='unicode61')");
    auto insert = database.prepare("INSERT INTO fts (rowid, title, content) VALUES (?, ?, ?)");
    Clock::duration spent{};
    std::int64_t doc = 0;
    for (const auto& file : files) {
        const auto documents = documents_of(file, std::filesystem::relative(file, folder).string());
        const auto start = Clock::now();
        for (const auto& d : documents) {
            insert.run().bind(++doc).bind(d.title).bind(d.content).done();
        }
        spent += Clock::now() - start;
    }
    const auto start = Clock::now();
    transaction.commit();
    spent += Clock::now() - start;
    std::printf("load FTS5: %.0f ms\n", milliseconds(spent));
}

void bench(const std::filesystem::path& folder, bool with_fts, std::size_t queries,
           std::size_t batch) {
    const auto files = notes_in(folder);
    const auto place = std::filesystem::temp_directory_path() / "text_index_bench";
    std::filesystem::remove_all(place);
    std::filesystem::create_directories(place);
    Words words;
    {
        bm::Database database(place / "ours.db", bm::Database::Mode::read_write_create);
        bm::prepare_schema(database);
        database.exec(
            "INSERT INTO project (id, external_id, name, permalink, path, created_at, updated_at)"
            " VALUES (1, 'x', 'x', 'x', '/x', 0, 0)");
        bm::TextIndex index(database);
        load_ours(database, index, files, folder, batch == 0 ? files.size() : batch, words);
        std::printf("peak %.1f MB after loading\n", memory("VmHWM"));
    }
    words.finish();
    std::printf("database %.1f MB\n", megabytes(place / "ours.db"));
    const auto classes = query_classes(words, queries);
    std::optional<bm::Database> fts;
    if (with_fts) {
        fts.emplace(place / "fts.db", bm::Database::Mode::read_write_create);
        load_fts(*fts, files, folder);
        std::printf("database %.1f MB\n", megabytes(place / "fts.db"));
    }
    bm::Database database(place / "ours.db", bm::Database::Mode::read_write_create);
    {
        auto count = database.prepare(
            "SELECT count(*), (SELECT count(*) FROM text_page) FROM text_segment WHERE stage = 0");
        auto query = count.run();
        query.step();
        std::printf("%lld segments, %lld pages\n", static_cast<long long>(query.integer(0)),
                    static_cast<long long>(query.integer(1)));
    }
    bm::TextIndex index(database);
    const double before = memory("VmRSS");
    {
        const auto start = Clock::now();
        (void)index.search(bm::ProjectId{1}, {classes[0].typed[0]});
        std::printf("first search %.3f ms\n", milliseconds(Clock::now() - start));
    }
    for (const auto& queries_of_class : classes) {
        print_row(queries_of_class.name, "ours", run_ours(database, index, queries_of_class));
        if (fts) print_row(queries_of_class.name, "FTS5", run_fts(*fts, queries_of_class));
    }
    std::printf("memory before queries %.1f MB, after %.1f MB\n", before, memory("VmRSS"));
    bench_edits(database, index, files, folder);
    for (const auto& queries_of_class : classes) {
        print_row(queries_of_class.name, "edited", run_ours(database, index, queries_of_class));
    }
    std::filesystem::remove_all(place);
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    bool with_fts = true;
    std::size_t queries = 300;
    std::size_t batch = 0;
    std::string folder;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--no-fts") {
            with_fts = false;
        } else if (words[i] == "--cpu") {
            measure_cpu = true;
        } else if (words[i] == "--queries" && i + 1 < words.size()) {
            queries = std::stoul(words[++i]);
        } else if (words[i] == "--batch" && i + 1 < words.size()) {
            batch = std::stoul(words[++i]);
        } else {
            folder = words[i];
        }
    }
    if (folder.empty()) {
        std::puts("text_index_bench FOLDER [--no-fts] [--cpu] [--queries N] [--batch NOTES]");
        return 2;
    }
    bench(folder, with_fts, queries, batch);
    return 0;
}
