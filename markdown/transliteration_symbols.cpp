#include <array>

#include "markdown/transliteration_tables.hpp"

namespace bm {
namespace {

// Punctuation that is not here becomes a dash by its category.

/// U+2010 to U+205E: dashes, quotation marks, dots, primes. U+200B separates words without being
/// white space.
constexpr auto zero_width_space = readings<1>("-");
constexpr auto punctuation = readings<79>(
    "- - - - -- -- || - ' ' , ' \" \" \" \" "
    "+ ++ * * . .. ... . ~ ~ _ _ _ _ _ ~ "
    "% % ' ' ' ' ' ' ^ < > * !! !? - - "
    "- - * - / [ ] ?? ?! !? 7 - - - * ; "
    "- * - - - * - ' - - - - - - -");

/// U+20A0 to U+20C0: currencies, by their code or their usual short form.
constexpr auto currencies = readings<33>(
    "ECU CL Cr FF L mil N Pts Rs W NS D EUR K T Dr "
    "Pf P G A UAH GHS L Sm T Rs TRY Nm AZN RUB GEL BTC KGS");

/// U+2103 to U+2139: letters used as symbols that decompose into too little.
constexpr auto letterlike = readings<55>(
    "degC ~ ~ ~ ~ ~ degF ~ ~ ~ ~ ~ ~ ~ ~ ~ "
    "~ lb ~ No (p) P ~ ~ ~ ~ ~ Rx R (sm) TEL (tm) "
    "V ~ oz ohm mho ~ i ~ ~ ~ ~ e ~ ~ ~ F "
    "~ ~ ~ ~ ~ ~ i");

/// U+2180 to U+2188: old Roman numerals.
constexpr auto roman = readings<9>("1000 5000 10000 C c 6 50 50000 100000");

/// Mathematical signs that have a name everybody says.
constexpr auto minus = readings<1>("-");
constexpr auto division_slash = readings<1>("/");
constexpr auto root = readings<3>("sqrt cbrt 4rt");
constexpr auto infinity = readings<1>("infinity");

/// Marks that stand between letters, and the marks that join them.
constexpr auto soft_joiners = readings<4>("_ _ _ _");
constexpr auto presentation_marks = readings<1>("_");

constexpr std::array blocks{
    ReadingBlock{0x200B, zero_width_space},
    ReadingBlock{0x200C, soft_joiners},
    ReadingBlock{0x2010, punctuation},
    ReadingBlock{0x20A0, currencies},
    ReadingBlock{0x2103, letterlike},
    ReadingBlock{0x2180, roman},
    ReadingBlock{0x2212, minus},
    ReadingBlock{0x2215, division_slash},
    ReadingBlock{0x221A, root},
    ReadingBlock{0x221E, infinity},
    ReadingBlock{0xFEFF, presentation_marks},
};

}  // namespace

std::span<const ReadingBlock> symbol_blocks() noexcept { return blocks; }

}  // namespace bm
