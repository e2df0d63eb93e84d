#pragma once

#include "markdown/result.hpp"
#include "server/protocol_error.hpp"

namespace bm {

/// The one place where a failure that the rooms below report becomes an error of the protocol.
/// `not_found` is the code for what is not there, which differs between methods and revisions.
[[nodiscard]] inline ProtocolError protocol_error(const Error& error, int not_found,
                                                  Json data = nullptr) {
    switch (error.fault) {
        case Fault::not_found:
            return {not_found, error.message, std::move(data)};
        case Fault::invalid:
        case Fault::conflict:
        case Fault::ambiguous:
        case Fault::forbidden:
            return {error_code::invalid_params, error.message, std::move(data)};
        case Fault::unavailable:
            break;
    }
    return {error_code::internal, error.message, std::move(data)};
}

}  // namespace bm
