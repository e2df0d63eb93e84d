#include <array>

#include "markdown/transliteration_tables.hpp"

namespace bm {
namespace {

// Letters with plain accents are missing on purpose: they decompose into a base letter and marks.

/// U+0080: Latin-1.
constexpr auto latin_1 = readings<128>(
    "_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ "
    "_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ "
    "~ ! c PS - Y= | SS \" (c) a << ! _ (r) - "
    "deg +- 2 3 ' u P * , 1 o >> ~ ~ ~ ? "
    "~ ~ ~ ~ ~ ~ AE ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "D ~ ~ ~ ~ ~ ~ x O ~ ~ ~ ~ ~ Th ss "
    "~ ~ ~ ~ ~ ~ ae ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "d ~ ~ ~ ~ ~ ~ - o ~ ~ ~ ~ ~ th ~");

/// U+0110 to U+0167: letters with strokes and joined letters.
constexpr auto latin_extended_a = readings<88>(
    "D d ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ ~ ~ ~ ~ ~ H h ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ i IJ ij ~ ~ ~ ~ k ~ ~ ~ ~ ~ ~ L "
    "l L l ~ ~ ~ ~ ~ ~ 'n NG ng ~ ~ ~ ~ "
    "~ ~ OE oe ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ ~ ~ ~ ~ ~ T t");

/// U+0180 to U+024F: African, Pan-Nigerian and historic letters.
constexpr auto latin_extended_b = readings<208>(
    "b B B b 6 6 O C c D D D d d E @ "
    "E F f G G hv I I K k l l W N n O "
    "~ ~ OI oi P p YR 2 2 SH sh t T t T ~ "
    "~ Y V Y y Z z ZH ZH zh zh 2 5 5 ts w "
    "| || |= ! ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ @ ~ ~ "
    "~ ~ ~ ~ G g ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ ~ ~ ~ ~ ~ HV W ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ Y y ~ ~ "
    "N d OU ou Z z ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ ~ ~ ~ l n t j db qp A C c L T s "
    "z ' ' B U V E e J j Q q R r Y y");

/// U+0250 to U+02FF: the phonetic alphabet and spacing marks.
constexpr auto phonetic = readings<176>(
    "a a a b o c d d e @ @r e e er e j "
    "g g g g u y h h i i i l l l lzh w "
    "w m n n n o oe o f r r r r r r r "
    "r r s sh j sh sh t t u u v a w y y "
    "z z zh zh ' ' ' c - b e g h j k l "
    "q ' ' dz dzh dz ts tsh tc fng ls lz w - h h "
    "~ ~ ~ ~ ~ ~ ~ ~ ~ ' \" ' ' ' ' ' "
    "' ' - - - - - - ' - - - - - - - "
    "- - ' ' - - - - ~ ~ ~ ~ ~ ~ ' - "
    "~ ~ ~ ~ ' _ _ _ _ _ _ _ _ _ \" _ "
    "_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _");

/// U+1D00 to U+1D2B, U+1D6B to U+1D9A: small capitals and letters with hooks.
constexpr auto small_capitals = readings<44>(
    "a ae ae b c d d e e i j k l m n o "
    "o o o o oe ou o o p r r t u u u m "
    "v w z zh ' ' g l p r ps l");
constexpr auto hooked_letters = readings<48>(
    "ue b d f m n p r r s t z g ~ g th "
    "i i p u u b d f g k l m n p r s "
    "sh v x z a a d e e e e i o sh u zh");

/// U+1E9C to U+1EFF.
constexpr auto latin_additional_s = readings<4>("s s SS d");
constexpr auto latin_additional_end = readings<6>("LL ll V v Y y");

/// U+2C60 to U+2C7F.
constexpr auto latin_extended_c = readings<32>(
    "L l L P R a t H h K k Z z A M A "
    "A v W w v H h j e r o E ~ ~ S Z");

/// U+A722 to U+A7CA: letters of medieval and phonetic texts.
constexpr auto latin_extended_d = readings<169>(
    "' ' ' ' H h TZ tz 3 3 4 4 H h "
    "f s AA aa AO ao AU au AV av AV av AY ay C c "
    "K k K k K k L l L l O o O o OO oo "
    "P p P p P p Q q Q q R r R r V v "
    "VY vy Z z Th th Th th W w ET et is is con con "
    "us dum lum mum num rum rum tum um D d F f G G g "
    "L l R r S s T t ^ : = ' ' H l . "
    "N n C c c h B b F f AE ae OE oe UE ue "
    "G g K k N n R r S s H E G L I Q "
    "K T J X B b O o U u A a I i U u "
    "O o W w C S Z D d S s");

constexpr std::array blocks{
    ReadingBlock{0x0080, latin_1},
    ReadingBlock{0x0110, latin_extended_a},
    ReadingBlock{0x0180, latin_extended_b},
    ReadingBlock{0x0250, phonetic},
    ReadingBlock{0x1D00, small_capitals},
    ReadingBlock{0x1D6B, hooked_letters},
    ReadingBlock{0x1E9C, latin_additional_s},
    ReadingBlock{0x1EFA, latin_additional_end},
    ReadingBlock{0x2C60, latin_extended_c},
    ReadingBlock{0xA722, latin_extended_d},
};

}  // namespace

std::span<const ReadingBlock> latin_blocks() noexcept { return blocks; }

}  // namespace bm
