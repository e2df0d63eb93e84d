#include "cli/application.hpp"
#include "server/standard_streams.hpp"
#include "server/stop_signals.hpp"

int main(int argc, char** argv) {
    bm::occupy_closed_standard_streams();
    bm::survive_file_size_limit();
    const auto environment = bm::process_environment();
    bm::Application application(environment, bm::Terminal::of_process(!environment("NO_COLOR")));
    return bm::run_command_line(application, argc, argv);
}
