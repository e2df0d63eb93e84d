#include "cli/confirmation.hpp"

#include <iostream>

namespace bm {

bool confirmed(Terminal& terminal, const std::string& question) {
    terminal.print(printable(question) + " [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace bm
