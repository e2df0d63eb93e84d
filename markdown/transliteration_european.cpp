#include <array>

#include "markdown/transliteration_tables.hpp"

namespace bm {
namespace {

/// U+0370 to U+03FF; letters with an accent decompose.
constexpr auto greek = readings<144>(
    "H h T t ' , W w ~ ~ _ s s s ? J "
    "~ ~ ~ ~ ' ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ A B G D E Z E Th I K L M N Ks O "
    "P R ~ S T U Ph Kh Ps O ~ ~ ~ ~ ~ ~ "
    "~ a b g d e z e th i k l m n x o "
    "p r s s t u ph kh ps o ~ ~ ~ ~ ~ & "
    "b th U U U ph p & Q q St st W w Q q "
    "Sp sp Sh sh F f Kh kh H h G g CH ch Ti ti "
    "k r c j Th e ~ Sh sh S S s r S S S");

/// U+1FBD to U+1FBF: breathings that stand alone, as an apostrophe does.
constexpr auto greek_breathings = readings<3>("' ~ '");

/// U+0400 to U+04FF: Slavic letters, old ones, and those of other languages of the former Soviet
/// Union.
constexpr auto cyrillic = readings<256>(
    "Ie Io Dj Gj Ie Dz I Yi J Lj Nj Tsh Kj I U Dzh "
    "A B V G D E Zh Z I I K L M N O P "
    "R S T U F Kh Ts Ch Sh Shch _ Y ' E Iu Ia "
    "a b v g d e zh z i i k l m n o p "
    "r s t u f kh ts ch sh shch _ y ' e iu ia "
    "ie io dj gj ie dz i yi j lj nj tsh kj i u dzh "
    "O o E e Ie ie E e Ie ie O o Io io Ks ks "
    "Ps ps F f Y y Y y u u O o O o Ot ot "
    "Q q - _ _ _ _ _ _ _ I i ' ' R r "
    "G' g' G' g' G' g' Zh' zh' Z' z' K' k' K' k' K' k' "
    "K' k' N' n' Ng ng P' p' Kh kh S' s' T' t' U u "
    "U' u' Kh' kh' Tts tts Ch' ch' Ch' ch' H h Ch ch Ch' ch' "
    "' Zh zh K' k' L l N' n' N n Ch' ch' M m ' "
    "A a A a Ae ae Ie ie @ @ @ @ Zh zh Z z "
    "Dz dz I i I i O o O o O o E e U u "
    "U u U u Ch ch G g Y y G g Kh kh Kh kh");

/// U+0500 to U+052F: Komi, Khanty, Chukchi, Kurdish, Chuvash and other letters.
constexpr auto cyrillic_supplement = readings<48>(
    "D d Dj dj Zj zj Dz dz Lj lj Nj nj Sj sj Tj tj "
    "Z z L l Lh lh Rh rh Yae yae Q q W w K k "
    "L l N n P p H h N n Dz dz Dch dch L l");

/// U+0531 to U+0587: Armenian. The aspirated letters are marked by an apostrophe.
constexpr auto armenian_capitals = readings<38>(
    "A B G D E Z E E T' Zh I L Kh Ts K H "
    "Dz Gh Ch M Y N Sh O Ch' P J Rh S V T R "
    "Ts' W P' K' O F");
constexpr auto armenian = readings<49>(
    "' ' ! , ? . a a b g d e z e e t' "
    "zh i l kh ts k h dz gh ch m y n sh o ch' "
    "p j rh s v t r ts' w p' k' o f ev y . "
    "-");

/// The Georgian alphabet in its four styles: U+10A0, U+10D0, U+1C90, U+2D00.
constexpr auto georgian_capitals = readings<46>(
    "A B G D E V Z T I K L M N O P Zh "
    "R S T U P K Gh Q Sh Ch Ts Dz Ts Ch Kh J "
    "H E Y W Xh O ~ Y ~ ~ ~ ~ ~ Ae");
constexpr auto georgian = readings<48>(
    "a b g d e v z t i k l m n o p zh "
    "r s t u p k gh q sh ch ts dz ts ch kh j "
    "h e y w xh o f y ' g ' ~ ~ ae _ _");
constexpr auto georgian_nuskhuri = readings<46>(
    "a b g d e v z t i k l m n o p zh "
    "r s t u p k gh q sh ch ts dz ts ch kh j "
    "h e y w xh o ~ y ~ ~ ~ ~ ~ ae");

/// U+1C80 to U+1C88: rounded and old forms.
constexpr auto cyrillic_forms = readings<9>("v d o s t t _ e u");

/// U+A640 to U+A69B: Old Church Slavonic, Abkhaz.
constexpr auto cyrillic_old = readings<92>(
    "Z z Dz dz Dz dz I i Dj dj U u O o _ _ "
    "Y y Ie ie Iu iu Ia ia E e O o Ie ie Y y "
    "Ts ts D d L l M m O o O o O o O _ "
    "_ _ _ - _ _ _ _ _ _ _ _ _ _ - ' "
    "Dw dw Dzw dzw Zhw zhw Ch ch Dz dz T t Tw tw Tsw tsw "
    "Ts ts Tch tch Hw hw Shw shw O o O o");

constexpr std::array blocks{
    ReadingBlock{0x0370, greek},
    ReadingBlock{0x0400, cyrillic},
    ReadingBlock{0x0500, cyrillic_supplement},
    ReadingBlock{0x0531, armenian_capitals},
    ReadingBlock{0x055A, armenian},
    ReadingBlock{0x10A0, georgian_capitals},
    ReadingBlock{0x10D0, georgian},
    ReadingBlock{0x1C80, cyrillic_forms},
    ReadingBlock{0x1C90, georgian},
    ReadingBlock{0x1FBD, greek_breathings},
    ReadingBlock{0x2D00, georgian_nuskhuri},
    ReadingBlock{0xA640, cyrillic_old},
};

}  // namespace

std::span<const ReadingBlock> european_blocks() noexcept { return blocks; }

}  // namespace bm
