#include <array>

#include "markdown/transliteration_tables.hpp"

namespace bm {
namespace {

// Scripts that do not write vowels are read by their consonants; the vowel an Indic consonant
// carries unwritten is not read either.

/// U+05B1 to U+05F4: Hebrew.
constexpr auto hebrew = readings<68>(
    "e a o i e e a a o o u _ _ - _ - "
    "_ _ - _ _ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ _ "
    "b g d h v z kh t y k k l m m n n "
    "s ` p p ts ts q r sh t ~ ~ ~ ~ y v "
    "oy ey ' \"");

/// U+0620 to U+06D5: Arabic letters and those of Persian, Urdu, Sindhi, Pashto, Kurdish and others.
constexpr auto arabic = readings<182>(
    "y ' a ' w' ' y' _ b @ t th j H kh d "
    "dh r z s sh S D T Z ` G k k y y y "
    "_ f q k l m n h w ~ y an un in a u "
    "i W _ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ ~ ~ ~ ~ ~ ~ ~ ~ ~ % . , * b q "
    "_ _ ' ' ' ' w' u' y' tt tth b t T p th "
    "bh 'h H ny dy H ch cch dd D D Dt dh ddh d D "
    "D rr R R R R R R j R S S S S S T "
    "GH F F F v f ph Q Q kh k K K ng K g "
    "G N G G G L L L L N N N N N h Ch "
    "hy h H @ W oe oe u yu yu W v y Y Y W "
    "_ _ y y' . ae");

/// U+0750 to U+077F: Arabic letters of African and other languages.
constexpr auto arabic_supplement = readings<48>(
    "b b b b b b b h h d d r s g g g "
    "f f k k k m m n n n l r r s h h "
    "s r h a a y y y w w y y h s s k");

/// U+0710 to U+072F: Syriac.
constexpr auto syriac = readings<32>(
    "' _ b g g d d h w z h t t y yh k "
    "l m n s s ' p p s q r sh t b g d");

/// U+0780 to U+07B1: Thaana.
constexpr auto thaana = readings<50>(
    "h sh n r b lh k _ v m f dh th l g ny "
    "s d z t y p j ch tt hh kh th z sh s d "
    "t z _ gh q w a aa i ee u oo e ey o oa "
    "_ n");

/// U+0900 to U+097F, and by offset the eight blocks after it.
constexpr auto indic = readings<128>(
    "_ N N H a a aa i ii u uu R L eN e e "
    "ai oN o o au k kh g gh ng c ch j jh ny tt "
    "tth dd ddh nn t th d dh n nnn p ph b bh m y "
    "r rr l l lll v sh ss s h oe ooe _ ' aa i "
    "ii u uu R RR eN e e ai oN o o au _ _ aw "
    "AUM ' ' ` ' _ _ _ q khh ghh z dddh rh f yy "
    "RR LL L LL - - ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "- _ oe oe ooe aw u uu dd zh y g j _ d b");

// Where a block has letters of its own at an offset.
constexpr auto bengali_signs = readings<18>("r v Rs Rs - - - - - - - _ - _ _ _ _ _");
constexpr auto gurmukhi_signs = readings<6>("N _ _ _ aum y");
constexpr auto tamil_numbers = readings<3>("10 100 1000");
constexpr auto malayalam_chillu = readings<6>("nn n r l ll k");

/// U+0D82 to U+0DF4: Sinhala.
constexpr auto sinhala = readings<115>(
    "n h _ a aa ae aae i ii u uu r rr l ll e "
    "ee ai o oo au _ _ _ k kh g gh ng ng c ch "
    "j jh ny jny nyj tt tth dd ddh nn ndd t th d dh n "
    "_ nd p ph b bh m mb y r _ l _ _ v sh "
    "ss s h ll f _ _ _ _ _ _ _ _ aa ae aae "
    "i ii u _ uu _ r e ee ai o oo au l _ _ "
    "_ _ _ _ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ _ _ "
    "rr ll -");

/// U+0E01 to U+0E5B and, laid out alike, U+0E81 to U+0EDF: Thai and Lao.
constexpr auto thai = readings<91>(
    "k kh kh kh kh kh ng cch ch ch ch ch y d t th "
    "th th n d t th th th n b p ph f ph f ph "
    "m y r R l L w s s s h l ` h ~ a "
    "a aa am i ii ue uue u uu ' _ _ _ _ Bh. e "
    "ae o ai ai ao + _ _ _ _ _ _ M _ * ~ "
    "~ ~ ~ ~ ~ ~ ~ ~ ~ // ///");
constexpr auto lao = readings<95>(
    "k kh _ kh kh _ ng ch ch s s ch ny d d d "
    "t th d d t th th n n b p ph f ph f f "
    "m y r _ l _ w s s s h l ` h ~ a "
    "_ aa am i ii y yy u uu _ o l ny _ _ e "
    "ei o ay ai _ + _ _ _ _ _ _ m _ _ ~ "
    "~ ~ ~ ~ ~ ~ ~ ~ ~ _ _ hn hm k kh");

/// U+0F40 to U+0F6C and U+0F71 to U+0FBC: Tibetan; a subjoined letter reads like the letter.
constexpr auto tibetan = readings<45>(
    "k kh g gh ng c ch j _ ny tt tth dd ddh nn t "
    "th d dh n p ph b bh m ts tsh dz dzh w zh z "
    "' y r l sh ss s h a kss r kk rr");
constexpr auto tibetan_signs = readings<76>(
    "aa i ii u uu r rr l ll e ee o oo n h i "
    "ii n n _ - _ _ _ k r _ _ _ _ _ k "
    "kh g gh ng c ch j _ ny tt tth dd ddh nn t th "
    "d dh n p ph b bh m ts tsh dz dzh w zh z ' "
    "y r l sh ss s h a kss w y r");

/// U+1000 to U+103F: Myanmar.
constexpr auto myanmar = readings<64>(
    "k kh g gh ng c ch j jh ny nny tt tth dd ddh nn "
    "t th d dh n p ph b bh m y r l w s h "
    "ll a a i ii u uu e e o au aa aa i ii u "
    "uu e ai _ o au n _ h _ _ y r w h s");

/// U+1780 to U+17D3: Khmer.
constexpr auto khmer = readings<84>(
    "k kh k kh ng c ch c ch ny d tth d tth nn t "
    "th t th n b ph p ph m y r l v sh ss s "
    "h l q a aa i ii u uk uu uuv ry ryy ly lyy e "
    "ai oo oo au _ _ aa i ii y yy u uu ua oe ya "
    "ie e ae ai oo au m h _ _ _ _ _ _ _ _ "
    "_ _ _ _");

/// U+3041 to U+3096 and U+30A1 to U+30FF: kana, small and large.
constexpr auto hiragana = readings<95>(
    "a a i i u u e e o o ka ga ki gi ku gu "
    "ke ge ko go sa za shi zi su zu se ze so zo ta da "
    "chi di tsu tsu du te de to do na ni nu ne no ha ba "
    "pa hi bi pi hu bu pu he be pe ho bo po ma mi mu "
    "me mo ya ya yu yu yo yo ra ri ru re ro wa wa wi "
    "we wo n vu ka ke ~ ~ _ _ ~ ~ - - yori");
constexpr auto katakana = readings<95>(
    "a a i i u u e e o o ka ga ki gi ku gu "
    "ke ge ko go sa za shi zi su zu se ze so zo ta da "
    "chi di tsu tsu du te de to do na ni nu ne no ha ba "
    "pa hi bi pi hu bu pu he be pe ho bo po ma mi mu "
    "me mo ya ya yu yu yo yo ra ri ru re ro wa wa wi "
    "we wo n vu ka ke va vi ve vo - - - - koto");
constexpr auto katakana_extensions =
    readings<16>("ku shi su to nu ha hi hu he ho mu ra ri ru re ro");

/// U+3105 to U+312F: Bopomofo.
constexpr auto bopomofo = readings<43>(
    "b p m f d t n l g k h j q x zh ch "
    "sh r z c s a o e eh ai ei au ou an en ang "
    "eng er i u yu v ng gn ih a nn");

/// U+1100 to U+11C2: single Hangul letters, leading, vowel and trailing; U+3131 to U+3163: standing
/// alone.
constexpr auto jamo_leads = readings<19>("g gg n d dd r m b bb s ss _ j jj c k t p h");
constexpr auto jamo_vowels =
    readings<21>("a ae ya yae eo e yeo ye o wa wae oe yo u weo we wi yu eu yi i");
constexpr auto jamo_trails =
    readings<27>("g gg gs n nj nh d l lg lm lb ls lt lp lh m b bs s ss ng j c k t p h");
constexpr auto jamo_alone = readings<51>(
    "g gg gs n nj nh d dd r lg lm lb ls lt lp lh "
    "m b bb bs s ss ng j jj c k t p h a ae "
    "ya yae eo e yeo ye o wa wae oe yo u weo we wi yu "
    "eu yi i");

constexpr std::array blocks{
    ReadingBlock{0x05B1, hebrew},
    ReadingBlock{0x0620, arabic},
    ReadingBlock{0x0710, syriac},
    ReadingBlock{0x0750, arabic_supplement},
    ReadingBlock{0x0780, thaana},
    ReadingBlock{0x09F0, bengali_signs},
    ReadingBlock{0x0A70, gurmukhi_signs},
    ReadingBlock{0x0BF0, tamil_numbers},
    ReadingBlock{0x0D7A, malayalam_chillu},
    ReadingBlock{0x0D82, sinhala},
    ReadingBlock{0x0E01, thai},
    ReadingBlock{0x0E81, lao},
    ReadingBlock{0x0F40, tibetan},
    ReadingBlock{0x0F71, tibetan_signs},
    ReadingBlock{0x1000, myanmar},
    ReadingBlock{0x1100, jamo_leads},
    ReadingBlock{0x1161, jamo_vowels},
    ReadingBlock{0x11A8, jamo_trails},
    ReadingBlock{0x1780, khmer},
    ReadingBlock{0x3041, hiragana},
    ReadingBlock{0x30A1, katakana},
    ReadingBlock{0x3105, bopomofo},
    ReadingBlock{0x3131, jamo_alone},
    ReadingBlock{0x31F0, katakana_extensions},
};

}  // namespace

std::span<const ReadingBlock> eastern_blocks() noexcept { return blocks; }

std::span<const std::string_view> indic_readings() noexcept { return indic; }

}  // namespace bm
