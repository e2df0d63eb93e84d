#include "tests/support/transcript.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/fixture_server.hpp"

namespace bm::test {
namespace {

/// How long silence lasts before an update takes what was said as complete.
constexpr std::chrono::milliseconds silence{300};

struct Line {
    std::string sign;  // first word: > >x < ! { } or empty for comments and blanks
    std::string rest;
    std::string whole;
};

std::vector<Line> read_lines(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error("no transcript " + file.string());
    std::vector<Line> lines;
    for (std::string whole; std::getline(in, whole);) {
        const std::string sign = whole.substr(0, whole.find(' '));
        const bool known =
            sign == ">" || sign == ">x" || sign == "<" || sign == "!" || sign == "{" || sign == "}";
        if (!known && !whole.empty() && sign.rfind('#', 0) != 0) {
            throw std::runtime_error("not a line of a transcript: " + whole);
        }
        lines.push_back({known ? sign : "",
                         sign.size() < whole.size() ? whole.substr(sign.size() + 1) : "", whole});
    }
    if (lines.empty() || lines.back().whole != "! end") {
        const bool ends = std::any_of(lines.begin(), lines.end(), [](const Line& line) {
            return line.whole == "! end" || line.whole == "! stop";
        });
        if (!ends) lines.push_back({"!", "end", "! end"});
    }
    return lines;
}

std::string unescaped(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        const char kind = text.at(++i);
        if (kind == 'n') out += '\n';
        if (kind == 'r') out += '\r';
        if (kind == '\\') out += '\\';
        if (kind == 'x') {
            out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
    }
    return out;
}

FixtureServer::Options options_of(const std::vector<Line>& lines) {
    FixtureServer::Options options;
    constexpr std::string_view mark = "# options: ";
    for (const Line& line : lines) {
        if (line.whole.rfind(mark, 0) != 0) continue;
        std::istringstream words(line.whole.substr(mark.size()));
        for (std::string word; words >> word;) {
            const auto equals = word.find('=');
            const std::string name = word.substr(0, equals);
            const auto value = std::stoul(word.substr(equals + 1));
            if (name == "page_size") {
                options.page_size = value;
            } else if (name == "longest_line") {
                options.longest_line = value;
            } else if (name == "asking") {
                options.asking = value != 0;
            } else if (name == "still_clock") {
                options.clock = [] { return Moment(); };
            } else if (name == "grace_ms") {
                options.grace = std::chrono::milliseconds(value);
            } else {
                throw std::runtime_error("unknown option " + name);
            }
        }
    }
    return options;
}

/// A batch answers in any order; in a block of messages in any order that counts for its parts too.
Json in_fixed_order(Json message) {
    if (message.is_array()) {
        std::sort(message.begin(), message.end(),
                  [](const Json& a, const Json& b) { return a.dump() < b.dump(); });
    }
    return message;
}

class Player {
public:
    explicit Player(const std::vector<Line>& lines)
        : lines_(lines),
          server_(options_of(lines)),
          updating_(std::getenv("UPDATE_GOLDEN") != nullptr) {}

    std::string play() {
        for (at_ = 0; at_ < lines_.size();) {
            const Line& line = lines_[at_];
            if (line.sign == "<" || line.sign == "{") {
                updating_ ? update_group() : check_group();
                continue;
            }
            act(line);
            written_ += line.whole + "\n";
            ++at_;
        }
        for (const Json& message : server_.client().rest()) {
            failures_ += "said without being expected: " + message.dump() + "\n";
            if (updating_) written_ += "< " + message.dump() + "\n";
        }
        for (const std::string& violation : server_.client().violations()) {
            failures_ += violation + "\n";
        }
        return failures_;
    }

    [[nodiscard]] bool updating() const noexcept { return updating_; }
    [[nodiscard]] const std::string& written() const noexcept { return written_; }

private:
    void act(const Line& line) {
        if (line.sign == ">") server_.client().say(line.rest);
        if (line.sign == ">x") server_.client().write(unescaped(line.rest));
        if (line.sign != "!") return;
        std::istringstream words(line.rest);
        std::string verb;
        std::string first;
        std::string second;
        words >> verb >> first >> second;
        if (verb == "long") return server_.client().say(std::string(std::stoul(first), 'x'));
        if (verb == "await-waiting") {
            if (!server_.gate().wait_for_arrivals(std::stoi(first))) {
                failures_ += "not so many calls wait: " + first + "\n";
            }
            return;
        }
        if (verb == "open-gate") return server_.gate().open();
        if (verb == "stop") return server_.stop();
        if (verb == "end") return server_.client().close();
        if (verb == "change") return change(first, second);
        throw std::runtime_error("unknown verb: " + line.whole);
    }

    void change(const std::string& kind, const std::string& uri) {
        using Kind = Change::Kind;
        if (kind == "tools_list") return server_.changes().publish({Kind::tools_list, {}});
        if (kind == "prompts_list") return server_.changes().publish({Kind::prompts_list, {}});
        if (kind == "resources_list") return server_.changes().publish({Kind::resources_list, {}});
        if (kind == "resource_updated") {
            return server_.changes().publish({Kind::resource_updated, uri});
        }
        throw std::runtime_error("unknown change " + kind);
    }

    /// Expected messages from here to the last that belongs together.
    std::vector<Json> take_expected(bool& any_order) {
        any_order = lines_[at_].sign == "{";
        std::vector<Json> expected;
        if (any_order) ++at_;
        for (; at_ < lines_.size() && lines_[at_].sign == "<"; ++at_) {
            Json message = Json::parse(lines_[at_].rest, nullptr, false);
            expected.push_back(any_order ? in_fixed_order(std::move(message)) : message);
        }
        if (any_order) ++at_;
        return expected;
    }

    void check_group() {
        bool any_order = false;
        std::vector<Json> expected = take_expected(any_order);
        while (!expected.empty()) {
            Json said = server_.client().next();
            if (any_order) said = in_fixed_order(std::move(said));
            const auto fits = any_order
                                  ? std::find(expected.begin(), expected.end(), said)
                                  : (expected.front() == said ? expected.begin() : expected.end());
            if (fits == expected.end()) {
                failures_ +=
                    "expected: " + expected.front().dump() + "\n    said: " + said.dump() + "\n";
                expected.erase(expected.begin());
            } else {
                expected.erase(fits);
            }
        }
    }

    void update_group() {
        bool any_order = false;
        take_expected(any_order);
        if (any_order) written_ += "{\n";
        while (server_.client().has_next_within(silence)) {
            written_ += "< " + server_.client().next().dump() + "\n";
        }
        if (any_order) written_ += "}\n";
    }

    const std::vector<Line>& lines_;
    FixtureServer server_;
    bool updating_;
    std::size_t at_ = 0;
    std::string failures_;
    std::string written_;
};

}  // namespace

std::string play_transcript(const std::filesystem::path& file) {
    const std::vector<Line> lines = read_lines(file);
    Player player(lines);
    std::string failures = player.play();
    if (player.updating()) {
        std::ofstream(file, std::ios::binary) << player.written();
        failures += "rewritten: " + file.string() + "\n";
    }
    return failures;
}

}  // namespace bm::test
