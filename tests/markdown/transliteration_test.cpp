#include "markdown/transliteration.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "markdown/text.hpp"
#include "markdown/transliteration_tables.hpp"

namespace {

std::string ascii(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        bm::append_ascii_reading(out, bm::next_code_point(text, at));
    }
    return out;
}

struct Case {
    std::string text;
    std::string reading;
};

template <std::size_t count>
void check_readings(const Case (&cases)[count]) {
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(ascii(c.text) == c.reading);
    }
}

}  // namespace

TEST_CASE("Latin letters with accents and strokes and ligatures are read as their base letters") {
    check_readings({{"Łódź", "Lodz"},
                    {"Đặng Thùy Trâm", "Dang Thuy Tram"},
                    {"İstanbul ışık", "Istanbul isik"},
                    {"Þingvellir á Íslandi", "Thingvellir a Islandi"},
                    {"Ærø œuvre", "AEro oeuvre"},
                    {"GROẞ groß", "GROSS gross"},
                    {"ǅungla Ĳssel", "Dzungla IJssel"},
                    {"ſtraße ﬃ", "strasse ffi"},
                    {"col·lecció Ŀŀ", "col*leccio Ll"},
                    {"Hawaiʻi", "Hawai'i"},
                    {"ʃɒʒ", "shazh"}});
}

TEST_CASE("Greek is read with and without breathings") {
    check_readings(
        {{"Αθήνα", "Athena"}, {"Ψυχή", "Psukhe"}, {"ἀλλ᾽ ἐγώ", "all' ego"}, {"Ξένος", "Ksenos"}});
}

TEST_CASE("Cyrillic alphabets are read letter by letter") {
    check_readings({{"Щука, ёж и объезд", "Shchuka, iozh i obezd"},
                    {"Київ Ґалаґан Єва", "Kiyiv G'alag'an Ieva"},
                    {"Ђорђе Љубица Његош Џемал", "Djordje Ljubitsa Njegosh Dzhemal"},
                    {"Беларусь ў", "Belarus' u"},
                    {"Ғалым Қазақ Ұлы", "G'alym K'azak' U'ly"}});
}

TEST_CASE("Armenian and Georgian are read letter by letter") {
    check_readings({{"Երևան", "Erevan"},
                    {"Հայաստան", "Hayastan"},
                    {"თბილისი", "tbilisi"},
                    {"ᲗᲑᲘᲚᲘᲡᲘ", "tbilisi"}});
}

TEST_CASE("scripts that leave vowels out are read by their consonants") {
    check_readings({{"שלום", "shlvm"},
                    {"ירושלים", "yrvshlym"},
                    {"سلام", "slm"},
                    {"پارسی", "prsy"},
                    {"ܫܠܡܐ", "shlm'"}});
}

TEST_CASE("the Indic blocks share one layout") {
    check_readings({{"नमस्ते", "nmste"},
                    {"কলকাতা", "klkaataa"},
                    {"ਪੰਜਾਬ", "pNjaab"},
                    {"ગુજરાત", "gujraat"},
                    {"தமிழ்", "tmilll"},
                    {"తెలుగు", "telugu"},
                    {"ಕನ್ನಡ", "knndd"},
                    {"മലയാളം", "mlyaalN"},
                    {"සිංහල", "sinhl"}});
}

TEST_CASE("South-East Asian and Tibetan letters have readings") {
    check_readings({{"ไทย", "aithy"},
                    {"ລາວ", "laaw"},
                    {"ខ្មែរ", "khmaer"},
                    {"မြန်မာ", "mrnmaa"},
                    {"བོད", "bod"}});
}

TEST_CASE("kana are read syllable by syllable in every form") {
    check_readings({{"すし", "sushi"},
                    {"つなみ", "tsunami"},
                    {"キャット", "kiyatsuto"},
                    {"ｶﾀｶﾅ", "katakana"},
                    {"ヴァイオリン", "vuaiorin"},
                    {"ノート", "no-to"}});
}

TEST_CASE("Hangul is spelled by arithmetic and alike in every form") {
    check_readings({{"서울", "seoul"},
                    {"값", "gabs"},
                    {"뷁", "bwelg"},
                    {"힣", "hih"},
                    {"가", "ga"},
                    {"\u1112\u1161\u11AB", "han"},
                    {"ㅎㅏㄴ", "han"}});
}

TEST_CASE("Ethiopic syllables are rows and columns") {
    check_readings({{"ሰላም", "salaame"}, {"አዲስ", "adise"}});
}

TEST_CASE("digits of every script are digits") {
    check_readings({{"٢٠٢٤", "2024"},
                    {"۱۲۳", "123"},
                    {"१२३", "123"},
                    {"๒๕๖๗", "2567"},
                    {"၀၉", "09"},
                    {"𝟘𝟡𝟢𝟫", "0909"}});
}

TEST_CASE("symbols are read as people write them without") {
    check_readings({{"x²", "x2"},
                    {"2½", "2 1/2"},
                    {"⅓", " 1/3"},
                    {"H₂O", "H2O"},
                    {"€5", "EUR5"},
                    {"№ 7", "No 7"},
                    {"Brand™", "Brand(tm)"},
                    {"21℃", "21degC"},
                    {"Ⅷ", "VIII"},
                    {"①⑩", "110"},
                    {"Ⓐ", "A"},
                    {"㎏", "kg"},
                    {"a→b", "a-b"},
                    {"…", "..."},
                    {"’", "'"},
                    {"𝓗𝓮𝓵𝓵𝓸", "Hello"},
                    {"ｗｉｄｅ", "wide"},
                    {"a\u00A0b\u3000c", "a b c"}});
}

TEST_CASE("emoji and marks and unknown scripts are silent") {
    check_readings({{"🎉", ""},
                    {"👩‍👩‍👧", ""},
                    {"❤️", ""},
                    {"🇩🇪", ""},
                    {"👍🏽", ""},
                    {"\u0301", ""},
                    {"1️⃣", "1"},
                    {"漢", ""},
                    {"𓀀", ""}});
}

TEST_CASE("readings are ASCII for every code point") {
    std::string out;
    for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
        out.clear();
        bm::append_ascii_reading(out, code_point);
        for (const char c : out) {
            if (static_cast<unsigned char>(c) >= 0x80U) {
                CAPTURE(static_cast<unsigned>(code_point));
                FAIL_CHECK("not ASCII");
            }
        }
        if (out.size() > 40) {
            CAPTURE(static_cast<unsigned>(code_point));
            CHECK(out.size() <= 40);
        }
    }
}

TEST_CASE("the tables are sorted and do not overlap") {
    for (const auto blocks :
         {bm::latin_blocks(), bm::european_blocks(), bm::eastern_blocks(), bm::symbol_blocks()}) {
        for (std::size_t i = 1; i < blocks.size(); ++i) {
            CAPTURE(static_cast<unsigned>(blocks[i].first));
            CHECK(blocks[i - 1].first + blocks[i - 1].readings.size() <= blocks[i].first);
        }
    }
}
