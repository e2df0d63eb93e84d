#include "cli/application.hpp"

int main(int argc, char** argv) {
    const auto environment = bm::process_environment();
    bm::Application application(environment, bm::Terminal::of_process(!environment("NO_COLOR")));
    return bm::run_command_line(application, argc, argv);
}
