#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bm {

class Application;

/// `bm client`: programs that log in over HTTP with an id (and a secret) that they were given.
struct ClientAddCommand {
    std::optional<std::string> host_data;  ///< none: those of this machine's own server
    std::string name;
    std::vector<std::string> redirect_uris;
    bool secret = false;
    bool device = false;
    bool json = false;
};
int run_client_add(Application& application, const ClientAddCommand& command);

struct ClientCommand {
    std::optional<std::string> host_data;
    std::string id_or_name;
    bool json = false;
};
int run_client_list(Application& application, const ClientCommand& command);
int run_client_remove(Application& application, const ClientCommand& command);

}  // namespace bm
